"""What somebody will cost month by month: today's facts carried on, then the arithmetic of the monthly run.

What is assumed: nobody comes, everybody is there every day, each review that is not known yet is 合格 and pays 100 %,
certificates are as known. Whatever happens within a month counts from the first of the next one, as in :mod:`staff.pay.course`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from common.months import months_between
from staff.choices import ReviewResult
from staff.pay.attendance import days_of_work
from staff.pay.grading import Standing, counted_years, full_years, highest, initial, january_step, raised
from staff.pay.money import ZERO, fen
from staff.pay.parts import ADVANCE, PersonMonth, Rules
from staff.pay.scheme import Scheme
from staff.pay.slip import month_slip, year_items

FUND = "fund"  # the key of 住房公积金 in the table of rates
ONE = Decimal(1)
DECEMBER, YEAR = 12, 12
EXPERIENCED = 13  # months of work: beyond every rule about the first year


class Cost(NamedTuple):
    """What a month of somebody costs the unit: ``bonus`` is the 13th period, the rest as on the slip."""

    pay: Decimal
    bonus: Decimal
    insurance: Decimal
    fund: Decimal


class Month(NamedTuple):
    """A month ahead. ``regrades``: a scheme begins that grades otherwise; ``new_bases``: 缴费基数 are set anew."""

    first: date
    end: date
    rules: Rules
    regrades: bool = False
    new_bases: bool = False


@dataclass(frozen=True, slots=True)
class Prospect:
    """A worker as known on the first day. ``grade`` is ``None`` without one; ``to_come``: grades that are fixed already
    (and ``bases_to_come``, from the first of a month).

    ``base``: 缴费基数 that was entered, ``first_base`` the full pay of the first month in the insurance year for who has
    none; ``hand``: factor of performance pay set for this year; ``last_day`` of work, if it is known; ``held`` and
    ``former`` as in :class:`~staff.pay.parts.PersonMonth`.
    """

    rank: str
    grade: int | None
    graded_on: date
    education: str
    entered_on: date
    community_since: date
    certificates: tuple[tuple[str, date, date | None], ...] = ()
    reviews: Mapping[int, str] = field(default_factory=dict)
    to_come: tuple[tuple[date, int, str], ...] = ()
    newcomer: bool = False
    probation_until: date | None = None
    last_day: date | None = None
    base: Decimal | None = None
    first_base: Decimal | None = None
    bases_to_come: tuple[tuple[date, Decimal], ...] = ()
    hand: Decimal | None = None
    held: Mapping[str, Decimal] = field(default_factory=dict)
    former: Scheme | None = None


class Ahead:
    """One worker's way through the months, which are asked for one after the other."""

    __slots__ = (
        "_base", "_certificate", "_coming", "_cost", "_first_base", "_former", "_grade", "_held", "_key", "_mean", "_on_probation", "_paid", "_paid_months",
        "_person", "_rank", "_rules", "_start", "_year",
    )  # fmt: skip

    def __init__(self, person: Prospect, start: date) -> None:
        self._person, self._start = person, start
        self._grade, self._rank, self._base = person.grade, person.rank, person.base
        self._first_base = person.first_base
        self._held = {key: amount for key, amount in person.held.items() if key != ADVANCE}
        self._former, self._coming = person.former, person.to_come
        self._certificate, self._on_probation = "", False
        self._rules: Rules | None = None  # of the month before
        self._key: tuple[Any, ...] | None = None
        self._cost = Cost(ZERO, ZERO, ZERO, ZERO)
        self._year, self._paid, self._paid_months, self._mean = start.year, ZERO, 0, ZERO

    def month(self, at: Month) -> Cost | None:
        """What the month costs; nothing before the entry, after the last day, and without a grade of the scheme."""
        person = self._person
        if person.entered_on > at.end or (person.last_day is not None and person.last_day < at.first):
            return None
        day = at.first if at.first > person.entered_on else person.entered_on
        self._begin_year(at)
        self._go_on(at, day)
        if self._grade not in at.rules.scheme.grades:
            return None
        cost = self._reckoned(at, day)
        self._paid += cost.pay + cost.bonus
        self._paid_months += 1
        return cost

    # --- the grade

    def _go_on(self, at: Month, day: date) -> None:
        """Grade, certificate and probation of the month, from those of the month before."""
        person, scheme = self._person, at.rules.scheme
        was = (self._certificate, self._on_probation)
        self._certificate = highest(person.certificates, day) if person.certificates else ""
        self._on_probation = person.probation_until is not None and day <= person.probation_until
        before, self._rules = self._rules, at.rules
        if before is not None and before.scheme is not scheme:
            self._former = before.scheme
        given = self._given(day)
        if self._grade is None:
            return
        if at.regrades:
            self._grade = initial(scheme, self._standing(scheme, day)).grade
        elif given or (
            before is not None and was != (self._certificate, self._on_probation) and self._raise(scheme, day, was)
        ):
            return
        elif at.first.month == 1 and person.graded_on < at.first:
            self._january(scheme, at.first)

    def _given(self, day: date) -> bool:
        """Whether a grade that was fixed already begins with the month."""
        begins = False
        while self._coming and self._coming[0][0] <= day:
            (_, self._grade, self._rank), *rest = self._coming
            self._coming, begins = tuple(rest), True
        return begins

    def _standing(self, scheme: Scheme, on: date) -> Standing:
        person = self._person
        years = counted_years(scheme, person.community_since, on, person.reviews)
        return Standing(self._rank, years, person.education, self._certificate, self._on_probation)

    def _raise(self, scheme: Scheme, day: date, was: tuple[str, bool]) -> bool:
        """After probation (years as at the entry), or with another certificate."""
        certificate, probation = was
        on = self._person.entered_on if probation and not self._on_probation else day
        now = self._standing(scheme, on)
        before = Standing(now.rank, now.years, now.education, certificate, probation)
        found = raised(scheme, before, now, self._grade or 1)
        if found is None:
            return False
        self._grade = found.grade
        return True

    def _january(self, scheme: Scheme, day: date) -> None:
        review = self._person.reviews.get(day.year - 1, ReviewResult.QUALIFIED)
        found = january_step(scheme, self._grade or 1, self._standing(scheme, day), review)
        if found is not None:
            self._grade = found.grade

    # --- the cost

    def _begin_year(self, at: Month) -> None:
        """缴费基数: the monthly mean of the year before, once a whole one has been reckoned (社会保险法 art. 12).

        Who has none begins an insurance year with the full pay of its first month.
        """
        if at.first.year != self._year:
            self._mean = fen(self._paid / YEAR) if self._paid_months == YEAR else ZERO
            self._year, self._paid, self._paid_months = at.first.year, ZERO, 0
        if at.new_bases:
            self._base, self._first_base = self._mean or self._base, None
        for since, base in self._person.bases_to_come:
            if since == at.first:
                self._base = base

    def _reckoned(self, at: Month, day: date) -> Cost:
        """Nothing is reckoned twice: a whole month like the one before costs the same, as long as nothing is kept."""
        person = self._person
        worked = days_of_work(at.first, person.entered_on, person.last_day)
        last = person.last_day is not None and person.last_day <= at.end
        years = max(full_years(person.community_since, day) - self._lost(at), 0)
        newcomer = person.newcomer and self._on_probation
        since = months_between(person.entered_on, at.first) + 1 if person.newcomer else EXPERIENCED
        factor = self._factor(at)
        key = (
            id(at.rules), self._rank, self._grade, self._certificate, years, newcomer, factor, self._base,
            self._first_base, min(since, EXPERIENCED),
        )  # fmt: skip
        plain = worked is None and not last and not self._held
        if plain and key == self._key:
            return self._cost
        month = PersonMonth(
            month=at.first, rank=self._rank, grade=self._grade or 1, education=person.education,
            certificate=self._certificate, years=years, newcomer=newcomer, worked=worked, factor=factor,
            insurance_base=self._base or self._first_base, month_of_work=since, held=self._held, former=self._former, last=last,
        )  # fmt: skip
        cost = self._with_bonus(at, *self._slip(at, month))
        self._key, self._cost = (key if plain and not self._held else None), cost
        return cost

    def _slip(self, at: Month, month: PersonMonth) -> tuple[Decimal, Decimal, Decimal]:
        slip = month_slip(at.rules, month)
        if month.insurance_base is None:
            self._first_base = slip.full
        self._held = {key: amount for key, amount in slip.held.items() if key != ADVANCE}
        fund = sum((one.employer for one in slip.contributions if one.key == FUND), ZERO)
        return slip.gross, slip.employer - slip.gross - fund, fund

    def _with_bonus(self, at: Month, pay: Decimal, insurance: Decimal, fund: Decimal) -> Cost:
        """The 13th period pays in December what was kept for the year's end."""
        if at.first.month != DECEMBER or not self._held:
            return Cost(pay, ZERO, insurance, fund)
        review = self._person.reviews.get(at.first.year)
        hand = self._person.hand if at.first.year == self._start.year else None
        factor = _of(at, review) if hand is None else hand
        found = year_items(at.rules.scheme, self._held, factor)
        self._held = found.held
        return Cost(pay, found.amount, insurance, fund)

    def _factor(self, at: Month) -> Decimal:
        """As in the monthly run; what was set by hand holds until the end of the first year."""
        if self._person.hand is not None and at.first.year == self._start.year:
            return self._person.hand
        return _of(at, self._person.reviews.get(at.first.year - 1))

    def _lost(self, at: Month) -> int:
        """Years whose review did not count, as the monthly run leaves them out."""
        if not self._person.reviews:
            return 0
        results = at.rules.scheme.results
        return sum(not results[result].counts for year, result in self._person.reviews.items() if year < at.first.year)


def _of(at: Month, review: str | None) -> Decimal:
    return at.rules.scheme.results[review].factor if review else ONE
