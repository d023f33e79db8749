"""``make check``: everything that can be known without running the product."""

from __future__ import annotations

import base64
import os
import secrets
import shutil
import signal
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from . import signals
from .output import say
from .paths import ROOT, VENV_PYTHON
from .process import Child

AT_ONCE = 2
PYTHON_FILES = "."


@dataclass
class Check:
    """One tool. ``env`` is added to ours."""

    name: str
    command: list[str]
    env: Mapping[str, str] = field(default_factory=dict)


def run_checks() -> int:
    """Run all, two at a time, and show the output of those that fail; 0 when none did.

    Expects DATABASE_URL and REDIS_URL, as ``run`` exports them: some checks look at a database.
    """
    signals.block()
    os.chdir(ROOT)
    waiting = _checks()
    failed: list[str] = []
    with tempfile.TemporaryDirectory(prefix="gridwork-check-") as folder:
        running: list[tuple[Check, Child, float]] = []
        try:
            while waiting or running:
                while waiting and len(running) < AT_ONCE:
                    running.append(_start(waiting.pop(0), Path(folder)))
                signals.pause(0.5)
                running = [entry for entry in running if not _finished(entry, failed)]
        finally:
            for _, child, _ in running:
                child.stop(2)
    say(f"未通过：{'、'.join(failed)}" if failed else "全部检查通过。")
    return 1 if failed else 0


def _start(check: Check, folder: Path) -> tuple[Check, Child, float]:
    log = folder / f"{len(list(folder.iterdir()))}.log"
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings.test", **check.env}
    child = Child(check.name, check.command, env=env, log=log, cwd=ROOT, death_signal=signal.SIGKILL)
    return check, child, time.monotonic()


def _finished(entry: tuple[Check, Child, float], failed: list[str]) -> bool:
    check, child, begun = entry
    if child.exit_code is None:
        return False
    mark = "✓" if child.exit_code == 0 else "✗"
    say(f"{mark} {check.name}（{time.monotonic() - begun:.1f} 秒）")
    if child.exit_code != 0:
        failed.append(check.name)
        say(child.tail(200))
    return True


def _checks() -> list[Check]:
    """The slowest first, so that the others run beside it."""
    checks = [
        Check("类型 mypy", _module("mypy")),
        Check("代码 ruff", _module("ruff", "check", PYTHON_FILES)),
        Check("格式 ruff format", _module("ruff", "format", "--check", PYTHON_FILES)),
        Check(
            "依赖方向 import-linter",
            [str(VENV_PYTHON), "-c", "from importlinter.cli import lint_imports_command as c; c()"],
        ),
        Check("模板 djlint", _module("djlint", "templates", "--lint", "--quiet")),
        Check("模板编译", _manage("check_templates")),
        Check("迁移完整", _manage("makemigrations", "--check", "--dry-run")),
        Check("迁移安全", _manage("lintmigrations"), {"DJANGO_SETTINGS_MODULE": "config.settings.check"}),
        Check("正式环境设置", _manage("check", "--deploy", "--fail-level", "WARNING"), production_environment()),
        Check("docker-compose.yml", [str(VENV_PYTHON), "deploy/check_compose.py"]),
    ]
    if shutil.which("docker"):
        checks.append(Check("docker compose config", [str(VENV_PYTHON), "deploy/check_compose.py", "--docker"]))
    return checks


def _module(*words: str) -> list[str]:
    return [str(VENV_PYTHON), "-m", *words]


def _manage(*words: str) -> list[str]:
    return [str(VENV_PYTHON), "manage.py", *words]


def production_environment() -> dict[str, str]:
    """Production settings with secrets made for this one run."""
    return {
        "DJANGO_SETTINGS_MODULE": "config.settings.production",
        "SECRET_KEY": secrets.token_urlsafe(60),
        "SEAL_KEY": secrets.token_urlsafe(48),
        "PERSONAL_KEYS": "check:" + base64.b64encode(secrets.token_bytes(32)).decode(),
        "ALLOWED_HOSTS": "gridwork.example.cn",
    }
