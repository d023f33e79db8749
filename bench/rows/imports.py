"""Import of fifty thousand rows, dry run and commit, against COPY of the same rows and their events."""

from __future__ import annotations

import csv
import io
import random
import tempfile
from datetime import timedelta
from pathlib import Path
from time import perf_counter

from django.utils import timezone

from bench.child import run
from bench.result import Row
from bench.world import World, ticket_texts

ROWS = 50_000
MEGABYTES = 300.0
MADE = "external_number LIKE 'IMP%'"
# What an import writes, children last; each with the condition that finds it again.
TABLES = {
    "petitions_petition": MADE,
    "petitions_petitioner": f"petition_id IN (SELECT id FROM petitions_petition WHERE {MADE})",
    "petitions_clock": f"petition_id IN (SELECT id FROM petitions_petition WHERE {MADE})",
    "common_event": "kind = 'petition.imported'",
    "common_importedrow": "true",
}


def measure(world: World) -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "工单.csv"
        _write(file)
        ours = run("import_file", str(file), url=world.small)
    if ours["imported"] != ROWS:
        raise RuntimeError(f"imported {ours['imported']} of {ROWS} rows")
    with_copy = _copy(world)
    return [
        Row(f"import of {ROWS:,} rows, dry run + commit", ours["seconds"], with_copy, "s", 10.0),
        Row("… its peak memory", ours["megabytes"], MEGABYTES, "MB", 1.0),
    ]


def _write(file: Path) -> None:
    """A hotline's export: two of three rows with an answer."""
    texts, chance, now = ticket_texts(), random.Random(7), timezone.localtime()
    with file.open("w", encoding="utf-8-sig", newline="") as out:
        table = csv.writer(out)
        table.writerow(
            [
                "工单编号",
                "标题",
                "主要内容",
                "接收时间",
                "来电人",
                "来电人电话",
                "地址",
                "回复内容",
                "办结时间",
                "是否解决",
                "是否满意",
            ]
        )
        for number in range(ROWS):
            received = now - timedelta(minutes=chance.randrange(60 * 24 * 300) + 20_000)
            replied = received + timedelta(hours=chance.randrange(2, 200)) if number % 3 else None
            text = texts[number % len(texts)]
            table.writerow([
                f"IMP{number:07d}", text[:20], text, f"{received:%Y-%m-%d %H:%M:%S}", "张晓明", f"138{number:08d}", "3号楼",
                "已处理，问题解决。" if replied else "", f"{replied:%Y-%m-%d %H:%M:%S}" if replied else "",
                "是" if replied else "", "满意" if replied else "",
            ])  # fmt: skip


def _copy(world: World) -> float:
    """Seconds that COPY takes for the very rows the import has written."""
    import psycopg2

    database = psycopg2.connect(world.small)
    kept: dict[str, io.BytesIO] = {}
    with database, database.cursor() as cursor:
        for table, condition in TABLES.items():
            kept[table] = io.BytesIO()
            cursor.copy_expert(f"COPY (SELECT * FROM {table} WHERE {condition}) TO STDOUT", kept[table])
        cursor.execute("SET session_replication_role = replica")
        for table, condition in reversed(TABLES.items()):
            cursor.execute(f"DELETE FROM {table} WHERE {condition}")
        cursor.execute("SET session_replication_role = origin")
    start = perf_counter()
    with database, database.cursor() as cursor:
        for table, content in kept.items():
            content.seek(0)
            cursor.copy_expert(f"COPY {table} FROM STDIN", content)
    took = perf_counter() - start
    database.close()
    return took
