"""``run -- CMD``: services that live as long as one command."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from . import blank, signals
from .broker import Broker
from .errors import LocalError
from .postgres import Postgres
from .process import Child

PREFIX = "gridwork-run-"
ENOUGH_BYTES = 512 * 1024 * 1024
KILL_AFTER_SECONDS = 20.0
MIGRATED = "GRIDWORK_MIGRATED"
MARK = "GRIDWORK_RUN"  # inherited by every process below the command, however often it was handed on


def run(command: Sequence[str], *, keep_env: bool, settings: Mapping[str, str], migrated: bool = False) -> int:
    """Start PostgreSQL and a broker, run ``command`` with their addresses, stop them; its exit code.

    ``keep_env``: servers named by DATABASE_URL and REDIS_URL are used instead of new ones.
    ``migrated``: the new database has all tables (``GRIDWORK_MIGRATED`` tells the command).
    """
    if not command:
        raise LocalError("请在 -- 之后写明要运行的命令，例如：python -m config.local run -- pytest")
    signals.block()
    with _folder() as folder, contextlib.ExitStack() as stack:
        env = {**os.environ, "GRIDWORK_STATE": str(folder / "state"), MARK: str(folder)}
        (folder / "state").mkdir()
        given = env if keep_env else {}
        if migrated and not given.get("DATABASE_URL"):
            blank.copy_to(folder / "postgres")
            env[MIGRATED] = "1"
        services = _services(folder, given, settings, stack)
        stack.callback(_end_left_behind, folder)  # before its services
        env.update(services)
        return _foreground(command, env)


def _services(
    folder: Path, given: Mapping[str, str], settings: Mapping[str, str], stack: contextlib.ExitStack
) -> dict[str, str]:
    started: dict[str, Postgres | Broker] = {}
    if not given.get("DATABASE_URL"):
        started["DATABASE_URL"] = Postgres(folder / "postgres", throw_away=True, settings=settings)
    if not given.get("REDIS_URL"):
        started["REDIS_URL"] = Broker(folder / "broker", throw_away=True)
    for service in started.values():
        service.prepare()
        stack.callback(service.stop)
        service.start()
    for service in started.values():
        service.wait_ready()
    return {name: service.url for name, service in started.items()}


def _foreground(command: Sequence[str], env: Mapping[str, str]) -> int:
    """Run in our own process group, so that the terminal's Ctrl-C and input reach the command."""
    child = Child(command[0], list(command), env=env, own_group=False)
    kill_at = float("inf")
    try:
        while child.exit_code is None:
            received = signals.wait(0.2 if kill_at < float("inf") else 5.0)
            if time.monotonic() > kill_at:
                child.send(signal.SIGKILL)
            if received is None:
                continue
            if not received.to_group:
                child.send(received.number)
            if received.number != signal.SIGINT:
                kill_at = min(kill_at, time.monotonic() + KILL_AFTER_SECONDS)
        return child.exit_code
    finally:
        child.stop(0)


def _end_left_behind(folder: Path) -> None:
    """End what the command started and forgot, e.g. the servers of a test run that was cut short."""
    end = signals.deadline(3.0)
    asked: set[int] = set()
    while left := _marked(folder):
        for pid in left:
            signum = signal.SIGKILL if time.monotonic() > end else signal.SIGTERM
            if signum == signal.SIGKILL or pid not in asked:
                asked.add(pid)
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signum)
        if time.monotonic() > end + 2:
            return
        signals.drain(0.1)


def _marked(folder: Path) -> list[int]:
    mark = f"{MARK}={folder}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit() and mark in (entry / "environ").read_bytes().split(b"\0"):
                found.append(int(entry.name))
    return found


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    """A private folder below the system's temporary one, removed afterwards even if we were killed."""
    _remove_abandoned()
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    free = shutil.disk_usage(folder).free
    try:
        with (folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if free < ENOUGH_BYTES:
                raise LocalError(
                    f"临时文件夹 {folder.parent} 所在磁盘只剩 {free >> 20} MB，至少需要 {ENOUGH_BYTES >> 20} MB。"
                )
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _remove_abandoned() -> None:
    """Remove the folders of runners that were killed: nobody holds their lock any more."""
    for folder in Path(tempfile.gettempdir()).glob(PREFIX + "*"):
        with contextlib.suppress(OSError):
            about = folder.stat()
            if about.st_uid != os.geteuid() or time.time() - about.st_mtime < 60:
                continue
            with (folder / "lock").open("r") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
