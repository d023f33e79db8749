"""Numbers that run without gaps: for whatever is filed (volunteers, certificates, redemptions).

A PostgreSQL sequence leaves a gap for every transaction that is rolled back. Here the number is taken
under a row lock in the caller's transaction: rolled back with it, given out again.
"""

from __future__ import annotations

from django.db import connection

_TAKE = """
INSERT INTO common_numberseries AS series (key, last) VALUES (%s, %s)
ON CONFLICT (key) DO UPDATE SET last = series.last + excluded.last
RETURNING last
"""


def next_number(key: str) -> int:
    """The next number under ``key``, from 1. Take it last: others wait until the transaction ends."""
    return next_numbers(key, 1)[0]


def next_numbers(key: str, count: int) -> range:
    """``count`` numbers in a row under ``key``."""
    if not connection.in_atomic_block:
        raise RuntimeError("a number is taken only inside the transaction that uses it")
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [key, count])
        (last,) = cursor.fetchone()
    return range(last - count + 1, last + 1)
