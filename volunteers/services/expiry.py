"""Points that end with the year (ADR 0013).

What is spent uses the oldest points first. So of everything earned up to a cut-off, that part lapses which all
spending and lapsing so far has not used up: no lots are kept, one sum per account says the same. A reversal
counts on the side and day of what it takes back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from decimal import Decimal

from django.db import connection, transaction

from volunteers.choices import AccountKind, EntryKind
from volunteers.models import Account, Programme
from volunteers.rules import PointsRule, points_rule
from volunteers.services.ledger import Movement, post, system_account

BATCH = 500

_LEFT = """
SELECT line.account_id,
       greatest(0, coalesce(sum(line.amount) FILTER (WHERE gained AND coalesce(origin.day, entry.day) <= %s), 0)
                   + coalesce(sum(line.amount) FILTER (WHERE NOT gained), 0))
FROM volunteers_line AS line
JOIN volunteers_entry AS entry ON entry.id = line.entry_id
LEFT JOIN volunteers_entry AS origin ON origin.id = entry.reverses_id
CROSS JOIN LATERAL (SELECT (line.amount > 0) = (entry.reverses_id IS NULL) AS gained) AS side
WHERE line.account_id = ANY(%s)
GROUP BY line.account_id
"""


def expire_points(year: int, *, progress: Callable[[int], None] = lambda done: None) -> int:
    """Let lapse what ends with the year, in every programme; how many accounts lost points.

    Points of a year Y with n valid years end with the year Y + n. In batches of one transaction each;
    repeatable: an account lapses once for a year.
    """
    day, count, done = date(year, 12, 31), 0, 0
    rule = points_rule(day)
    for programme in Programme.objects.order_by("pk"):
        own = rule.programme(programme.key)
        if own is None or not own.valid_years:
            continue
        cut_off = date(year - own.valid_years, 12, 31)
        for accounts in _batches(programme):
            count += _expire(programme, accounts, rule, day, cut_off)
            done += len(accounts)
            progress(done)
    return count


def _batches(programme: Programme) -> Iterator[list[int]]:
    """Keys of the accounts that hold points, in order."""
    last = 0
    while True:
        held = Account.objects.filter(programme=programme, kind=AccountKind.PERSON, balance__gt=0, pk__gt=last)
        keys = list(held.order_by("pk").values_list("pk", flat=True)[:BATCH])
        if not keys:
            return
        yield keys
        last = keys[-1]


def _expire(programme: Programme, accounts: Sequence[int], rule: PointsRule, day: date, cut_off: date) -> int:
    with transaction.atomic():
        rows = Account.objects.select_for_update(no_key=True).filter(pk__in=accounts).order_by("pk")
        locked = {row.pk: row for row in rows}
        expiry = system_account(programme, AccountKind.EXPIRY)
        movements = [
            Movement(
                locked[pk], expiry, left, EntryKind.EXPIRE, day, f"{cut_off.year} 年及以前的积分到期",
                f"expire:{programme.key}:{day.year}:{pk}", policy=rule.policy,
            )
            for pk, left in left_of(accounts, cut_off)
            if left > 0
        ]  # fmt: skip
        return len(post(movements))


def left_of(accounts: Sequence[int], cut_off: date) -> list[tuple[int, Decimal]]:
    """What is left of the points earned up to the cut-off, per account that has lines; never more than its balance."""
    with connection.cursor() as cursor:
        cursor.execute(_LEFT, [cut_off, list(accounts)])
        return cursor.fetchall()
