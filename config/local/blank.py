"""A migrated database without rows, made once for each set of migrations: tests start from copies of it.

Migrating takes half a minute; every process of a test run and every site under test would wait for it again.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from pathlib import Path

from .output import say
from .paths import LOCAL, ROOT, VENV_PYTHON
from .postgres import Postgres, find_binaries
from .process import run_quietly

# Whatever is written while migrating comes from these; what is seeded afterwards is seeded again in every copy.
SOURCES = ("*/migrations/*.py", "requirements.lock")


def copy_to(folder: Path) -> None:
    """Put a stopped cluster into ``folder``, for :class:`Postgres` to start: its ``gridwork`` database is migrated.

    Raises LocalError when it cannot be made.
    """
    blank = made()
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copytree(blank / "data", folder / "data")
    shutil.copy2(blank / "password", folder / "password")


def made() -> Path:
    """The folder of the cluster for these migrations and this PostgreSQL, made when it is missing.

    Whoever comes while another process makes it waits for that.
    """
    kind = hashlib.sha256(os.fsencode(find_binaries())).hexdigest()[:8]
    place = LOCAL / "blank" / kind
    place.mkdir(parents=True, exist_ok=True)
    with (place / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        wanted, digest = place / "cluster", _digest()
        stamp = wanted / "made-from"
        if not stamp.exists() or stamp.read_text() != digest:
            shutil.rmtree(wanted, ignore_errors=True)
            _make(wanted)
            stamp.write_text(digest)
    return wanted


def _digest() -> str:
    total = hashlib.sha256()
    for pattern in SOURCES:
        for file in sorted(ROOT.glob(pattern)):
            total.update(os.fsencode(file.relative_to(ROOT)) + b"\0" + file.read_bytes())
    return total.hexdigest()


def _make(folder: Path) -> None:
    say("正在准备测试用的空数据库（迁移有变化时才需要）…")
    server = Postgres(folder, throw_away=True, settings={"autovacuum": "off"})
    server.prepare()
    try:
        server.start()
        server.wait_ready()
        env = {**os.environ, "DATABASE_URL": server.url, "DJANGO_SETTINGS_MODULE": "config.settings.test"}
        migrate = (VENV_PYTHON, ROOT / "manage.py", "migrate", "--verbosity", "0")
        run_quietly(migrate, env={**env, "PGOPTIONS": ""}, what="迁移空数据库")
    finally:
        server.stop()
