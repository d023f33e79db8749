"""deploy/backup and deploy/restore, with a real database and real files."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest
from psycopg2 import sql

from config.local.postgres import Postgres, find_binaries

from .conftest import REPOSITORY


class Place:
    """One installation: a database and a state folder."""

    def __init__(self, url: str, state: Path) -> None:
        self.url = url
        self.state = state
        state.mkdir()

    def query(self, statement: str) -> list[tuple[object, ...]]:
        connection = psycopg2.connect(self.url)
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(statement)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()

    def run(self, script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(REPOSITORY / "deploy" / script), *arguments],
            env={
                "DATABASE_URL": self.url,
                "GRIDWORK_STATE": str(self.state),
                "PATH": f"{find_binaries()}:{os.environ['PATH']}",
            },
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    server = Postgres(tmp_path_factory.mktemp("backup"), throw_away=True)
    server.prepare()
    server.start()
    try:
        server.wait_ready()
        yield server
    finally:
        server.stop()


@pytest.fixture
def places(server: Postgres, tmp_path: Path) -> tuple[Place, Place]:
    """One with data, one empty."""
    admin = psycopg2.connect(server.url)
    admin.autocommit = True
    found = []
    for name in ("full", "empty"):
        with admin.cursor() as cursor:
            cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {0}").format(sql.Identifier(name)))
            cursor.execute(sql.SQL("CREATE DATABASE {0}").format(sql.Identifier(name)))
        found.append(Place(server.url.rsplit("/", 1)[0] + f"/{name}", tmp_path / f"{name} state"))
    admin.close()
    full, empty = found
    full.query("CREATE EXTENSION pg_trgm")
    full.query("CREATE TABLE tickets (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, text text NOT NULL)")
    full.query("INSERT INTO tickets (text) SELECT '路灯不亮 㐱𠮷 ' || n FROM generate_series(1, 1000) n")
    (full.state / "files" / "2026").mkdir(parents=True)
    (full.state / "files" / "2026" / "照片.jpg").write_bytes(bytes(range(256)) * 40)
    return full, empty


def test_a_backup_restores_rows_sequence_and_files(places: tuple[Place, Place], tmp_path: Path) -> None:
    full, empty = places
    made = full.run("backup", str(tmp_path / "my backups"))
    assert made.returncode == 0, made.stderr
    backup = made.stdout.strip()

    restored = empty.run("restore", backup)

    assert restored.returncode == 0, restored.stderr
    everything = "SELECT count(*), min(text), max(id) FROM tickets"
    assert empty.query(everything) == full.query(everything) == [(1000, "路灯不亮 㐱𠮷 1", 1000)]
    assert empty.query("INSERT INTO tickets (text) VALUES ('new') RETURNING id") == [(1001,)]
    picture = Path("files") / "2026" / "照片.jpg"
    assert (empty.state / picture).read_bytes() == (full.state / picture).read_bytes()
    assert Path(backup).stat().st_mode & 0o077 == 0  # personal data: for its owner alone


def test_a_damaged_backup_is_refused_whole(places: tuple[Place, Place], tmp_path: Path) -> None:
    full, empty = places
    backup = Path(full.run("backup", str(tmp_path / "backups")).stdout.strip())
    with (backup / "database.dump").open("r+b") as dump:
        dump.seek(-10, os.SEEK_END)
        dump.write(b"0123456789")

    refused = empty.run("restore", str(backup))

    assert refused.returncode == 1
    assert refused.stderr.splitlines()[-1] == "备份已损坏：校验值不符，没有恢复任何内容。"
    assert empty.query("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == [(0,)]
    assert not (empty.state / "files").exists()


def test_a_database_in_use_is_not_overwritten(places: tuple[Place, Place], tmp_path: Path) -> None:
    full, _ = places
    backup = full.run("backup", str(tmp_path / "backups")).stdout.strip()
    full.query("UPDATE tickets SET text = 'later' WHERE id = 1")

    refused = full.run("restore", backup)

    assert (refused.returncode, refused.stderr) == (1, "目标数据库中已有 1 张表。请先新建一个空数据库，再恢复。\n")
    assert full.query("SELECT text FROM tickets WHERE id = 1") == [("later",)]


def test_a_failed_backup_leaves_nothing_that_looks_like_one(places: tuple[Place, Place], tmp_path: Path) -> None:
    full, _ = places
    full.url = full.url.replace("/full", "/gone")

    failed = full.run("backup", str(tmp_path / "backups"))

    assert failed.returncode != 0
    assert list((tmp_path / "backups").iterdir()) == []
