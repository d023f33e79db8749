"""Who can be sent where, and the plan as a table of half months and sites."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef, QuerySet

from grid.models import Unit
from staff.choices import LeaveState, WorkerKind
from staff.models import Leave, RotationPlan, RotationSite, RotationTurn, Worker
from staff.scheduling import Period, Person, Site, periods

Spans = tuple[tuple[date, date], ...]


def sites_of(unit: Unit) -> list[Site]:
    """The sites in use of a unit's rotation, in organisation order."""
    rows = RotationSite.objects.filter(unit=unit, is_active=True, place__is_active=True).order_by("place__path")
    return [Site(pk, place) for pk, place in rows.values_list("pk", "place_id")]


def people_to_send(plan: RotationPlan, ahead: Sequence[Period]) -> list[Person]:
    """Everybody in office below the plan's unit who works full time, with the days they are away."""
    if not ahead:
        return []
    first, last = ahead[0].first, ahead[-1].last
    rows = Worker.objects.active().below(plan.unit).exclude(kind=WorkerKind.PART_TIME).order_by("number")
    away = _away(plan, first, last)
    return [
        Person(pk, number, unit, tuple(away.get(pk, ())), entered, left)
        for pk, number, unit, entered, left in rows.values_list("pk", "number", "unit_id", "entered_on", "left_on")
    ]


def _away(plan: RotationPlan, first: date, last: date) -> dict[int, list[tuple[date, date]]]:
    """Leave that is asked for or approved, and turns that other units' plans give the same people."""
    found: dict[int, list[tuple[date, date]]] = defaultdict(list)
    inside = {"worker__unit__path__startswith": plan.unit.path, "first_day__lte": last, "last_day__gte": first}
    leaves = Leave.objects.filter(state__in=(LeaveState.ASKED, LeaveState.APPROVED), **inside).order_by()
    turns = RotationTurn.objects.filter(**inside).exclude(site__unit=plan.unit).order_by()
    for rows in (leaves, turns):
        for worker, start, end in rows.values_list("worker_id", "first_day", "last_day"):
            found[worker].append((start, end))
    return found


# --- shown


@dataclass(frozen=True)
class PlanLine:
    """A half month of a plan: for each site the turns (``None`` for a seat nobody was found for)."""

    period: Period
    cells: list[list[RotationTurn | None]]


def plan_table(plan: RotationPlan) -> tuple[list[RotationSite], list[PlanLine]]:
    """The sites of a plan and its half months; each turn knows whether its worker is away by now (``clashes``)."""
    turns = with_clashes(RotationTurn.objects.filter(plan=plan)).select_related("worker__person", "worker__unit")
    by_cell: dict[tuple[date, int], list[RotationTurn]] = defaultdict(list)
    used = set()
    for turn in turns.order_by("first_day", "seat"):
        by_cell[turn.first_day, turn.site_id].append(turn)
        used.add(turn.site_id)
    active = RotationSite.objects.filter(unit=plan.unit, is_active=True).values_list("pk", flat=True)
    rows = RotationSite.objects.filter(pk__in={*used, *active}).select_related("place").order_by("place__path")
    sites = list(rows)
    lines = [
        PlanLine(period, [_cell(by_cell.get((period.first, site.pk), []), plan, period, site) for site in sites])
        for period in periods(plan.first_day, plan.periods)
    ]
    return sites, lines


def _cell(
    turns: list[RotationTurn], plan: RotationPlan, period: Period, site: RotationSite
) -> list[RotationTurn | None]:
    short = sum(1 for first, key, _ in plan.short if first == f"{period.first:%Y-%m-%d}" and key == site.pk)
    return [*turns, *([None] * short)]


def with_clashes(rows: QuerySet[RotationTurn]) -> QuerySet[RotationTurn]:
    """``clashes``: leave that was approved since lies on days of the turn: it has to be planned anew."""
    away = Leave.objects.filter(
        worker=OuterRef("worker"), state=LeaveState.APPROVED, first_day__lte=OuterRef("last_day"),
        last_day__gte=OuterRef("first_day"),
    )  # fmt: skip
    return rows.annotate(clashes=Exists(away))
