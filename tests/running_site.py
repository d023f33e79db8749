"""A whole site: PostgreSQL, broker, web, worker and beat as real processes, for tests that use or kill it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg2

from config.local import blank, services
from config.local.broker import Broker
from config.local.paths import ROOT
from config.local.ports import free_port
from config.local.postgres import Postgres
from config.local.supervisor import Service

READY_SECONDS = 60
LEASE_SECONDS = "4"


def wait_until(condition: Callable[[], object], what: str, seconds: float = READY_SECONDS) -> None:
    end = time.monotonic() + seconds
    pause = threading.Event()
    while not condition():
        assert time.monotonic() < end, f"waited {seconds} s in vain: {what}"
        pause.wait(0.1)


class Site:
    """The running site; ``kill`` ends a part with SIGKILL, ``revive`` starts it as its supervisor would."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.postgres = Postgres(folder / "postgres")
        self.broker = Broker(folder / "broker")
        self.port = free_port()
        self.parts: dict[str, Service] = {}
        self.facts: dict[str, Any] = {}

    def start(self) -> None:
        blank.copy_to(self.postgres.folder)
        for server in (self.postgres, self.broker):
            server.prepare()
            server.start()
            server.wait_ready()
        self.env = {
            **os.environ,
            "DATABASE_URL": self.postgres.url,
            "REDIS_URL": self.broker.url,
            "GRIDWORK_STATE": str(self.folder),
            "DJANGO_SETTINGS_MODULE": "config.settings.demo",
            "JOB_LEASE_SECONDS": LEASE_SECONDS,
        }
        self.run("manage.py", "collectstatic", "--noinput", "--verbosity", "0")
        self.facts = json.loads(self.run("-m", "tests.prepare_site"))
        logs = self.folder / "log"
        logs.mkdir()
        self.parts = {
            "web": services.web(self.port, self.env, logs),
            "worker": services.worker(self.env, logs, self.folder),
            "beat": services.beat(self.env, logs, self.folder),
        }
        for part in self.parts.values():  # side by side: each needs seconds to load
            part.launch()
        for name in self.parts:
            self._wait_ready(name)

    def run(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=self.env,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def launch(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=self.env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def _child(self, name: str) -> Any:
        if name in self.parts:
            return self.parts[name].child
        return {"postgres": self.postgres, "broker": self.broker}[name].child

    def kill(self, name: str) -> None:
        """SIGKILL to the part and all its processes, as a power cut or the OOM killer would."""
        os.killpg(self._child(name).pid, signal.SIGKILL)
        self._child(name).popen.wait()

    def revive(self, name: str) -> None:
        if name in self.parts:
            self.parts[name].launch()
            self._wait_ready(name)
            return
        server = {"postgres": self.postgres, "broker": self.broker}[name]
        server.prepare()
        server.start()
        server.wait_ready()

    def _wait_ready(self, name: str) -> None:
        wait_until(self.parts[name].is_ready, f"{name} is ready")

    def stop(self) -> None:
        """At once: nobody needs what it is doing."""
        for service in reversed(self.parts.values()):
            if service.child is not None:
                service.child.stop(0)
        for server in (self.broker, self.postgres):
            server.stop()

    def query(self, sql: str, *params: Any) -> list[tuple[Any, ...]]:
        database = psycopg2.connect(self.postgres.url)
        try:
            with database.cursor() as cursor:
                cursor.execute(sql, params)
                return cursor.fetchall()
        finally:
            database.close()

    def number(self, sql: str, *params: Any) -> int:
        return int(self.query(sql, *params)[0][0])

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def register(self, text: str, key: str) -> str | None:
        """One ticket over the API; its number, or ``None`` when the answer was an error or none at all."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/api/v1/petitions/",
            data=json.dumps({"text": text, "unit": self.facts["unit"], "phone": "13800000001"}).encode(),
            headers={
                "Content-Type": "application/json",
                "Authorization": f"Token {self.facts['token']}",
                "Idempotency-Key": key,
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return json.load(answer)["petition"]["number"]
        except (urllib.error.URLError, ConnectionError, TimeoutError, OSError):
            return None

    def assert_ledger_is_true(self) -> None:
        assert "积分账核对无误" in self.run("manage.py", "verify_ledger")

    def assert_history_holds(self) -> None:
        assert "核对无误" in self.run("manage.py", "verify_history")
