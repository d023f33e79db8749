"""The people of a ``pay_preview`` file as typed values; whatever is wrong is named by its path (docs/pay-preview.md)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from common.profile.reader import Reader
from staff.choices import BonusTax, Certificate, Deduction, Education, LeaveKind, Rank, ReviewResult
from staff.pay.deductions import Claim
from staff.pay.money import ZERO
from staff.pay.parts import Addition
from staff.pay.rulebook import day
from staff.pay.tax import YearToDate

MOST = "10000000"
MONTHS = 60  # at most in one preview


@dataclass(frozen=True)
class Change:
    """A new position or diploma: it counts from the first of a month, which is that day or the next one."""

    on: date
    rank: str | None
    education: str | None


@dataclass(frozen=True)
class Special:
    """A deduction by the month, from a month to another. ``declared`` and ``end_declared``: the months from which its
    beginning and its end are known; what was deducted too little or too much until then is put right in that month."""

    kind: str
    amount: Decimal
    first: date
    last: date | None
    declared: date
    end_declared: date | None

    def claim(self, known: date) -> Claim | None:
        """As it is known in a month."""
        if known < self.declared:
            return None
        ended = self.last is not None and (self.end_declared is None or known >= self.end_declared)
        return Claim(self.amount, self.first, add_months(self.last, 1) if self.last and ended else None)


@dataclass(frozen=True)
class BonusInput:
    """A 13th period: the scheme's yearly items of ``year``, and ``amount`` besides."""

    path: str
    year: int
    paid_on: date
    amount: Decimal
    tax: str
    factor: Decimal | None


@dataclass(frozen=True)
class Person:
    """Somebody as described in the file. Mappings of months have the first day of the month as key."""

    path: str
    name: str
    rank: str
    education: str
    community_since: date
    entered_on: date
    left_on: date | None
    newcomer: bool
    first_job: bool
    probation_until: date | None
    grade: int | None
    grade_from: date | None
    certificates: tuple[tuple[str, date, date | None], ...]
    reviews: Mapping[int, str]
    changes: tuple[Change, ...]
    bases: Mapping[date, Decimal]
    special: tuple[Special, ...]
    leave: Mapping[date, Mapping[str, Decimal]]
    factors: Mapping[date, Decimal]
    additions: Mapping[date, tuple[Addition, ...]]
    bonuses: tuple[BonusInput, ...]
    before: YearToDate | None
    held: Mapping[str, Decimal]
    first_income: bool
    low_income: bool


def month_list(reader: Reader) -> list[date]:
    """``months``: from one month to another, both counted."""
    first, last = month(reader, "from"), month(reader, "to")
    reader.close()
    count = (last.year - first.year) * 12 + last.month - first.month + 1
    if not 1 <= count <= MONTHS:
        raise reader.fail("to", f"应在 from 之后，一次最多 {MONTHS} 个月")
    return [add_months(first, place) for place in range(count)]


def add_months(first: date, count: int) -> date:
    place = first.year * 12 + first.month - 1 + count
    return date(place // 12, place % 12 + 1, 1)


def read_person(reader: Reader) -> Person:
    entered = day(reader, "entered_on")
    person = Person(
        path=".".join(reader.path),
        name=reader.text("name"),
        rank=reader.one_of("rank", tuple(Rank.values)),
        education=reader.one_of("education", tuple(Education.values)),
        community_since=day(reader, "community_since") if reader.has("community_since") else entered,
        entered_on=entered,
        left_on=_day_or_none(reader, "left_on"),
        newcomer=reader.flag("newcomer"),
        first_job=reader.flag("first_job", default=bool(reader.data.get("newcomer") is True)),
        probation_until=_day_or_none(reader, "probation_until"),
        grade=reader.integer("grade", 1, 40) if reader.has("grade") else None,
        grade_from=month(reader, "grade_from") if reader.has("grade_from") else None,
        certificates=tuple(_certificate(entry) for entry in reader.array("certificates")),
        reviews=_reviews(reader.table("reviews")),
        changes=tuple(sorted((_change(entry) for entry in reader.array("changes")), key=lambda one: one.on)),
        bases=_bases(reader),
        special=tuple(_special(entry) for entry in reader.array("special_deductions")),
        leave={since: _leave(table) for since, table in _months(reader.table("leave"))},
        factors=_factors(reader.table("performance")),
        additions=_additions(reader),
        bonuses=tuple(_bonus(entry) for entry in reader.array("bonuses")),
        before=_year(reader.table("year_to_date")) if reader.has("year_to_date") else None,
        held=_held(reader.table("held")),
        first_income=reader.flag("first_income_of_year"),
        low_income=reader.flag("low_income_last_year"),
    )
    reader.close()
    _consistent(reader, person)
    return person


def _consistent(reader: Reader, person: Person) -> None:
    if person.community_since > person.entered_on:
        raise reader.fail("community_since", "不能晚于 entered_on")
    if person.left_on and person.left_on < person.entered_on:
        raise reader.fail("left_on", "不能早于 entered_on")
    if person.probation_until and person.probation_until < person.entered_on:
        raise reader.fail("probation_until", "不能早于 entered_on")
    if person.grade_from and person.grade is None:
        raise reader.fail("grade_from", "写了起始月份，还要写 grade")
    apart = [bonus.paid_on.year for bonus in person.bonuses if bonus.tax == BonusTax.APART]
    if len(apart) != len(set(apart)):
        raise reader.fail("bonuses", "单独计税在一个纳税年度内只能用一次，其余请用 together")


def month(reader: Reader, key: str) -> date:
    """A month as ``2026-03``."""
    text = reader.text(key)
    found = _month_of(text)
    if found is None:
        raise reader.fail(key, f"应为月份，如 2026-03，现为 {text!r}")
    return found


def _month_of(text: str) -> date | None:
    if not re.fullmatch(r"[12]\d{3}-(0[1-9]|1[0-2])", text):
        return None
    return date(int(text[:4]), int(text[5:]), 1)


def _months(table: Reader) -> Iterator[tuple[date, Reader]]:
    for key, entry in table.tables():
        yield _month_key(table, key), entry


def _month_key(table: Reader, key: str) -> date:
    if (found := _month_of(key)) is None:
        raise table.fail(key, "名称应为月份，如 2026-03")
    return found


def amount(reader: Reader, key: str, low: str = "0", high: str = MOST, places: int = 2) -> Decimal:
    """A figure with at most two decimals, as text or as a number."""
    raw = reader.raw(key, (str, int, Decimal), "数字")
    try:
        value = Decimal(str(raw).strip())
    except InvalidOperation:
        raise reader.fail(key, f"应为数字，现为 {raw!r}") from None
    if not value.is_finite() or not Decimal(low) <= value <= Decimal(high):
        raise reader.fail(key, f"应在 {low} 与 {high} 之间，现为 {raw}")
    if value != round(value, places):
        raise reader.fail(key, f"最多 {places} 位小数，现为 {raw}")
    return value + ZERO


def _day_or_none(reader: Reader, key: str) -> date | None:
    if reader.data.get(key, "") is None:  # null is as good as leaving it out
        reader.seen.add(key)
        return None
    return day(reader, key) if reader.has(key) else None


def _certificate(entry: Reader) -> tuple[str, date, date | None]:
    level = entry.one_of("level", tuple(Certificate.values))
    issued, expires = day(entry, "issued_on"), _day_or_none(entry, "expires_on")
    entry.close()
    if expires and expires <= issued:
        raise entry.fail("expires_on", "应晚于 issued_on")
    return level, issued, expires


def _reviews(table: Reader) -> dict[int, str]:
    found = {}
    for key in table.data:
        if not re.fullmatch(r"[12]\d{3}", key):
            raise table.fail(key, "名称应为年度，如 2025")
        found[int(key)] = table.one_of(key, tuple(ReviewResult.values))
    return found


def _change(entry: Reader) -> Change:
    on = day(entry, "on")
    rank = entry.one_of("rank", tuple(Rank.values)) if entry.has("rank") else None
    education = entry.one_of("education", tuple(Education.values)) if entry.has("education") else None
    entry.close()
    if rank is None and education is None:
        raise entry.fail("rank", "rank 和 education 至少要写一项")
    return Change(on, rank, education)


def _bases(reader: Reader) -> dict[date, Decimal]:
    """One figure for all months, or figures by the month from which they count."""
    if not isinstance(reader.data.get("insurance_base"), dict):
        return {date.min: amount(reader, "insurance_base", "0.01")} if reader.has("insurance_base") else {}
    table = reader.table("insurance_base")
    return {_month_key(table, key): amount(table, key, "0.01") for key in table.data}


def _special(entry: Reader) -> Special:
    kind = entry.one_of("kind", tuple(Deduction.values))
    value = amount(entry, "amount", "0.01", "100000")
    first = month(entry, "from")
    last = month(entry, "to") if entry.has("to") else None
    declared = month(entry, "declared") if entry.has("declared") else first
    end_declared = month(entry, "end_declared") if entry.has("end_declared") else None
    entry.close()
    if last and last < first:
        raise entry.fail("to", "不能早于 from")
    if declared < first:
        raise entry.fail("declared", "不能早于 from")
    if end_declared and (last is None or end_declared <= last):
        raise entry.fail("end_declared", "应晚于 to，并写明 to")
    return Special(kind, value, first, last, declared, end_declared)


def _leave(table: Reader) -> dict[str, Decimal]:
    found = {}
    for key in table.data:
        if key not in LeaveKind.values:
            raise table.fail(key, f"没有这种假别，应为 {'、'.join(LeaveKind.values)} 之一")
        found[key] = amount(table, key, "0", "23", places=1)
    if sum(found.values()) > 23:
        raise table.fail(key, "一个月的请假合计不能超过 23 个计薪日")
    return found


def _factors(table: Reader) -> dict[date, Decimal]:
    return {_month_key(table, key): amount(table, key, "0", "300") / 100 for key in table.data}


def _additions(reader: Reader) -> dict[date, tuple[Addition, ...]]:
    found: dict[date, tuple[Addition, ...]] = {}
    for entry in reader.array("additions"):
        since = month(entry, "month")
        one = Addition(
            entry.text("label"), amount(entry, "amount", f"-{MOST}"), entry.text("why", ""), entry.flag("taxed", True)
        )
        entry.close()
        found[since] = (*found.get(since, ()), one)
    return found


def _bonus(entry: Reader) -> BonusInput:
    bonus = BonusInput(
        path=".".join(entry.path),
        year=entry.integer("year", 2000, 2100),
        paid_on=day(entry, "paid_on"),
        amount=amount(entry, "amount") if entry.has("amount") else ZERO,
        tax=entry.one_of("tax", tuple(BonusTax.values)),
        factor=amount(entry, "performance", "0", "300") / 100 if entry.has("performance") else None,
    )
    entry.close()
    return bonus


def _year(table: Reader) -> YearToDate:
    found = YearToDate(
        table.integer("months", 0, 12),
        *(amount(table, key, "0", "100000000") for key in ("income", "insurance", "special", "tax")),
    )
    table.close()
    return found


def _held(table: Reader) -> dict[str, Decimal]:
    return {key: amount(table, key, f"-{MOST}") for key in table.data}
