"""A forecast of what people will cost: asked for by a form, reckoned by a job, kept as rows of streets and months.

No slips are written. The rows come in one transaction with the outcome of the job: a worker that dies has written nothing,
and the next one begins anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from common import events as history
from common import policies
from common.copying import copy_rows
from common.errors import Conflict, Invalid, Refused
from common.jobs import enqueue
from common.models import Job
from common.months import first_of_next, last_day, months_between
from common.scope import scope_of
from grid.choices import Level
from grid.models import Unit
from grid.querysets import covers
from staff import events, permissions
from staff.choices import ForecastState
from staff.models import Forecast, ForecastRow
from staff.pay.forecast import Ahead, Month
from staff.pay.money import ZERO
from staff.pay.parts import Rules, rules_of
from staff.pay.scheme import same_grading, scheme_of
from staff.policy_kinds import INCOME_TAX, INSURANCE, LEAVE, SCHEME
from staff.rules import pay_rules, pay_scheme, retirement_rule
from staff.selectors.forecast import COSTS, Start, places_below, prospects
from staff.selectors.pay_facts import Employed, employed
from staff.services.calculation import collector_resting

KIND = "staff.forecast"
CHUNK = 500
MOST_MONTHS = 60
LATEST = 24  # months from now in which a forecast may begin
Progress = Callable[[int, int], None]


def forecast_start(*, actor: Any, **values: Any) -> Job:
    """Keep what is asked (:func:`forecast_ask`) and queue the job that reckons it."""
    row = forecast_ask(actor=actor, **values)
    return enqueue(KIND, actor=actor, params={"forecast": row.pk}, label=f"测算 {row}", unique_key=f"{KIND}:{row.pk}")


def forecast_ask(
    *, actor: Any, unit: Unit, first_month: date, months: int = 36, scheme: Mapping[str, Any] | None = None,
    new_label: str = "", since: date | None = None, renewals: bool = True, request_key: UUID | None = None,
) -> Forecast:  # fmt: skip
    """What is to be reckoned. ``scheme``: content of a new one that has passed its check, from ``since`` on.

    Raises ``Refused`` outside the actor's area, ``Invalid`` for months that make no sense. A repeated ``request_key`` hands
    back the first one.
    """
    if not covers(scope_of(actor).holding(permissions.PAY_VIEW), unit) or unit.level > Level.STREET:
        raise Refused(f"“{unit.name}”的人员经费不由您测算。")
    this, first = timezone.localdate().replace(day=1), first_month.replace(day=1)
    if not 0 <= months_between(this, first) <= LATEST:
        raise Invalid(f"起始月份应在本月至以后 {LATEST} 个月之内。", "first_month")
    if not 1 <= months <= MOST_MONTHS:
        raise Invalid(f"月数应在 1 与 {MOST_MONTHS} 之间。", "months")
    begins = None if scheme is None else max((since or first).replace(day=1), this)
    if begins is not None and months_between(first, begins) >= months:
        raise Invalid("新方案的起始月份在测算期之后。", "since")
    row = Forecast(
        unit=unit, first_month=first, months=months, renewals=renewals, old_label=pay_scheme(this)[1].label,
        new_label=new_label if scheme is not None else "", scheme=None if scheme is None else dict(scheme), since=begins,
        asked_by=actor, asked_at=timezone.now(), request_key=request_key,
    )  # fmt: skip
    data = {"months": months, "old": row.old_label, "new": row.new_label or "无"}
    try:
        with transaction.atomic():
            history.record(row, events.FORECAST_ASKED, actor=actor, data=data)
    except IntegrityError:  # the form was sent twice
        row = Forecast.objects.get(request_key=request_key)
    return row


@dataclass
class Reckoned:
    """What comes out: sums by (new, month, street), how many are there in the first month, and who is left out."""

    sums: dict[tuple[bool, date, int], list[Any]] = field(default_factory=dict)
    left_out: list[list[str]] = field(default_factory=list)
    retiring: int = 0

    def add(self, key: tuple[bool, date, int], cost: Sequence[Decimal]) -> None:
        found = self.sums.get(key)
        if found is None:
            found = self.sums[key] = [0, ZERO, ZERO, ZERO, ZERO]
        found[0] += 1
        for place, amount in enumerate(cost, start=1):
            if amount:
                found[place] += amount

    def total(self, new: bool) -> Decimal:
        return sum((sum(row[1:], ZERO) for key, row in self.sums.items() if key[0] == new), ZERO)

    def people(self, month: date) -> int:
        return sum(row[0] for key, row in self.sums.items() if key[:2] == (False, month))


def reckon(forecast: Forecast, progress: Progress = lambda done, total: None) -> Reckoned:
    """Every worker's way through the months, under one scheme or two; nothing is written.

    ``progress`` counts months of people. Memory is bounded by ``CHUNK`` workers.
    """
    this = timezone.localdate().replace(day=1)
    calendar = _months(this, forecast)
    start = Start(this, pay_rules(this), calendar[-1], retirement_rule(this)[0], forecast.renewals)
    ways = _ways(forecast, this, calendar)
    workers = employed(forecast.unit, this, start.until)
    places = places_below(forecast.unit)
    found, total, done = Reckoned(), len(workers) * forecast.months, 0
    with collector_resting():
        for place in range(0, len(workers), CHUNK):
            chunk = workers[place : place + CHUNK]
            for worker, person in zip(chunk, prospects(chunk, start), strict=True):
                for new, months in ways.items():
                    _go(worker, Ahead(person, this), months, forecast.first_month, new, places, found)
                if person.last_day is not None and worker.left_on is None:
                    found.retiring += 1
            done += len(chunk) * forecast.months
            progress(done, total)
    return found


def _go(
    worker: Employed, ahead: Ahead, months: Sequence[Month], first: date, new: bool, places: Mapping[int, int],
    found: Reckoned,
) -> None:  # fmt: skip
    there, place = False, places[worker.unit]
    for at in months:
        cost = ahead.month(at)
        if cost is None:
            continue
        there = True
        if at.first >= first:
            found.add((new, at.first, place), cost)
    if not there and not new:
        found.left_out.append([worker.number, "没有等级，请先定级"])


def _months(this: date, forecast: Forecast) -> list[date]:
    """The last day of each month from this one to the end of the forecast."""
    ends = [last_day(this)]
    for _ in range(months_between(this, forecast.first_month) + forecast.months - 1):
        ends.append(last_day(first_of_next(ends[-1])))
    return ends


def _ways(forecast: Forecast, this: date, calendar: Sequence[date]) -> dict[bool, list[Month]]:
    """The months with their rules: under the present scheme, and under the new one from its month on.

    Insurance, tax and leave are those that the dated rules have for each month.
    """
    present = policies.current(SCHEME, this).data
    ways = {False: list(_way(calendar, this, present, None, None))}
    if forecast.scheme is not None:
        ways[True] = list(_way(calendar, this, present, forecast.scheme, forecast.since))
    return ways


def _way(
    calendar: Sequence[date],
    this: date,
    present: Mapping[str, Any],
    scheme: Mapping[str, Any] | None,
    since: date | None,
) -> Iterator[Month]:
    base_month = retirement_rule(this)[1]
    made: dict[tuple[Any, ...], Rules] = {}
    before: Rules | None = None
    for end in calendar:
        first = end.replace(day=1)
        chosen = scheme if scheme is not None and since is not None and first >= since else present
        versions = {key: policies.current(key, first) for key in (INSURANCE, INCOME_TAX, LEAVE)}
        key = (chosen is scheme, *(version.pk for version in versions.values()))
        if key not in made:
            made[key] = rules_of({SCHEME: chosen, **{name: version.data for name, version in versions.items()}})
        rules = made[key]
        changed = before is None or before.scheme is not rules.scheme
        regrades = chosen is scheme and changed and not same_grading(scheme_of(present), rules.scheme)
        yield Month(first, end, rules, regrades, first.month == base_month)
        before = rules


@transaction.atomic
def forecast_keep(*, forecast: Forecast, actor: Any, found: Reckoned) -> Forecast:
    """Write what came out, in place of what an earlier try may have written, all of it or nothing.

    Raises ``Refused`` outside the actor's area, ``Conflict`` when it has been written already.
    """
    row = Forecast.objects.visible_to(actor).select_for_update(of=("self",)).filter(pk=forecast.pk).first()
    if row is None:
        raise Refused("您已不能测算这个单位的人员经费，请联系系统管理员。")
    if row.state == ForecastState.READY:
        raise Conflict("这次测算已经完成。")
    ForecastRow.objects.filter(forecast=row).delete()
    copy_rows(ForecastRow, _rows(row, found), timezone.now())
    row.state, row.ready_at = ForecastState.READY, timezone.now()
    row.people, row.total = found.people(row.first_month), found.total(False)
    row.new_total = None if row.scheme is None else found.total(True)
    row.left_out, row.assumed = found.left_out, _assumed(row, found)
    history.record(
        row, events.FORECAST_READY, actor=actor, data={"people": row.people, "total": str(row.total)},
        fields=("state", "ready_at", "people", "total", "new_total", "left_out", "assumed"),
    )  # fmt: skip
    return row


def _rows(forecast: Forecast, found: Reckoned) -> Iterator[ForecastRow]:
    for (new, month, unit), (people, *amounts) in found.sums.items():
        yield ForecastRow(
            forecast=forecast, unit_id=unit, month=month, new=new, people=people,
            **dict(zip(COSTS, amounts, strict=True)),
        )  # fmt: skip


def _assumed(forecast: Forecast, found: Reckoned) -> list[str]:
    """What the figures rest on, in words."""
    base_month = retirement_rule(timezone.localdate())[1]
    bases = f"每年 {base_month} 月按上年月平均应发重新核定" if base_month else "保持不变"
    return [
        "按今天的在册人员，不考虑补员；全勤，不含一次性项目和补发。",
        "没有登记的年度考核按合格计，绩效按 100%；每年 1 月按规则晋级。",
        "证书到期视为续登。" if forecast.renewals else "证书到期未续登的不再计津贴。",
        f"到法定退休年龄的次月起不再计，到测算期末有 {found.retiring} 人。",
        f"缴费基数{bases}；五险一金比例按已公布的规则。",
    ]
