"""专项附加扣除 of a month, cumulated in the tax year at this employer (个人所得税扣缴申报管理办法 art. 6).

What was declared late is made up in the months that are left of the year (公告2022年第7号 art. 7); what was deducted without
right is taken back in the same way. New Year ends both: then only the yearly settlement puts it right.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from staff.pay.money import ZERO, short


class Claim(NamedTuple):
    """Yuan a month from the first of a month on, until that of another, which does not count any more."""

    amount: Decimal
    first: date
    until: date | None


class Special(NamedTuple):
    """What a slip deducts, and why it is not simply the month's own amount."""

    amount: Decimal
    why: str


def entitled(claims: Iterable[Claim], month: date) -> Decimal:
    """Of one month."""
    found = (one.amount for one in claims if one.first <= month and (one.until is None or month < one.until))
    return sum(found, ZERO)


def entitled_in(claims: Sequence[Claim], months: Iterable[date]) -> Decimal:
    return sum((entitled(claims, month) for month in months), ZERO)


def months_until(month: date) -> Iterator[date]:
    """The months of a tax year up to one of them."""
    return (month.replace(month=number) for number in range(1, month.month + 1))


def special_of(claims: Sequence[Claim], months: Sequence[date], deducted: Decimal) -> Special:
    """What a month deducts: all that the year's ``months`` give up to it, less what earlier slips have ``deducted``.

    ``months``: those of the tax year in this employment, the last one being the slip's own. Below zero when earlier slips
    deducted more than is due.
    """
    own = entitled(claims, months[-1])
    amount = entitled_in(claims, months) - deducted
    return Special(amount, special_words(own, amount - own))


def special_words(own: Decimal, rest: Decimal) -> str:
    """Nothing for a month that deducts its own amount; else what of it belongs to earlier months of the year."""
    if not rest:
        return ""
    what = f"补扣本年以前月份 {short(rest)}" if rest > 0 else f"冲回本年以前月份多扣的 {short(-rest)}"
    return f"专项附加扣除：本月 {short(own)}，{what}，本次合计 {short(own + rest)}"
