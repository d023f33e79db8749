"""A tiny site in a folder of its own, run by the real runner with real PostgreSQL, gunicorn and Celery.

The product's own site takes a minute to fill; what is tested here is the runner, and it is the same code.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
SITE = Path(__file__).parent / "site"
READY_SECONDS = 60


def alive(pid: int) -> bool:
    """Whether the process runs (one that only waits to be reaped does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


def descendants(pid: int) -> set[int]:
    """All processes below ``pid``."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError):
            parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            children.setdefault(parent, []).append(int(entry.name))
    found: set[int] = set()
    queue = [pid]
    while queue:
        below = children.get(queue.pop(), [])
        found.update(below)
        queue.extend(below)
    return found


def wait_until(condition: Callable[[], object], seconds: float, what: str) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"waited {seconds} s in vain: {what}"
        time.sleep(0.1)


class Run:
    """One runner process and what it said so far."""

    def __init__(self, process: subprocess.Popen[bytes], output: Path) -> None:
        self.process = process
        self._output = output

    @property
    def output(self) -> str:
        return self._output.read_text("utf-8")

    def wait_ready(self) -> None:
        wait_until(lambda: "已就绪" in self.output or self.process.poll() is not None, READY_SECONDS, self.output)
        assert self.process.poll() is None, self.output

    def wait_end(self, seconds: float = 30) -> int:
        self.process.wait(seconds)
        return self.process.returncode

    def processes(self) -> set[int]:
        return descendants(self.process.pid)


class Site:
    """A copy of the runner with a site of three small files, below a path with spaces and Chinese."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._runs: list[Run] = []
        shutil.copytree(SITE, root)
        (root / "config" / "local").parent.mkdir(exist_ok=True)
        shutil.copytree(
            REPOSITORY / "config" / "local", root / "config" / "local", ignore=shutil.ignore_patterns("__pycache__")
        )
        for name in ("worker_hooks.py", "gunicorn.py"):
            shutil.copy(REPOSITORY / "config" / name, root / "config")
        (root / ".venv").symlink_to(REPOSITORY / ".venv")

    @property
    def python(self) -> str:
        return str(self.root / ".venv" / "bin" / "python")

    def start(self, *arguments: str, **env: str) -> Run:
        output = self.root / f"output-{len(self._runs)}.txt"
        with output.open("wb") as file:
            process = subprocess.Popen(
                [self.python, "-m", "config.local", *arguments],
                cwd=self.root,
                env=self.environment(**env),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                # Whoever runs the tests in a shell's background has this one ignored.
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
            )
        run = Run(process, output)
        self._runs.append(run)
        return run

    def environment(self, **env: str) -> dict[str, str]:
        dropped = ("DATABASE_URL", "REDIS_URL", "GRIDWORK_STATE", "DJANGO_SETTINGS_MODULE", "DISTRICT")
        return {name: value for name, value in os.environ.items() if name not in dropped} | env

    def state(self, district: str = "north") -> Path:
        return self.root / ".local" / district

    def run_file(self, district: str = "north") -> dict[str, dict[str, object]]:
        content: dict[str, dict[str, object]] = json.loads((self.state(district) / "run.json").read_text("utf-8"))
        return content

    def close(self) -> None:
        for run in self._runs:
            if run.process.poll() is None:
                run.process.send_signal(signal.SIGTERM)
        for run in self._runs:
            with contextlib.suppress(subprocess.TimeoutExpired):
                run.process.wait(30)
            run.process.kill()
            run.process.wait()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    deep = "deep folder 很深的文件夹 " * 4
    site = Site(tmp_path_factory.mktemp("runner") / deep / deep / "site")
    yield site
    site.close()
