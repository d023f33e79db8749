"""``make test``: all tests beside real services, the database-near ones on PostgreSQL 15 as well."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from . import blank
from .errors import LocalError
from .output import say
from .paths import ROOT, VENV_PYTHON
from .process import Child
from .throwaway import run

DEBIAN_POSTGRES = Path("/usr/lib/postgresql/15/bin")
DATABASE_NEAR = ("tests/common", "tests/grid", "tests/petitions")
NOT_MARKED = "not e2e and not fault and not bench and not slow"
NOT_NAMED = "not (pages or browser or api or contract or sheets or reporting or calendar or crypto or values)"
MOST_PROCESSES = 4
# What a rolled back test leaves looks to autovacuum like a table of many pages and no rows; whoever then joins thousands
# of them waits for minutes. The tests clean up by themselves (tests/conftest.py).
SETTINGS = {"autovacuum": "off"}
# A query that a test waits for in vain ends with its text: pytest's own limit cannot reach into the driver.
QUERY_LIMIT = "-c statement_timeout=120s"


def run_tests(arguments: Sequence[str]) -> int:
    """Run pytest with ``arguments``; without any, everything and a second run on PostgreSQL 15."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings.test"
    os.environ["PGOPTIONS"] = QUERY_LIMIT
    os.chdir(ROOT)
    _prepare_databases(everything=not arguments)
    if arguments:
        return _run(*arguments)
    second = _on_postgres_15()
    first = _run()  # last, so that its closing line is the last one
    return first or second


def _run(*arguments: str) -> int:
    return run(_pytest(*arguments), keep_env=True, settings=SETTINGS, migrated=True)


def _prepare_databases(*, everything: bool) -> None:
    """What the tests start from; the two servers' at once, as each takes half a minute of one core."""
    if os.environ.get("DATABASE_URL"):
        return
    other = None
    if everything and _has_postgres_15():
        env = {**os.environ, "GRIDWORK_PG_BIN": str(DEBIAN_POSTGRES)}
        other = Child("blank", [VENV_PYTHON, "-m", "config.local", "blank"], env=env)
    try:
        blank.made()
        if other is not None and other.popen.wait() != 0:
            raise LocalError("无法准备 PostgreSQL 15 的空数据库，原因见上。")
    finally:
        if other is not None:
            other.stop(5)


def _has_postgres_15() -> bool:
    return (DEBIAN_POSTGRES / "postgres").exists()


def _on_postgres_15() -> int:
    folders = [folder for folder in DATABASE_NEAR if (ROOT / folder).is_dir()]
    if os.environ.get("DATABASE_URL") or not folders:
        return 0
    if not _has_postgres_15():
        say("未安装 postgresql-15，跳过在其上的数据库测试。")
        return 0
    say("在 PostgreSQL 15 上运行数据库测试：")
    os.environ["GRIDWORK_PG_BIN"] = str(DEBIAN_POSTGRES)
    try:
        return _run("-m", NOT_MARKED, "-k", NOT_NAMED, *folders)
    finally:
        del os.environ["GRIDWORK_PG_BIN"]


def _pytest(*arguments: str) -> list[str]:
    """The command line of pytest; one process more than there are cores, as tests wait for browsers and servers."""
    processes = min(MOST_PROCESSES, (os.cpu_count() or 1) + 1)
    own = (
        () if any(word.startswith(("-n", "--numprocesses", "--pdb")) for word in arguments) else ("-n", str(processes))
    )
    return [str(VENV_PYTHON), "-m", "pytest", *own, *arguments]
