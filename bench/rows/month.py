"""The month by community, against one statement written by hand for the same figures."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from django.db import connection
from django.utils import timezone

from bench.people import person
from bench.result import Row, timed
from bench.world import World
from common.reporting import get, prepare

RUNNING = "state IN ('dispatched', 'objected', 'handling')"
DUE = f"(contact_in_time IS NOT NULL OR ({RUNNING} AND contacted_at IS NULL AND contact_due_at < %(now)s))"
COUNTS = "excluded_at IS NULL"
BY_HAND = f"""
SELECT community_id, count(*),
    count(*) FILTER (WHERE sign_in_time), count(*) FILTER (WHERE finish_in_time AND replied_at IS NOT NULL),
    count(*) FILTER (WHERE NOT finish_in_time OR ({RUNNING} AND finish_due_at < %(now)s)),
    count(*) FILTER (WHERE state NOT IN ('closed', 'refused', 'withdrawn', 'voided')),
    count(*) FILTER (WHERE returns > 0), count(*) FILTER (WHERE reworks > 0),
    count(*) FILTER (WHERE excluded_at IS NOT NULL),
    count(*) FILTER (WHERE {DUE}), count(*) FILTER (WHERE contact_in_time),
    count(*) FILTER (WHERE solved IS NOT NULL), count(*) FILTER (WHERE solved),
    count(*) FILTER (WHERE solved IS NOT NULL AND satisfaction = 'satisfied'),
    count(*) FILTER (WHERE solved IS NOT NULL AND satisfaction = 'basically'),
    count(*) FILTER (WHERE {COUNTS} AND {DUE}), count(*) FILTER (WHERE {COUNTS} AND contact_in_time),
    count(*) FILTER (WHERE {COUNTS} AND solved IS NOT NULL), count(*) FILTER (WHERE {COUNTS} AND solved),
    count(*) FILTER (WHERE {COUNTS} AND solved IS NOT NULL AND satisfaction = 'satisfied'),
    count(*) FILTER (WHERE {COUNTS} AND solved IS NOT NULL AND satisfaction = 'basically')
FROM petitions_petition
WHERE received_at >= date_trunc('month', %(now)s AT TIME ZONE 'Asia/Shanghai' - interval '1 month') AT TIME ZONE 'Asia/Shanghai'
  AND received_at < date_trunc('month', %(now)s AT TIME ZONE 'Asia/Shanghai') AT TIME ZONE 'Asia/Shanghai'
  AND state <> 'voided'
GROUP BY community_id
"""


def measure(world: World) -> list[Row]:
    now = timezone.now()
    month = (timezone.localdate().replace(day=1) - timedelta(days=1)).strftime("%Y-%m")
    user = person("district_officer")
    seen: Counter[str] = Counter()

    def ours() -> None:
        sheet = prepare(get("reports.monthly"), user, {"month": month, "level": "community"}, as_of=now)
        seen["ours"] = sum(row["received"] for row in sheet.rows)

    def by_hand() -> None:
        with connection.cursor() as cursor:
            cursor.execute(BY_HAND, {"now": now})
            seen["by hand"] = sum(row[1] for row in cursor.fetchall())

    took, limit = timed(ours), timed(by_hand)
    if seen["ours"] != seen["by hand"] or not seen["ours"]:
        raise RuntimeError(f"the report and the statement count differently: {dict(seen)}")
    return [Row(f"month by community, {world.tickets:,} tickets", took * 1e3, limit * 1e3, "ms", 1.5)]
