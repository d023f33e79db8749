"""Exports of two hundred thousand tickets through the report job, against the writer alone on the same cursor."""

from __future__ import annotations

import tempfile
from datetime import timedelta
from pathlib import Path

from django.utils import timezone

from bench import pace
from bench.child import run
from bench.result import Row
from bench.world import World
from petitions.exports import MOST
from petitions.models import Petition

MEGABYTES = 200.0
CSV_SECONDS, CSV_MEGABYTES = 5.0, 100.0


def measure(world: World) -> list[Row]:
    query, count = _query()
    with tempfile.TemporaryDirectory() as folder:
        bare = run("export_bare", query, str(Path(folder) / "bare.xlsx"))
    ours = run("export_job", query, "xlsx")
    text = run("export_job", query, "csv")
    return [
        Row(f"xlsx of {count:,} tickets through the report job", ours["seconds"], bare["seconds"], "s", 1.3),
        Row("… its peak memory", ours["megabytes"], MEGABYTES, "MB", 1.0),
        Row(
            f"CSV of {count:,} tickets (target there: {CSV_SECONDS:g} s)",
            text["seconds"],
            pace.time_here(CSV_SECONDS),
            "s",
            1.0,
        ),
        Row("… its peak memory", text["megabytes"], CSV_MEGABYTES, "MB", 1.0),
    ]


def _query() -> tuple[str, int]:
    """Conditions of a list of at most two hundred thousand tickets, and how many it has."""
    today = timezone.localdate()
    for days in range(365, 0, -1):
        first = today - timedelta(days=days)
        count = (
            Petition.objects.filter(received_at__date__gte=first).count() if days < 80 or days % 40 == 0 else MOST + 1
        )
        if count <= MOST:
            return f"received_after={first:%Y-%m-%d}", count
    raise RuntimeError("no tickets to export")
