"""Chase: ten thousand due clocks among all open tickets, against one raw statement writing the same rows."""

from __future__ import annotations

from time import perf_counter

from django.db import connection, transaction

from bench.result import Row
from bench.world import DUE, World, make_due

# What the sweep wrote, kept aside, and then written again by the database alone.
KEEP = (
    "CREATE TEMP TABLE kept_cards AS SELECT * FROM petitions_supervisioncard",
    "CREATE TEMP TABLE kept_messages AS SELECT * FROM accounts_notification",
    "CREATE TEMP TABLE kept_events AS SELECT * FROM common_event WHERE kind = 'petition.card'",
    "CREATE TEMP TABLE kept_heads AS SELECT id, event_seq, event_head FROM petitions_petition"
    " WHERE id IN (SELECT petition_id FROM kept_cards)",
    "CREATE TEMP TABLE kept_clocks AS SELECT id, next_step, next_at FROM petitions_clock"
    " WHERE id IN (SELECT clock_id FROM kept_cards)",
    "ANALYZE kept_heads",
    "ANALYZE kept_clocks",
)
UNDO = (
    "SET session_replication_role = replica",
    "DELETE FROM common_event WHERE kind = 'petition.card'",
    "DELETE FROM accounts_notification",
    "DELETE FROM petitions_supervisioncard",
    "SET session_replication_role = origin",
    "VACUUM petitions_petition",
    "VACUUM petitions_clock",
    "CHECKPOINT",
)
RAW = """
WITH cards AS (INSERT INTO petitions_supervisioncard SELECT * FROM kept_cards RETURNING 1),
     messages AS (INSERT INTO accounts_notification SELECT * FROM kept_messages RETURNING 1),
     happened AS (INSERT INTO common_event SELECT * FROM kept_events RETURNING 1),
     heads AS (UPDATE petitions_petition AS p SET event_seq = k.event_seq, event_head = k.event_head
               FROM kept_heads AS k WHERE p.id = k.id RETURNING 1)
UPDATE petitions_clock AS c SET next_step = k.next_step, next_at = k.next_at FROM kept_clocks AS k WHERE c.id = k.id
"""


def measure(world: World) -> list[Row]:
    from petitions.services.chase import sweep

    make_due(world.big)
    start = perf_counter()
    sent = sweep()
    ours = perf_counter() - start
    if sent < DUE * 0.99:
        raise RuntimeError(f"the sweep sent {sent} cards instead of {DUE}")
    with connection.cursor() as cursor:
        for statement in (*KEEP, *UNDO):
            cursor.execute(statement)
        start = perf_counter()
        with transaction.atomic():
            cursor.execute(RAW)
        raw = perf_counter() - start
    return [Row(f"sweep: {DUE:,} due of {world.tickets:,} open", ours, raw, "s", 3.0)]
