"""What the rows are measured on: a district with a million open tickets, and one with ten thousand.

Tickets are written by one INSERT … SELECT: random but fixed, spread over communities, states and
twelve months. Texts come from the demo's generator, so the search index has real work.
"""

from __future__ import annotations

import os
import random
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit, urlunsplit

import psycopg2
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from config.demo.texts import Scene, Writer, phrases

TEXTS = 400
DUE = 10_000

FILL = """
INSERT INTO petitions_petition (
    stream, event_seq, event_head, number, title, text, place, kind, channel, urgency, category_id, is_anonymous,
    state, unit_id, street_id, community_id, grid_id, lead_department_id, received_at, dispatched_at, signed_at,
    contacted_at, due_at, sign_due_at, contact_due_at, finish_due_at, sign_in_time, contact_in_time, finish_in_time,
    reply, solved, satisfaction, refusal_reason, returns, reworks, extensions, dissatisfactions, exclusion_reason
)
SELECT
    gen_random_uuid(), 0, '', 'B' || lpad(n::text, 12, '0'), left(t.body, 30), t.body || n, '第' || n %% 997 || '号楼',
    (ARRAY['help', 'complaint', 'consultation'])[1 + n %% 3], 'counter', 'normal', c.categories[1 + n %% c.many], false,
    (ARRAY['dispatched', 'handling', 'handling', 'replied', 'verified'])[1 + n %% 5],
    place.community, place.street, place.community, NULL, d.departments[1 + n %% 5], at.received, at.received,
    at.received, at.received, %(now)s::timestamptz + (n %% 4000 + 60) * interval '1 minute', at.received + interval '4 hours',
    at.received + interval '1 day', %(now)s::timestamptz + (n %% 4000 + 60) * interval '1 minute', n %% 7 > 0, n %% 11 > 0,
    CASE WHEN n %% 3 = 0 THEN n %% 13 > 0 END, '', CASE WHEN n %% 4 = 0 THEN n %% 9 > 0 END,
    CASE WHEN n %% 4 = 0 THEN (ARRAY['satisfied', 'basically', 'dissatisfied'])[1 + n %% 3] ELSE '' END, '', 0, 0, 0, 0, ''
FROM generate_series(1, %(count)s) AS n
CROSS JOIN (SELECT array_agg(id) AS categories, count(*)::int AS many FROM petitions_category WHERE parent_id IS NOT NULL) AS c
CROSS JOIN (SELECT array_agg(id) AS departments FROM grid_department) AS d
JOIN unnest(%(texts)s::text[]) WITH ORDINALITY AS t(body, o) ON t.o = 1 + n %% %(many)s
JOIN (SELECT id AS community, parent_id AS street, row_number() OVER (ORDER BY path) - 1 AS place, count(*) OVER () AS places
      FROM grid_unit WHERE level = 3) AS place ON place.place = (n * 7919::bigint) %% place.places
CROSS JOIN LATERAL (SELECT %(now)s::timestamptz - ((n * 104729::bigint) %% 31536000) * interval '1 second' AS received) AS at
"""

CLOCKS = """
INSERT INTO petitions_clock (petition_id, kind, "limit", policy_id, started_at, due_at, next_step, next_at)
SELECT id, 'finish', '5wd', (SELECT min(id) FROM common_policy WHERE key = 'limits'), received_at, finish_due_at, 'blue',
       finish_due_at
FROM petitions_petition
"""

ASSIGNMENTS = """
INSERT INTO petitions_assignment (petition_id, role, department_id, "limit", due_at, given_at, reply)
SELECT id, 'lead', lead_department_id, '5wd', finish_due_at, received_at, '' FROM petitions_petition
"""


@dataclass(frozen=True)
class World:
    """Where the databases are and how large they were made."""

    big: str
    small: str
    tickets: int
    few: int = 10_000


def build(tickets: int) -> World:
    """Fill the database of this process with ``tickets`` and a second one with ten thousand."""
    big = os.environ["DATABASE_URL"]
    small = _sibling(big, "gridwork_small")
    call_command("migrate", verbosity=0)
    _base_data()
    connection.close()
    _copy_database(big, "gridwork_small")
    world = World(big, small, tickets)
    fill(big, tickets)
    fill(small, world.few)
    return world


def _base_data() -> None:
    """The district's units, rules, departments, categories and the people who take part."""
    from bench.people import make_people, open_doors
    from config.reference import load_reference_data

    load_reference_data()
    call_command("import_geography", verbosity=0)
    make_people()
    open_doors()


def _sibling(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def _copy_database(url: str, name: str) -> None:
    admin = psycopg2.connect(_sibling(url, "postgres"))
    admin.autocommit = True
    with admin.cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{urlsplit(url).path.lstrip("/")}"')
    admin.close()


def fill(url: str, count: int) -> None:
    """Write ``count`` tickets with a running clock each; indexes are built after the rows."""
    now = timezone.now()
    values = {"count": count, "now": now, "texts": ticket_texts(), "many": TEXTS}
    with psycopg2.connect(url) as database, database.cursor() as cursor:
        cursor.execute("SET maintenance_work_mem = '1GB'")
        cursor.execute("SET LOCAL session_replication_role = replica")  # the rows are right by construction
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = 'petition_search'")
        (search_index,) = cursor.fetchone()
        cursor.execute("DROP INDEX petition_search")
        cursor.execute(FILL, values)
        cursor.execute(CLOCKS)
        cursor.execute(ASSIGNMENTS)
        cursor.execute(search_index)
    database.autocommit = True
    with database.cursor() as cursor:
        for table in ("petitions_petition", "petitions_clock", "petitions_assignment"):
            cursor.execute(f"VACUUM ANALYZE {table}")
    database.close()


def make_due(url: str, count: int = DUE) -> None:
    """Let the clocks of ``count`` tickets all over the table come due."""
    now = timezone.now()
    with psycopg2.connect(url) as database, database.cursor() as cursor:
        cursor.execute(
            "UPDATE petitions_clock SET next_at = %s, due_at = %s WHERE id %% "
            "(SELECT greatest(count(*) / %s, 1) FROM petitions_clock) = 0",
            [now - timedelta(minutes=1), now - timedelta(minutes=1), count],
        )
    database.close()


def ticket_texts() -> list[str]:
    """Ticket texts of the demo's generator, the same in every run."""
    scene = Scene("幸福家园", "3号楼", "2单元", "江源大街", "江湾社区")
    codes = sorted(phrases())
    return [Writer(codes[n % len(codes)], scene, random.Random(n)).write("hotline").text for n in range(TEXTS)]
