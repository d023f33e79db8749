"""``pay_preview``: grades and slips of the people and months in a file, with every figure and the rule behind it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from common.profile.reader import ProfileError, Reader
from staff.choices import BonusTax
from staff.pay.attendance import pay_days
from staff.pay.course import Facts, Step, course, facts, grade_on
from staff.pay.deductions import Special, entitled, entitled_in, months_until, special_words
from staff.pay.grading import full_years
from staff.pay.money import ZERO
from staff.pay.parts import Line, PersonMonth, Rules
from staff.pay.preview_input import BonusInput, Person, add_months, month_list, read_person
from staff.pay.preview_words import YearSums, bonus_words, slip_words, step_words, version_words, year_words
from staff.pay.rulebook import Database, RuleBook, read_rules
from staff.pay.scheme import Scheme
from staff.pay.slip import annual_bonus, month_slip, year_items
from staff.pay.tax import YearToDate, allowance_words, earned_little, since_january, year_begins

MANY = 200  # people in a file


def preview(data: Any, file: str, database: Database) -> dict[str, Any]:
    """What the file asks for; ``ProfileError`` names the path of what is wrong."""
    if not isinstance(data, dict):
        raise ProfileError(f"{file}：最外层应为一个对象，含 months 和 people")
    reader = Reader(data, file, data)
    book = read_rules(reader.table("rules"), database)
    months = month_list(reader.table("months"))
    entries = list(reader.array("people"))
    if not 1 <= len(entries) <= MANY:
        raise reader.fail("people", f"应有 1 至 {MANY} 人")
    people = [_person(read_person(entry), entry, book, months) for entry in entries]
    reader.close()
    return {"rules": [version_words(version) for version in book.all_versions], "people": people}


@dataclass
class _Walk:
    """What one month hands on to the next."""

    person: Person
    book: RuleBook
    steps: list[Step]
    held: Mapping[str, Decimal]
    former: Scheme | None = None
    base: Decimal | None = None
    base_since: date | None = None
    year_pay: dict[int, dict[str, Decimal]] = field(default_factory=dict)
    years: dict[int, YearSums] = field(default_factory=dict)


def _person(person: Person, reader: Reader, book: RuleBook, months: list[date]) -> dict[str, Any]:
    last = min(months[-1], (person.left_on or months[-1]).replace(day=1))
    worked = [month for month in months if person.entered_on.replace(day=1) <= month <= last]
    if not worked:
        raise reader.fail("entered_on", "所选月份内不在岗")
    if person.before and worked[0].month == 1:
        raise reader.fail("year_to_date", "从 1 月起计算时没有本年度此前的累计")
    _inside(person, reader, months)
    steps = course(person, book, worked[0], worked[-1])
    if person.grade_from and person.grade_from > worked[0]:
        raise reader.fail("grade_from", "不能晚于第一个计算的月份")
    walk = _Walk(person, book, steps, person.held)
    slips: list[dict[str, Any]] = []
    try:
        for month in worked:
            slips += _month(walk, month)
    except KeyError as error:
        raise reader.fail("grade", f"{month:%Y-%m} 的方案没有 {error.args[0]} 级") from None
    return {
        "name": person.name,
        "grades": [step_words(step) for step in steps],
        "slips": slips,
        "years": [
            year_words(year, book.rules(max(month for month in worked if month.year == year))[0].tax, found)
            for year, found in sorted(walk.years.items())
        ],
    }


def _inside(person: Person, reader: Reader, months: list[date]) -> None:
    """What is given for a month that is not reckoned would be passed over in silence."""
    for key, given in (("additions", person.additions), ("leave", person.leave)):
        for month in given:
            if month not in months:
                raise reader.fail(key, f"{month:%Y-%m} 不在 months 之内")
    for bonus in person.bonuses:
        if bonus.paid_on.replace(day=1) not in months:
            raise ProfileError(f"{reader.file}：{bonus.path}.paid_on：{bonus.paid_on} 不在 months 之内")


def _month(walk: _Walk, month: date) -> Iterator[dict[str, Any]]:
    """The slip of a month, and the bonuses paid in it."""
    person, (rules, versions) = walk.person, walk.book.rules(month)
    first = max(month, person.entered_on)
    known, step = facts(person, walk.book, first), grade_on(walk.steps, first)
    before = _before(walk, rules, month)
    given = _given(walk, rules, month, known, step, before)
    slip = month_slip(rules, given)
    walk.held, walk.former = slip.held, rules.scheme
    if walk.base is None:
        walk.base, walk.base_since = slip.full, month
    year = walk.years.setdefault(month.year, YearSums())
    year.slips += 1
    year.wages += slip.gross
    year.net, year.employer, year.last = year.net + slip.net, year.employer + slip.employer, slip.withholding.after
    yield slip_words(versions, rules, given, slip)
    for bonus in person.bonuses:
        if bonus.paid_on.replace(day=1) == month:
            yield _bonus(walk, rules, bonus)
    if month.month == 12:
        _set_aside(walk, rules.scheme, month.year)


def _before(walk: _Walk, rules: Rules, month: date) -> YearToDate:
    """The tax year before a slip."""
    if month.year in walk.years:
        return walk.years[month.year].last
    person = walk.person
    if walk.years:
        past = walk.years[month.year - 1]
        return year_begins(month, low_income=earned_little(rules.tax, past.slips, past.wages))
    if person.before is not None:
        return since_january(person.before, month) if person.first_income else person.before
    return year_begins(month, first_income=person.first_income, low_income=person.low_income)


def _first_wage(walk: _Walk, month: date) -> bool:
    """It is said of the first year that is reckoned."""
    return walk.person.first_income and month.year == min(walk.years, default=month.year)


def _given(walk: _Walk, rules: Rules, month: date, known: Facts, step: Step, before: YearToDate) -> PersonMonth:
    person = walk.person
    end = add_months(month, 1) - timedelta(days=1)
    first, last = max(month, person.entered_on), min(end, person.left_on or end)
    part = Decimal(pay_days(first, last)) if (first, last) != (month, end) else None
    entered, special = _latest(person.bases, month), _special(person, month)
    first_wage = _first_wage(walk, month)
    since = (month.year - person.entered_on.year) * 12 + month.month - person.entered_on.month + 1
    return PersonMonth(
        month=month,
        rank=known.rank,
        grade=step.grade or 1,
        education=known.education,
        certificate=known.certificate,
        years=full_years(person.community_since, first),
        newcomer=person.newcomer and known.probation,
        worked=part,
        leave=person.leave.get(month, {}),
        factor=_factor(person, rules.scheme, month),
        insurance_base=entered or walk.base,
        base_since=None if entered else walk.base_since,
        month_of_work=since if person.first_job else 13,
        special=special.amount,
        before=before,
        held=walk.held,
        additions=person.additions.get(month, ()),
        former=walk.former,
        last=person.left_on is not None and person.left_on <= end,
        notes=tuple(note for note in (special.why, allowance_words(month) if first_wage else "") if note),
    )


def _latest(given: Mapping[date, Decimal], month: date) -> Decimal | None:
    return max(((since, value) for since, value in given.items() if since <= month), default=(month, None))[1]


def _factor(person: Person, scheme: Scheme, month: date) -> Decimal:
    """Of performance pay: as given from a month on, else by the review of the year before, else the whole."""
    given = _latest(person.factors, month)
    return given if given is not None else _by_review(person, scheme, month.year - 1)


def _by_review(person: Person, scheme: Scheme, year: int) -> Decimal:
    result = person.reviews.get(year)
    return scheme.results[result].factor if result else Decimal(1)


def _special(person: Person, month: date) -> Special:
    """Deductions of a month: what the year gives up to it as is known now, less what it gave before as was known then."""
    own, due = _entitled(person, month)
    before = ZERO if month.month == 1 else _entitled(person, add_months(month, -1))[1]
    return Special(due - before, special_words(own, due - before - own))


def _entitled(person: Person, month: date) -> tuple[Decimal, Decimal]:
    """Of a month, and of the months of its year until then in which the person was employed, as was known in it."""
    claims = [claim for one in person.special if (claim := one.claim(month)) is not None]
    entered = person.entered_on.replace(day=1)
    return entitled(claims, month), entitled_in(claims, (one for one in months_until(month) if one >= entered))


def _set_aside(walk: _Walk, scheme: Scheme, year: int) -> None:
    """After December a year's items wait for a bonus paid later, apart from what January adds."""
    if not any(bonus.year == year and bonus.paid_on.year > year for bonus in walk.person.bonuses):
        return
    rest = year_items(scheme, walk.held, Decimal(1)).held
    walk.year_pay[year] = {key: value for key, value in walk.held.items() if key not in rest}
    walk.held = rest


def _bonus(walk: _Walk, rules: Rules, bonus: BonusInput) -> dict[str, Any]:
    """A 13th period: yearly items by the review of their year, an amount besides, and its tax both ways."""
    person, factor = walk.person, bonus.factor
    if factor is None:
        factor = _by_review(person, rules.scheme, bonus.year)
    aside = bonus.year in walk.year_pay
    found = year_items(rules.scheme, walk.year_pay.pop(bonus.year) if aside else walk.held, factor)
    if not aside:
        walk.held = found.held
    lines = list(found.lines)
    if bonus.amount:
        lines.append(Line("bonus", "年终奖", bonus.amount, "由文件给出"))
    total = found.amount + bonus.amount
    year = walk.years[bonus.paid_on.year]
    try:
        paid = annual_bonus(rules.tax, total, bonus.tax, year.last, bonus.paid_on)
    except ValueError as error:
        raise ProfileError(f"{bonus.path}.tax：{str(error).rstrip('。')}") from None
    other = None
    if bonus.tax == BonusTax.TOGETHER and bonus.paid_on <= rules.tax.bonus_until:
        other = annual_bonus(rules.tax, total, BonusTax.APART, year.last, bonus.paid_on)
    elif bonus.tax == BonusTax.APART:
        other = annual_bonus(rules.tax, total, BonusTax.TOGETHER, year.last, bonus.paid_on)
    year.wages += total
    year.net, year.employer, year.last = year.net + paid.net, year.employer + total, paid.after
    if bonus.tax == BonusTax.APART:
        year.apart, year.apart_tax = year.apart + total, year.apart_tax + paid.tax
    return bonus_words(bonus, lines, paid, other)
