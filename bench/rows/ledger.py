"""The points ledger: posting against a bare transaction of two rows, a balance by its history, yearly statements.

Posting is measured on a PostgreSQL of its own that keeps what it commits, as a real installation does: the
benchmarks' other database trades durability for speed, and a ledger without it is none.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path
from time import perf_counter
from typing import Any

from django.db import connection

from bench.child import environment, run
from bench.people import person
from bench.result import Row, timed
from bench.world import World
from config.local.postgres import Postgres

CLIENTS = 4
POSTINGS = 1_500  # of each client
VOLUNTEERS = 11_116  # 蛟河
ENTRIES = 20  # of each volunteer
READS = 200
YEAR = 2026

# Random but fixed: earned, redeemed and lapsed points over two years, with the running balance of each account.
# Hashes are left out: nobody proves these chains.
PEOPLE = """
INSERT INTO volunteers_volunteer (stream, event_seq, event_head, number, unit_id, "group", state, nickname, skills, times,
                                  areas, is_minor, insurance, joined_on)
SELECT gen_random_uuid(), 0, '', 'B' || lpad(n::text, 8, '0'), place.id, 'resident', 'active', '', '{}', '{}', '', false, '',
       date '2024-01-01'
FROM generate_series(1, %(people)s) AS n
JOIN (SELECT id, row_number() OVER (ORDER BY path) - 1 AS place, count(*) OVER () AS places FROM grid_unit WHERE level = 3)
    AS place ON place.place = n %% place.places
"""
ACCOUNTS = """
INSERT INTO volunteers_account (programme_id, kind, volunteer_id, balance, seq, head)
SELECT programme.id, 'person', volunteer.id, 0, 0, '' FROM volunteers_volunteer AS volunteer, volunteers_programme AS programme
WHERE programme.key = 'volunteer' AND volunteer.number LIKE 'B%%'
"""
POSTED = """
WITH made AS (
    INSERT INTO volunteers_entry (programme_id, kind, day, at, reason, key)
    SELECT account.programme_id, (ARRAY['earn', 'earn', 'joining', 'earn', 'redeem', 'earn', 'manual', 'earn', 'earn', 'expire'])[1 + n %% 10],
           at::date, at, '社区巡逻', 'bench:' || account.id || ':' || n
    FROM volunteers_account AS account, generate_series(1, %(entries)s) AS n,
         LATERAL (SELECT timestamptz '2025-03-01 09:00+08' + n * interval '31 days' AS at) AS moment
    WHERE account.kind = 'person' AND account.seq = 0
    RETURNING id, kind, split_part(key, ':', 2)::bigint AS account, split_part(key, ':', 3)::int AS n
), valued AS (
    SELECT *, CASE WHEN kind IN ('redeem', 'expire') THEN -1.00 ELSE 2.50 END AS amount FROM made
), sides AS (
    INSERT INTO volunteers_line (entry_id, account_id, amount, seq, balance_after, hash)
    SELECT id, account, amount, n, sum(amount) OVER (PARTITION BY account ORDER BY n), decode('00', 'hex') FROM valued
    UNION ALL
    SELECT valued.id, issue.id, -amount, NULL, NULL, NULL FROM valued,
           (SELECT id FROM volunteers_account WHERE kind = 'issue' LIMIT 1) AS issue
)
UPDATE volunteers_account AS account SET balance = total.balance, seq = total.seq
FROM (SELECT account, sum(amount) AS balance, max(n) AS seq FROM valued GROUP BY account) AS total WHERE account.id = total.account
"""
IN_YEAR = "coalesce(sum(line.amount) FILTER (WHERE entry.at >= %(first)s AND entry.at < %(end)s AND {}), 0)"
KINDS = ("= 'earn'", "IN ('joining', 'item', 'opening')", "= 'donate'", "= 'manual'", "= 'redeem'", "= 'expire'")
BY_HAND = f"""
SELECT volunteer.number, unit.name, volunteer."group", programme.name,
    coalesce(sum(line.amount) FILTER (WHERE entry.at < %(first)s), 0),
    {", ".join(IN_YEAR.format(f"coalesce(origin.kind, entry.kind) {kinds}") for kinds in KINDS)},
    coalesce(sum(line.amount) FILTER (WHERE entry.at < %(end)s), 0)
FROM volunteers_account AS account
JOIN volunteers_volunteer AS volunteer ON volunteer.id = account.volunteer_id
JOIN grid_unit AS unit ON unit.id = volunteer.unit_id
JOIN volunteers_programme AS programme ON programme.id = account.programme_id
LEFT JOIN volunteers_line AS line ON line.account_id = account.id
LEFT JOIN volunteers_entry AS entry ON entry.id = line.entry_id
LEFT JOIN volunteers_entry AS origin ON origin.id = entry.reverses_id
WHERE account.kind = 'person'
GROUP BY account.id, volunteer.number, unit.name, volunteer."group", programme.name ORDER BY volunteer.number
"""


def measure(world: World) -> list[Row]:
    return [_posting(), *_reading()]


# --- posting


def _posting() -> Row:
    with _durable() as url:
        run("ledger_ground", url=url)
        bare, ours = _rate("ledger_bare", url), _rate("ledger_post", url)
    name = f"post one entry, durable commit, {CLIENTS} clients; bare: two rows in a transaction"
    return Row(name, ours, bare, "1/s", 0.5, at_least=True)


@contextmanager
def _durable() -> Iterator[str]:
    """A PostgreSQL that flushes what it commits."""
    with tempfile.TemporaryDirectory(prefix="gridwork-bench-") as folder:
        server = Postgres(Path(folder) / "postgres")
        server.prepare()
        server.start()
        try:
            server.wait_ready()
            yield server.url
        finally:
            server.stop()


def _rate(work: str, url: str) -> float:
    """Transactions per second of all clients, each a process, from the word go."""
    clients = [
        subprocess.Popen(
            [sys.executable, "-m", "bench.child", work, str(number), str(POSTINGS)], env=environment(url), text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )
        for number in range(CLIENTS)
    ]  # fmt: skip
    for client in clients:
        _pipe(client.stdout).readline()  # it has warmed up
    start = perf_counter()
    for client in clients:
        _pipe(client.stdin).write("go\n")
        _pipe(client.stdin).flush()
    for client in clients:
        _pipe(client.stdout).readline()  # it is done
    seconds = perf_counter() - start
    if any(client.wait(60) for client in clients):
        raise RuntimeError(f"a client of {work} failed")
    return CLIENTS * POSTINGS / seconds


def _pipe(stream: Any) -> Any:
    if stream is None:
        raise RuntimeError("the client has no pipe")
    return stream


# --- reading


def _reading() -> list[Row]:
    _fill()
    return [_balance(), _statements()]


def _fill() -> None:
    from volunteers.choices import AccountKind
    from volunteers.models import Account, Programme

    values = {"people": VOLUNTEERS, "entries": ENTRIES}
    programme = Programme.objects.get(key="volunteer")
    Account.objects.get_or_create(programme=programme, kind=AccountKind.ISSUE)
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # the rows are right by construction
        for statement in (PEOPLE, ACCOUNTS, POSTED):
            cursor.execute(statement, values)
        cursor.execute("SET session_replication_role = origin")
        for table in ("volunteer", "account", "entry", "line"):
            cursor.execute(f"VACUUM ANALYZE volunteers_{table}")


def _balance() -> Row:
    """What a person has, after 1,000 entries and after 10."""
    from django.db import transaction

    from volunteers.choices import AccountKind
    from volunteers.models import Programme, Volunteer
    from volunteers.selectors.points import accounts_of
    from volunteers.services.ledger import Movement, person_account, post, system_account

    programme = Programme.objects.get(key="volunteer")
    unit = Volunteer.objects.earliest("pk").unit
    issue = system_account(programme, AccountKind.ISSUE)
    seconds = []
    for entries in (1_000, 10):
        volunteer = Volunteer.objects.create(number=f"H{entries}", unit=unit, joined_on=date(2024, 1, 1))
        account = person_account(volunteer, programme)
        for number in range(0, entries, 10):
            with transaction.atomic():
                post([
                    Movement(issue, account, Decimal("1.50"), "earn", date(2026, 11, 2), "社区巡逻", f"h:{account.pk}:{n}")
                    for n in range(number, number + 10)
                ])  # fmt: skip
        if accounts_of(volunteer)[0].balance != Decimal("1.50") * entries:
            raise RuntimeError("the balance is wrong")

        def read(volunteer: Volunteer = volunteer) -> None:
            for _ in range(READS):
                accounts_of(volunteer)

        seconds.append(read)
    long, short = (timed(read, repeat=9) for read in seconds)
    return Row(
        "balance of a person after 1,000 entries; compared: after 10",
        long / READS * 1e3,
        short / READS * 1e3,
        "ms",
        1.2,
    )


def _statements() -> Row:
    from common.reporting import get, prepare
    from grid.choices import Level
    from grid.models import Unit
    from volunteers.selectors.points import bounds

    user, district = person("district_officer"), Unit.objects.get(level=Level.DISTRICT)
    params = {"unit": district.pk, "year": YEAR, "programme": ""}
    first, end = bounds(YEAR)
    totals: dict[str, tuple[int, Decimal]] = {}

    def ours() -> None:
        rows = list(prepare(get("volunteers.points_yearly"), user, params).rows)
        totals["ours"] = len(rows), sum((row["closing"] for row in rows), Decimal(0))

    def by_hand() -> None:
        with connection.cursor() as cursor:
            cursor.execute(BY_HAND, {"first": first, "end": end})
            rows = cursor.fetchall()
        totals["by hand"] = len(rows), sum((row[-1] for row in rows), Decimal(0))

    took, limit = timed(ours), timed(by_hand)
    if totals["ours"] != totals["by hand"] or totals["ours"][0] < VOLUNTEERS:
        raise RuntimeError(f"the report and the statement count differently: {totals}")
    return Row(f"yearly statements of {VOLUNTEERS:,} volunteers; compared: one SQL", took, limit, "s", 2.0)
