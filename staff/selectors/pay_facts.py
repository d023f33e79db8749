"""What the slips of a month depend on, for any number of workers, in a fixed number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Count, F, Q, QuerySet, Sum, Window
from django.db.models.functions import Lag

from common.models import Policy
from common.months import last_day, months_between
from staff.choices import Certificate, LeaveKind, Period, PostKind
from staff.models import (
    AnnualReview,
    FirstWage,
    Grade,
    InsuranceBase,
    PayAddition,
    PerformanceFactor,
    Slip,
    SpecialDeduction,
    StaffPost,
    Worker,
    WorkerCertificate,
)
from staff.pay.attendance import days_of_work, month_days, pay_days
from staff.pay.deductions import Claim, Special, months_until, special_of
from staff.pay.grading import full_years
from staff.pay.money import HUNDRED, ZERO
from staff.pay.scheme import Result, Scheme, scheme_of
from staff.pay.slip import Addition, PersonMonth
from staff.pay.stored import year_from
from staff.pay.tax import NEW_YEAR, TaxRule, YearToDate, allowance_words, earned_little, since_january, year_begins
from staff.policy_kinds import SCHEME
from staff.rules import PayRules, insurance_year
from staff.selectors.attendance import absent_days
from staff.selectors.leave import days_by_kind

CERTIFICATE_ORDER = {level: place for place, level in enumerate(Certificate.values)}
ONE = Decimal(1)
ONE_DAY = timedelta(days=1)
EXPERIENCED = 13  # months of work: beyond every rule about the first year


class Before(NamedTuple):
    """What a worker's last slip left: the tax year, what is kept for later, and the version of the scheme then."""

    year: YearToDate = NEW_YEAR
    held: Mapping[str, Decimal] = {}
    scheme: int | None = None


NOTHING = Before()
# A base that nobody entered: the month whose full pay it is, and yuan a month.
FirstBase = tuple[date, Decimal]
NOT_CLAIMED = Special(ZERO, "")


@dataclass(frozen=True, slots=True)
class Employed:
    """A worker as far as a month's pay is concerned."""

    pk: int
    number: str
    unit: int
    education: str
    entered_on: date
    community_since: date
    newcomer: bool
    probation_until: date | None
    left_on: date | None

    def deciding_day(self, month: date) -> date:
        """The day whose post and grade are paid for the month: its first, or that of entry."""
        return max(month, self.entered_on)


COLUMNS = (
    "pk", "number", "unit_id", "education", "entered_on", "community_since", "newcomer", "probation_until", "left_on",
)  # fmt: skip


@dataclass
class Facts:
    """Everything about a month, by worker. ``bases``: those entered, ``first_bases``: of those who have none;
    ``employed``: the months of the tax year in which somebody with ``claims`` was employed; ``first_wage``: whose
    first wage of the year is paid here; ``breaks``: days of the month between leaving and coming back."""

    month: date
    results: Mapping[str, Result]
    grades: Mapping[int, list[tuple[date, date | None, int, str]]]
    certificates: Mapping[int, list[tuple[str, date, date | None]]]
    reviews: Mapping[int, list[tuple[int, str]]]
    leave: Mapping[int, Mapping[str, Decimal]]
    factors: Mapping[int, Decimal]
    bases: Mapping[int, Decimal]
    claims: Mapping[int, list[Claim]]
    employed: Mapping[int, list[date]]
    first_wage: Collection[int]
    additions: Mapping[int, list[Addition]]
    breaks: Mapping[int, list[tuple[date, date]]] = field(default_factory=dict)
    first_bases: Mapping[int, FirstBase] = field(default_factory=dict)
    before: Mapping[int, Before] = field(default_factory=dict)
    formers: Mapping[int, Scheme] = field(default_factory=dict)

    def person(self, worker: Employed, extra: Sequence[Addition] = ()) -> PersonMonth | None:
        """The worker's month; nothing for somebody without a grade on the deciding day."""
        day, pk = self.deciding_day(worker), worker.pk
        found = _valid(self.grades.get(pk, ()), day)
        if found is None or day > last_day(self.month):
            return None
        grade, rank = found
        before = self.before.get(pk, NOTHING)
        reviews = self.reviews.get(pk, ())
        special = self._special(pk, before.year.special)
        year, allowance = self._year(pk, before.year)
        since, base = self._base(pk)
        return PersonMonth(
            month=self.month, rank=rank, grade=grade, education=worker.education,
            certificate=highest(self.certificates.get(pk, ()), day),
            years=max(full_years(worker.community_since, day) - self._lost(reviews), 0),
            newcomer=worker.newcomer and worker.probation_until is not None and day <= worker.probation_until,
            worked=self._worked(worker), leave=self.leave.get(pk, {}),
            factor=self._factor(pk, reviews), insurance_base=base, base_since=since,
            month_of_work=self._month_of_work(worker), special=special.amount,
            before=year, held=before.held, former=self.formers.get(before.scheme or 0),
            last=worker.left_on is not None and worker.left_on <= last_day(self.month), additions=(*self.additions.get(pk, ()), *extra),
            notes=tuple(note for note in (special.why, allowance) if note),
        )  # fmt: skip

    def deciding_day(self, worker: Employed) -> date:
        """The day whose post and grade are paid: the first of the month, or that of entry, or that of coming back."""
        day = worker.deciding_day(self.month)
        return next((last + ONE_DAY for first, last in self.breaks.get(worker.pk, ()) if first <= day <= last), day)

    def _worked(self, worker: Employed) -> Decimal | None:
        """Days of pay while employed in the month; ``None`` for the whole month."""
        days = days_of_work(self.month, worker.entered_on, worker.left_on)
        breaks = self.breaks.get(worker.pk)
        if not breaks:
            return days
        return (Decimal(month_days(self.month)) if days is None else days) - sum(pay_days(*one) for one in breaks)

    def _special(self, pk: int, deducted: Decimal) -> Special:
        claims = self.claims.get(pk, ())
        if not claims and not deducted:
            return NOT_CLAIMED
        return special_of(claims, self.employed.get(pk, [self.month]), deducted)

    def _year(self, pk: int, before: YearToDate) -> tuple[YearToDate, str]:
        """The tax year before the slip, and why its allowance begins in January."""
        if pk not in self.first_wage:
            return before, ""
        return since_january(before, self.month), allowance_words(self.month)

    def _base(self, pk: int) -> tuple[date | None, Decimal | None]:
        """The base that was entered, else the full pay of the first slip in the insurance year, and its month."""
        if pk in self.bases:
            return None, self.bases[pk]
        return self.first_bases.get(pk, (None, None))

    def _lost(self, reviews: Iterable[tuple[int, str]]) -> int:
        """Years whose review did not count."""
        return sum(not self.results[result].counts for _, result in reviews)

    def _factor(self, pk: int, reviews: Iterable[tuple[int, str]]) -> Decimal:
        """Of performance pay: what was set for the worker, else by last year's review, else whole."""
        if pk in self.factors:
            return self.factors[pk] / HUNDRED
        last = [result for year, result in reviews if year == self.month.year - 1]
        return self.results[last[0]].factor if last else ONE

    def _month_of_work(self, worker: Employed) -> int:
        """Only somebody new to work pays into the fund from the second month (住房公积金管理条例 art. 17)."""
        return months_between(worker.entered_on, self.month) + 1 if worker.newcomer else EXPERIENCED


def employed(unit: Any, month: date, until: date | None = None) -> list[Employed]:
    """Everybody below a unit who is employed on a day of the month, or from it to a later one, in organisation order.

    One query.
    """
    rows = Worker.objects.filter(
        Q(left_on=None) | Q(left_on__gte=month), unit__path__startswith=unit.path,
        entered_on__lte=until or last_day(month),
    )  # fmt: skip
    return [Employed(*row) for row in rows.order_by("unit__path", "number").values_list(*COLUMNS)]


def employed_by_key(workers: Iterable[int]) -> dict[int, Employed]:
    return {row[0]: Employed(*row) for row in Worker.objects.filter(pk__in=workers).values_list(*COLUMNS)}


def facts(month: date, workers: Sequence[int], used: PayRules, *, with_before: bool = True) -> Facts:
    """Facts of a month under its rules: a fixed number of queries, whatever the number of workers, and one for each former
    scheme."""
    end = last_day(month)
    before = _before(workers, month, used.rules.tax) if with_before else {}
    grades = Grade.objects.filter(Q(valid_to=None) | Q(valid_to__gt=month), worker__in=workers, valid_from__lte=end)
    certificates = WorkerCertificate.objects.filter(worker__in=workers, issued_on__lte=end)
    bases = _latest(InsuranceBase.objects.all(), workers, month, "amount")
    claims = _claims(workers, month)
    return Facts(
        month=month,
        results=used.rules.scheme.results,
        grades=_lists(grades, "valid_from", "valid_to", "grade", "rank"),
        certificates=_lists(certificates, "level", "issued_on", "expires_on"),
        reviews=_lists(AnnualReview.objects.filter(worker__in=workers, year__lt=month.year), "year", "result"),
        leave=_away(workers, month),
        factors=performance_factors(workers, month),
        bases=bases,
        claims=claims,
        employed=_months_employed(claims, month),
        first_wage=frozenset(
            FirstWage.objects.filter(worker__in=workers, year=month.year).values_list("worker_id", flat=True)
        ),
        additions=_additions(workers, month),
        breaks=_breaks(workers, month),
        first_bases=_first_bases([pk for pk in workers if pk not in bases], month) if with_before else {},
        before=before,
        formers=_formers(before.values(), used.keys[SCHEME]),
    )


def _away(workers: Sequence[int], month: date) -> dict[int, dict[str, Decimal]]:
    """Days of leave by kind; those without excuse in a closed month of attendance count as 旷工."""
    found = days_by_kind(workers, month)
    for worker, days in absent_days(workers, month).items():
        kinds = found.setdefault(worker, {})
        kinds[LeaveKind.ABSENT] = kinds.get(LeaveKind.ABSENT, ZERO) + days
    return found


def _lists(rows: QuerySet, *columns: str) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for worker, *values in rows.values_list("worker_id", *columns):
        found[worker].append(tuple(values))
    return found


def _valid(rows: Iterable[tuple[date, date | None, int, str]], day: date) -> tuple[int, str] | None:
    for since, until, grade, rank in rows:
        if since <= day and (until is None or until > day):
            return grade, rank
    return None


def highest(rows: Iterable[tuple[str, date, date | None]], day: date) -> str:
    """The highest certificate that is valid on a day, or an empty word."""
    valid = [level for level, issued, expires in rows if issued <= day and (expires is None or expires >= day)]
    return max(valid, key=CERTIFICATE_ORDER.__getitem__, default="")


def performance_factors(workers: Sequence[int], month: date) -> dict[int, Decimal]:
    """The share of performance pay in force in a month, in percent, of those who have one."""
    return _latest(PerformanceFactor.objects.all(), workers, month, "percent")


def bonus_factors(workers: Sequence[int], month: date, scheme: Scheme) -> dict[int, Decimal]:
    """Of a 13th period: by the review of the year that is paid for; what was set by hand comes first."""
    reviews = AnnualReview.objects.filter(worker__in=workers, year=month.year).values_list("worker_id", "result")
    by_review = {worker: scheme.results[result].factor for worker, result in reviews}
    by_hand = performance_factors(workers, month)
    return {**by_review, **{worker: percent / HUNDRED for worker, percent in by_hand.items()}}


def _latest(rows: QuerySet, workers: Sequence[int], month: date, column: str) -> dict[int, Decimal]:
    rows = rows.filter(worker__in=workers, valid_from__lte=month).order_by("worker_id", "-valid_from")
    return dict(rows.distinct("worker_id").values_list("worker_id", column))


def _claims(workers: Sequence[int], month: date) -> dict[int, list[Claim]]:
    """Special deductions that are of use in the tax year up to the month."""
    rows = SpecialDeduction.objects.filter(
        Q(valid_to=None) | Q(valid_to__gt=month.replace(month=1)), worker__in=workers, valid_from__lte=month
    ).order_by("pk")
    found: dict[int, list[Claim]] = defaultdict(list)
    for worker, *values in rows.values_list("worker_id", "amount", "valid_from", "valid_to"):
        found[worker].append(Claim(*values))
    return found


def _months_employed(workers: Collection[int], month: date) -> dict[int, list[date]]:
    """The months of the tax year in which each was employed here, up to the month itself, by their main posts.

    Whoever left and came back was not employed in between.
    """
    if not workers:
        return {}
    spans: dict[int, list[tuple[date, date | None]]] = defaultdict(list)
    posts = StaffPost.objects.filter(worker__in=workers, kind=PostKind.MAIN).order_by("worker_id", "valid_from")
    for worker, entered, since, until in posts.values_list("worker_id", "worker__entered_on", "valid_from", "valid_to"):
        spans[worker].append((since if spans[worker] else min(entered, since), until))
    year = list(months_until(month))
    return {
        worker: [one for one in year if one == month or any(_touches(one, *span) for span in spans[worker])]
        for worker in workers
    }


def _touches(month: date, since: date, until: date | None) -> bool:
    return since <= last_day(month) and (until is None or until > month)


def _breaks(workers: Sequence[int], month: date) -> dict[int, list[tuple[date, date]]]:
    """First and last day, in the month, of the time between two main posts of those who left and came back."""
    posts = StaffPost.objects.filter(worker__in=workers, kind=PostKind.MAIN).annotate(
        ended=Window(Lag("valid_to"), partition_by="worker", order_by="valid_from")
    )
    end = last_day(month)
    found: dict[int, list[tuple[date, date]]] = defaultdict(list)
    rows = posts.filter(ended__lt=F("valid_from")).order_by("worker_id", "valid_from")
    for worker, ended, back in rows.values_list("worker_id", "ended", "valid_from"):
        if ended <= end and back > month:
            found[worker].append((max(ended, month), min(back - ONE_DAY, end)))
    return found


def _first_bases(workers: Sequence[int], month: date) -> dict[int, FirstBase]:
    """Of those without a base that was entered: what a full month paid in their first slip of the insurance year."""
    if not workers:
        return {}
    slips = Slip.objects.filter(
        worker__in=workers, month__gte=insurance_year(month), month__lt=month, period=Period.MONTH, facts__has_key="full"
    ).order_by("worker_id", "month")  # fmt: skip
    rows = slips.distinct("worker_id").values_list("worker_id", "month", "facts__full")
    return {worker: (since, Decimal(full)) for worker, since, full in rows}


def _additions(workers: Sequence[int], month: date) -> dict[int, list[Addition]]:
    rows = PayAddition.objects.filter(worker__in=workers, month=month, period=Period.MONTH).order_by("pk")
    found: dict[int, list[Addition]] = defaultdict(list)
    for worker, label, amount, why, taxed in rows.values_list("worker_id", "label", "amount", "why", "taxed"):
        found[worker].append(Addition(label, amount, why, taxed))
    return found


def _before(workers: Sequence[int], month: date, tax: TaxRule) -> dict[int, Before]:
    """The tax year and what is held after each worker's last slip before the month.

    An annual bonus comes after the pay of its month (``bonus`` sorts before ``month``).
    """
    rows = Slip.objects.filter(worker__in=workers, month__lt=month).order_by("worker_id", "-month", "period")
    columns = ("worker_id", "month", "year", "held", "run__rules")
    last = {row[0]: row[1:] for row in rows.distinct("worker_id").values_list(*columns)}
    little = _earned_little([pk for pk, (at, *_) in last.items() if at.year == month.year - 1], month.year - 1, tax)
    found = {}
    for worker, (at, year, held, rules) in last.items():
        kept = {key: Decimal(amount) for key, amount in held.items()}
        begins = year_from(year) if at.year == month.year else year_begins(month, low_income=worker in little)
        found[worker] = Before(begins, kept, rules.get(SCHEME))
    return found


def _earned_little(workers: Sequence[int], year: int, tax: TaxRule) -> set[int]:
    """Who was paid all twelve months of a year and, bonus included, no more than its allowances (公告2020年第19号)."""
    if not workers:
        return set()
    rows = Slip.objects.filter(worker__in=workers, month__year=year).order_by().values_list("worker_id")
    sums = rows.annotate(months=Count("pk", filter=Q(period=Period.MONTH)), income=Sum("gross"))
    return {worker for worker, months, income in sums if earned_little(tax, months, income)}


def _formers(before: Iterable[Before], current: int) -> dict[int, Scheme]:
    """Schemes under which something was kept that is not yet paid, when they are not the present one."""
    wanted = {one.scheme for one in before if one.held and one.scheme not in (None, current)}
    if not wanted:
        return {}
    return {row.pk: scheme_of(row.data) for row in Policy.objects.filter(pk__in=wanted)}
