"""How much of a month is paid: days employed, and days lost to leave.

A day is worth a month's pay ÷ 21.75 (劳社部发〔2008〕3号). Those 21.75 are (365 − 104) ÷ 12: statutory holidays are paid
days (劳动法 art. 51), so the days of a month are its Mondays to Fridays, 20 to 23 of them, whatever was swapped (调休).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from common.months import last_day
from staff.choices import LeaveKind
from staff.pay.money import HUNDRED, ZERO, share_of, short

ONE = Decimal(1)
WEEKEND = 5  # date.weekday() of a Saturday


@dataclass(frozen=True, slots=True)
class LeaveRule:
    """``days`` in a month of pay (21.75); how much of a day is paid during each kind of leave, as fractions."""

    days: Decimal
    paid: Mapping[str, Decimal]


def leave_rule_of(data: Mapping[str, Any]) -> LeaveRule:
    return LeaveRule(Decimal(data["days"]), {kind: share_of(data["paid"][kind]) for kind in LeaveKind.values})


@lru_cache(maxsize=1024)
def pay_days(first: date, last: date) -> int:
    """计薪日 from a day to another, both counted: what :attr:`PersonMonth.worked` is for who comes or leaves."""
    span = range((last - first).days + 1)
    return sum((first + timedelta(days=place)).weekday() < WEEKEND for place in span)


@lru_cache(maxsize=256)
def month_days(month: date) -> int:
    """计薪日 of a whole month."""
    return pay_days(month.replace(day=1), last_day(month))


def days_of_work(month: date, entered_on: date, left_on: date | None) -> Decimal | None:
    """计薪日 while employed in a month; ``None`` for the whole month."""
    end = last_day(month)
    first, last = max(month, entered_on), min(end, left_on or end)
    if (first, last) == (month, end):
        return None
    return Decimal(pay_days(first, last))


class Absence(NamedTuple):
    """Leave of a kind, and the days it takes off, in parts of :attr:`Attendance.over`."""

    kind: str
    taken: Decimal
    words: str


class Attendance(NamedTuple):
    """``employed`` and the ``taken`` of all absences in parts of ``over``: an amount is multiplied first, divided once."""

    employed: Decimal
    over: Decimal
    absences: tuple[Absence, ...] = ()
    employed_words: str = ""

    @property
    def paid(self) -> Decimal:
        return self.employed - sum((one.taken for one in self.absences), ZERO)


WHOLE = Attendance(ONE, ONE)


def attendance(rule: LeaveRule, month: date, worked: Decimal | None, leave: Mapping[str, Decimal]) -> Attendance:
    """Who is away for half of the month or less loses the days away; who is away longer is paid the days present.

    Otherwise a month of 20 days away would still pay 1.75 days, and a day present among 22 away would pay nothing.
    """
    if worked is None and not leave:
        return WHOLE
    unpaid = {kind: 1 - rule.paid[kind] for kind, days in leave.items() if days and rule.paid[kind] != 1}
    days = month_days(month)
    employed = rule.days if worked is None or worked >= days else min(worked, rule.days)
    here = f"在岗 {short(employed)} 天 ÷ {short(rule.days)}"
    if not unpaid:
        return WHOLE if employed == rule.days else Attendance(employed, rule.days, (), here)
    away = sum((leave[kind] for kind in unpaid), ZERO)
    there = days if worked is None else min(worked, Decimal(days))
    if away * 2 <= there:
        taken = [
            Absence(kind, leave[kind] * part, f"÷ {short(rule.days)} × {_days(leave[kind], part)}")
            for kind, part in sorted(unpaid.items())
        ]
        return Attendance(employed, rule.days, tuple(taken), here)
    present = max(there - away, ZERO)
    lost = employed - min(present, employed)
    words = f"÷ {short(rule.days)} × {short(lost)} 天（缺勤过半，实到 {short(present)} 天）"
    taken = [
        Absence(kind, lost * leave[kind] * part, f"{words}{_portion(leave[kind], away)} × {short(part * HUNDRED)}%")
        for kind, part in sorted(unpaid.items())
    ]
    return Attendance(employed * away, rule.days * away, tuple(taken), here)


def _days(days: Decimal, unpaid: Decimal) -> str:
    return f"{short(days)} 天 × {short(unpaid * HUNDRED)}%"


def _portion(days: Decimal, away: Decimal) -> str:
    return "" if days == away else f" × {short(days)} ÷ {short(away)}"
