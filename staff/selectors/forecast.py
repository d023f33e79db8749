"""What a forecast starts from, and what it has found out: by street, by month, by year."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet, Sum

from common.models import Policy
from common.months import last_day
from grid.choices import Level
from grid.models import Unit
from staff.models import AnnualReview, Forecast, ForecastRow, Grade, InsuranceBase, WorkerPerson
from staff.pay.forecast import Prospect
from staff.pay.money import HUNDRED, ZERO
from staff.pay.retirement import MEN, WOMEN, Retirement, last_day_of_work, sex_of
from staff.policy_kinds import SCHEME
from staff.rules import PayRules
from staff.selectors.pay_facts import Employed, Facts, facts

COSTS = ("pay", "bonus", "insurance", "fund")
LABELS = {"pay": "工资", "bonus": "年终", "insurance": "单位社保", "fund": "单位公积金"}


# --- what it starts from


@dataclass(frozen=True, slots=True)
class Start:
    """The first month with its rules, the last day, when people retire, and whether certificates are renewed."""

    month: date
    rules: PayRules
    until: date
    retirement: Retirement
    renewals: bool


def prospects(workers: Sequence[Employed], start: Start) -> Iterator[Prospect]:
    """What is known of each of the workers today, in their order. A fixed number of queries."""
    keys = [worker.pk for worker in workers]
    known = facts(start.month, keys, start.rules)
    coming, bases = _grades_to_come(keys, start), _bases_to_come(keys, start)
    reviews = _reviews_since(keys, start.month)
    retired = _last_days(workers, start)
    for worker in workers:
        person = _prospect(worker, known, coming.get(worker.pk, []), reviews.get(worker.pk, {}), retired, start)
        yield replace(person, bases_to_come=tuple(found)) if (found := bases.get(worker.pk)) else person


def _prospect(
    worker: Employed, known: Facts, coming: list[tuple[date, int, str]], since: dict[int, str],
    retired: Mapping[int, date], start: Start,
) -> Prospect:  # fmt: skip
    pk, day = worker.pk, known.deciding_day(worker)
    rows = sorted(known.grades.get(pk, ()))
    now = next((row for row in reversed(rows) if row[0] <= day and (row[1] is None or row[1] > day)), None)
    later = [(row[0], row[2], row[3]) for row in rows if row[0] > day]
    ends = [end for end in (worker.left_on, retired.get(pk)) if end is not None]
    before = known.before.get(pk)
    hand = known.factors.get(pk)
    return Prospect(
        rank=now[3] if now else "", grade=now[2] if now else None, graded_on=now[0] if now else day,
        education=worker.education, entered_on=day if day > start.month else worker.entered_on, community_since=worker.community_since,
        certificates=tuple(
            (level, issued, None if start.renewals and expires and expires >= day else expires)
            for level, issued, expires in known.certificates.get(pk, ())
        ),
        reviews={**dict(known.reviews.get(pk, ())), **since}, to_come=(*later, *coming), newcomer=worker.newcomer,
        probation_until=worker.probation_until, last_day=min(ends, default=None), base=known.bases.get(pk),
        first_base=known.first_bases.get(pk, (None, None))[1],
        hand=None if hand is None else hand / HUNDRED, held=before.held if before else {},
        former=known.formers.get(before.scheme or 0) if before else None,
    )  # fmt: skip


def _grades_to_come(workers: Sequence[int], start: Start) -> dict[int, list[tuple[date, int, str]]]:
    rows = Grade.objects.filter(
        worker__in=workers, valid_from__gt=last_day(start.month), valid_from__lte=start.until
    ).order_by("valid_from")
    found: dict[int, list[tuple[date, int, str]]] = defaultdict(list)
    for worker, since, grade, rank in rows.values_list("worker_id", "valid_from", "grade", "rank"):
        found[worker].append((since, grade, rank))
    return found


def _bases_to_come(workers: Sequence[int], start: Start) -> dict[int, list[tuple[date, Decimal]]]:
    rows = InsuranceBase.objects.filter(worker__in=workers, valid_from__gt=start.month, valid_from__lte=start.until)
    found: dict[int, list[tuple[date, Decimal]]] = defaultdict(list)
    for worker, since, amount in rows.order_by("valid_from").values_list("worker_id", "valid_from", "amount"):
        found[worker].append((since.replace(day=1), amount))
    return found


def _reviews_since(workers: Sequence[int], month: date) -> dict[int, dict[int, str]]:
    """Reviews of this year that are known already."""
    found: dict[int, dict[int, str]] = defaultdict(dict)
    rows = AnnualReview.objects.filter(worker__in=workers, year__gte=month.year)
    for worker, year, result in rows.values_list("worker_id", "year", "result"):
        found[worker][year] = result
    return found


def _last_days(workers: Sequence[Employed], start: Start) -> dict[int, date]:
    """The last day of work of those who retire before the end, as far as the birth date is known.

    The identity number, for the sex, is only opened of those whose earliest age is reached in time.
    """
    keys = [worker.pk for worker in workers]
    rule, near = start.retirement, {}
    for worker, born in WorkerPerson.objects.filter(worker__in=keys).values_list("worker_id", "birth_date"):
        day = _day(born)
        if day and min(last_day_of_work(rule, day, sex) for sex in (MEN, WOMEN)) <= start.until:
            near[worker] = day
    numbers = dict(WorkerPerson.objects.filter(worker__in=near).values_list("worker_id", "id_number"))
    last = {worker: last_day_of_work(rule, born, sex_of(numbers.get(worker, ""))) for worker, born in near.items()}
    return {worker: day for worker, day in last.items() if start.month <= day <= start.until}


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def places_below(unit: Unit) -> dict[int, int]:
    """The street of every unit below, or the district's own key for what lies in no street."""
    rows = list(Unit.objects.filter(path__startswith=unit.path, level__lte=Level.COMMUNITY).order_by())
    streets = {row.code: row.pk for row in rows if row.level == Level.STREET}
    if unit.level > Level.STREET:
        return {row.pk: unit.pk for row in rows}
    return {row.pk: next((streets[code] for code in row.path_codes if code in streets), unit.pk) for row in rows}


def schemes_to_come(today: date) -> list[Policy]:
    """Saved versions of the scheme that begin later, the first one first."""
    return list(Policy.objects.filter(key=SCHEME, valid_from__gt=today).order_by("valid_from"))


# --- what it has found out


@dataclass(frozen=True)
class Line:
    """Costs of a street, a year or a month: under the present scheme, by kind, and the sum under the new one."""

    key: Any
    costs: dict[str, Decimal]
    new: Decimal | None
    people: int = 0
    label: str = ""

    @property
    def total(self) -> Decimal:
        return sum(self.costs.values(), ZERO)

    @property
    def difference(self) -> Decimal | None:
        return None if self.new is None else self.new - self.total


def by_street(forecast: Forecast, rows: QuerySet[ForecastRow]) -> list[Line]:
    """In the order of the organisation; ``people`` of the first month."""
    names = {
        pk: ("区直" if pk == forecast.unit_id and forecast.unit.level == Level.DISTRICT else name)
        for pk, name in rows.order_by("unit__path").values_list("unit_id", "unit__name").distinct()
    }
    first = dict(rows.filter(month=forecast.first_month, new=False).order_by().values_list("unit_id", "people"))
    found = {line.key: line for line in _lines(forecast, rows, "unit_id")}
    return [
        Line(pk, found[pk].costs, found[pk].new, first.get(pk, 0), label) for pk, label in names.items() if pk in found
    ]


def by_year(forecast: Forecast, rows: QuerySet[ForecastRow]) -> list[Line]:
    return [
        Line(line.key, line.costs, line.new, label=f"{line.key} 年")
        for line in sorted(_lines(forecast, rows, "month__year"), key=_key)
    ]


def by_month(forecast: Forecast, rows: QuerySet[ForecastRow]) -> list[Line]:
    people = dict(
        rows.filter(new=False).order_by().values("month").annotate(count=Sum("people")).values_list("month", "count")
    )
    return [
        Line(line.key, line.costs, line.new, people.get(line.key, 0), f"{line.key:%Y-%m}")
        for line in sorted(_lines(forecast, rows, "month"), key=_key)
    ]


def _key(line: Line) -> Any:
    return line.key


def _lines(forecast: Forecast, rows: QuerySet[ForecastRow], group: str) -> Iterator[Line]:
    sums = {name: Sum(name) for name in COSTS}
    old: dict[Any, dict[str, Decimal]] = {}
    new: dict[Any, Decimal] = {}
    for row in rows.order_by().values(group, "new").annotate(**sums):
        if row["new"]:
            new[row[group]] = sum((row[name] for name in COSTS), ZERO)
        else:
            old[row[group]] = {name: row[name] for name in COSTS}
    nothing = dict.fromkeys(COSTS, ZERO)
    for key in {**old, **new}:
        yield Line(key, old.get(key, nothing), None if forecast.scheme is None else new.get(key, ZERO))
