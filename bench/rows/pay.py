"""A month's pay of ten thousand people, against the bare arithmetic and its bulk INSERT; 36 months ahead against it; memory."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db import connection
from django.utils import timezone

from bench.child import run
from bench.result import Row
from bench.world import World

PEOPLE = 10_000
MONTHS = 36
MONTH = date(2026, 9, 1)

WORKERS = """
WITH made AS (
    INSERT INTO staff_worker (stream, event_seq, event_head, number, unit_id, kind, rank, state, education, party_role,
                              entered_on, community_since, newcomer)
    SELECT gen_random_uuid(), 0, '', 'B' || lpad(n::text, 7, '0'), place.id, 'post', 'worker', 'active', 'bachelor', 'none',
           date '2021-03-01', date '2021-03-01', false
    FROM generate_series(1, %(people)s) AS n
    JOIN (SELECT id, row_number() OVER (ORDER BY path) - 1 AS place, count(*) OVER () AS places FROM grid_unit WHERE level = 3)
        AS place ON place.place = n %% place.places
    RETURNING id
), graded AS (
    INSERT INTO staff_grade (worker_id, grade, rank, valid_from, reason, why, set_at)
    SELECT id, 1 + id %% 12, 'worker', date '2021-03-01', 'initial', '[]', now() FROM made
)
INSERT INTO staff_insurancebase (worker_id, valid_from, amount) SELECT id, date '2026-01-01', 3500 + id %% 4000 FROM made
"""


def measure(world: World) -> list[Row]:
    _fill()
    bare, ours = run("pay_bare", str(PEOPLE)), run("pay_run", str(PEOPLE))
    if Decimal(bare["net"]) != Decimal(ours["net"]):
        raise RuntimeError(f"the run pays {ours['net']}, the bare loop {bare['net']}")
    ahead, arithmetic = run("pay_forecast", str(PEOPLE), str(MONTHS)), run("pay_arithmetic", str(PEOPLE))
    name = f"pay of a month, {PEOPLE:,} people; compared: bare Decimal loop and its bulk INSERT"
    return [
        Row(name, ours["seconds"], bare["seconds"], "s", 3.0),
        Row("… its queries", ours["queries"], 60, "queries", 1.0),
        Row("… its peak memory", ours["megabytes"], 300, "MB", 1.0),
        Row(
            f"{MONTHS}-month forecast of {PEOPLE:,} people; compared: {MONTHS} × the month's run", ahead["seconds"],
            MONTHS * ours["seconds"], "s", 1.2,
        ),
        Row(
            f"… compared: {MONTHS} × the arithmetic of the month alone", ahead["seconds"], MONTHS * arithmetic["seconds"],
            "s", 1.2,
        ),
        Row("… words of progress", ahead["told"], 10, "times", 1.0, at_least=True),
        Row("… its peak memory", ahead["megabytes"], 300, "MB", 1.0),
    ]  # fmt: skip


def _fill() -> None:
    from grid.choices import Level
    from grid.models import Unit
    from staff.models import Forecast, PayRun

    with connection.cursor() as cursor:
        cursor.execute(WORKERS, {"people": PEOPLE})
        for table in ("worker", "grade", "insurancebase"):
            cursor.execute(f"ANALYZE staff_{table}")
    district = Unit.objects.get(level=Level.DISTRICT)
    PayRun.objects.create(unit=district, month=MONTH)
    this = timezone.localdate().replace(day=1)
    Forecast.objects.create(unit=district, first_month=this, months=MONTHS, old_label="", asked_at=timezone.now())
