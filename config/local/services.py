"""The processes of a running site: web, worker and beat."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from .paths import ROOT, VENV_PYTHON
from .ports import HOST
from .process import Child
from .supervisor import Service

WORKER_PROCESSES = 2
LOG_BYTES = 10 * 1024 * 1024  # a longer log is put aside at the next start


def web(port: int, env: Mapping[str, str], logs: Path) -> Service:
    """The production web server, with as many processes as cores."""
    command: list[str | Path] = [
        *(VENV_PYTHON, "-m", "gunicorn", "--config", ROOT / "config" / "gunicorn.py"),
        *("--bind", f"{HOST}:{port}", "--workers", str(os.cpu_count() or 1), "--graceful-timeout", "5"),
    ]

    def start() -> Child:
        return Child("web", command, env=env, log=_log(logs, "web"), cwd=ROOT)

    return Service("网站", start, lambda: is_healthy(port), stage=1)


def worker(env: Mapping[str, str], logs: Path, state: Path) -> Service:
    """The Celery worker. It is ready when it takes messages, not when it runs."""
    ready = state / "worker.ready"
    command: list[str | Path] = [
        *(VENV_PYTHON, "-m", "celery", "-A", "config.celery", "worker", "--include", "config.worker_hooks"),
        *("--concurrency", str(WORKER_PROCESSES), "--pool", "prefork", "--loglevel", "INFO"),
        *("--hostname", "worker@%h", "--without-gossip", "--without-mingle"),
    ]

    def start() -> Child:
        ready.unlink(missing_ok=True)
        return Child(
            "worker",
            command,
            env={**env, "WORKER_READY_FILE": str(ready)},
            log=_log(logs, "worker"),
            cwd=ROOT,
            death_signal=signal.SIGKILL,  # a warm shutdown may last as long as its longest task
        )

    return Service("后台任务", start, ready.exists, stage=1)


def beat(env: Mapping[str, str], logs: Path, state: Path) -> Service:
    """The clock of the worker."""
    schedule = state / "beat-schedule"
    command: list[str | Path] = [
        *(VENV_PYTHON, "-m", "celery", "-A", "config.celery", "beat", "--loglevel", "WARNING"),
        *("--schedule", schedule, "--pidfile", ""),
    ]

    def start() -> Child:
        return Child("beat", command, env=env, log=_log(logs, "beat"), cwd=ROOT, death_signal=signal.SIGKILL)

    begun = time.time()

    def is_ready() -> bool:
        # It rewrites its file, which is kept: a daily task that was due while the machine was off is made up for.
        return any(file.stat().st_mtime >= begun for file in state.glob("beat-schedule*"))

    return Service("定时任务", start, is_ready, stage=1)


def is_healthy(port: int) -> bool:
    """Whether ``/healthz`` says that the site can do its work."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # never by way of a proxy
    with contextlib.suppress(OSError, urllib.error.URLError, ValueError):
        with opener.open(f"http://{HOST}:{port}/healthz", timeout=5) as answer:
            return bool(json.load(answer)["status"] == "ok")
    return False


def _log(logs: Path, name: str) -> Path:
    file = logs / f"{name}.log"
    if file.exists() and file.stat().st_size > LOG_BYTES:
        file.replace(logs / f"{name}.log.1")
    return file
