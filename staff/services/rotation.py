"""跟班轮训: sites, a plan over half months, the planning as a job, and how a turn went."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.http import Http404
from django.utils import timezone

from accounts.models import Notification
from accounts.services.notifications import message, notify
from common import events as history
from common.errors import Conflict, Invalid, Refused
from common.jobs import enqueue
from common.models import Job
from common.scope import scope_of
from grid.choices import Level
from grid.models import Unit
from grid.querysets import covers
from staff import events_growth as events
from staff import permissions
from staff.choices_growth import RotationState, TurnResult
from staff.models import RotationPlan, RotationSite, RotationTurn
from staff.rules_growth import rotation_rule
from staff.scheduling import Schedule, Turn, period_of, periods, schedule
from staff.selectors.rotation import people_to_send, sites_of
from staff.services.growth import OWN_PAGE, near, needed, organiser, repeated
from staff.services.workers import known_choice, one_line
from volunteers.services.locks import locked

KIND = "staff.rotation"
MOST_PERIODS = 48


# --- sites


def site_add(*, actor: Any, unit: Unit, place: Unit) -> RotationSite:
    """Make a community (or street) of the area a site; one that was closed opens again. Done twice it changes nothing."""
    with transaction.atomic():
        seat = organiser(unit, actor)
        if not place.path.startswith(seat.path) or place.level not in (Level.STREET, Level.COMMUNITY) or place == seat:
            raise Invalid(f"轮训点应是“{seat}”下属的镇街或社区。", "place")
        row = RotationSite.objects.select_for_update(of=("self",)).filter(unit=seat, place=place).first()
        if row is not None and row.is_active:
            return row
        if row is None:
            row = RotationSite(unit=seat, place=place)
        row.is_active = True
        history.record(row, events.SITE_ADDED, actor=actor, fields=["is_active"])
    return row


def site_close(*, site: RotationSite, actor: Any) -> RotationSite:
    """Send nobody there from the next planning on; done twice it changes nothing."""
    with transaction.atomic():
        row: RotationSite = locked(site, actor, permissions.GROWTH)
        if row.is_active:
            row.is_active = False
            history.record(row, events.SITE_CLOSED, actor=actor, fields=["is_active"])
    return row


# --- plans


def rotation_create(
    *, actor: Any, unit: Unit, title: str, first_day: date, periods: int, per_site: int | None = None,
    request_key: UUID | None = None,
) -> RotationPlan:  # fmt: skip
    """A plan from the half month of ``first_day`` on; ``per_site`` else as the rule in force says. Nobody is sent yet.

    Raises ``Conflict`` when another plan of the unit covers some of the half months.
    """
    first = period_of(near(first_day, "first_day")).first
    if not 1 <= periods <= MOST_PERIODS:
        raise Invalid(f"半月数应在 1 与 {MOST_PERIODS} 之间。", "periods")
    with transaction.atomic():
        seat = organiser(unit, actor)
        if known := repeated(RotationPlan, request_key):
            return known
        number = per_site or rotation_rule(first).per_site
        if not 1 <= number <= 20:
            raise Invalid("每点人数应在 1 与 20 之间。", "per_site")
        row = RotationPlan(
            unit=seat, title=needed(title, 60, "名称", "title"), first_day=first, periods=periods, per_site=number,
            request_key=request_key,
        )  # fmt: skip
        _refuse_overlap(row)
        data = {"first": f"{first:%Y-%m-%d}", "periods": periods, "per_site": number}
        history.record(row, events.ROTATION_CREATED, actor=actor, data=data)
    return row


def _refuse_overlap(row: RotationPlan) -> None:
    first, last = span_of(row)
    for other in RotationPlan.objects.filter(unit=row.unit):
        start, end = span_of(other)
        if first <= end and start <= last:
            raise Conflict(f"与轮训计划“{other}”（{start:%Y-%m-%d} 至 {end:%Y-%m-%d}）的时间重叠。")


def span_of(plan: RotationPlan) -> tuple[date, date]:
    """The first and the last day of a plan."""
    return plan.first_day, list(periods(plan.first_day, plan.periods))[-1].last


def start_planning(*, plan: RotationPlan, actor: Any, key: str) -> Job:
    """Queue the planning; ``key`` is that of the form: sent twice, one job. ``Invalid`` without a site."""
    with transaction.atomic():
        row: RotationPlan = locked(plan, actor, permissions.GROWTH)
        if not sites_of(row.unit):
            raise Invalid("还没有轮训点，请先添加。")
        if span_of(row)[1] <= timezone.localdate():
            raise Conflict("计划的最后一个半月已经开始或过去，不能再编排。")
    label = f"{plan.title} 编排轮训"
    return enqueue(KIND, actor=actor, params={"plan": plan.pk}, label=label, unique_key=f"{KIND}:{key}")


def rotation_plan(
    *, plan: RotationPlan, actor: Any, progress: Callable[[int, int], None] = lambda done, total: None
) -> Schedule:
    """Fill the half months that have not begun; what has begun or is past stays as it is (``Http404``, ``Refused``).

    One transaction: a broken run leaves the old plan. Whoever is sent, or no longer, is told.
    """
    with transaction.atomic():
        row: RotationPlan = locked(plan, actor, permissions.GROWTH)
        today = timezone.localdate()
        ahead = [one for one in periods(row.first_day, row.periods) if one.first > today]
        coming = RotationTurn.objects.select_for_update(of=("self",)).filter(plan=row, first_day__gt=today)
        before = {_key(turn): turn.worker_id for turn in coming}
        coming.delete()
        sites, people = sites_of(row.unit), people_to_send(row, ahead)
        past = [_plain(turn) for turn in RotationTurn.objects.filter(site__unit=row.unit)]
        progress(0, len(ahead))
        found = schedule(ahead, sites, people, row.per_site, past=past, gap=rotation_rule(today).gap)
        progress(len(ahead), len(ahead))
        made = _write(row, found)
        row.short = [[f"{first:%Y-%m-%d}", site, seat] for first, site, seat in found.short]
        row.planned_at = timezone.now()
        data = {
            "since": f"{ahead[0].first:%Y-%m-%d}" if ahead else "—", "turns": len(made), "short": len(found.short),
        }  # fmt: skip
        history.record(
            row, events.ROTATION_PLANNED, actor=actor, data=data, fields=["short", "planned_at"]
        )  # fmt: skip
        notify(_to_sent(row, [turn for turn in made if before.get(_key(turn)) != turn.worker_id]))
    return found


def _write(row: RotationPlan, found: Schedule) -> list[RotationTurn]:
    turns = [
        RotationTurn(
            plan=row, site_id=turn.site, seat=turn.seat, worker_id=turn.person, first_day=turn.first, last_day=turn.last
        )
        for turn in found.turns
    ]  # fmt: skip
    try:
        with transaction.atomic():
            return RotationTurn.objects.bulk_create(turns)
    except IntegrityError:
        raise Conflict("编排期间另有计划占用了其中的人员，请重新编排。") from None


def _to_sent(row: RotationPlan, turns: list[RotationTurn]) -> Iterator[Notification]:
    wanted = RotationTurn.objects.filter(pk__in=[turn.pk for turn in turns]).exclude(worker__user=None)
    for turn in wanted.select_related("worker__user", "site__place"):
        text = f"安排您 {turn.first_day:%Y-%m-%d} 至 {turn.last_day:%Y-%m-%d} 到“{turn.site.place.name}”跟班轮训。"
        key = f"rotation:{row.pk}:{turn.worker_id}:{turn.first_day:%Y%m%d}:{turn.site_id}"
        yield message(to=turn.worker.user, text=text, key=key, url=OWN_PAGE)


def _key(turn: RotationTurn) -> tuple[date, int, int]:
    return turn.first_day, turn.site_id, turn.seat


def _plain(turn: RotationTurn) -> Turn:
    return Turn(turn.worker_id, turn.site_id, turn.seat, turn.first_day, turn.last_day)


# --- how it went


def turn_rate(*, turn: RotationTurn, actor: Any, result: str, note: str = "") -> RotationTurn:
    """Say how somebody's half month went, from its last day on; the same again changes nothing."""
    known_choice(result, TurnResult, "result")
    words = one_line(note, 200, "说明", "note")
    with transaction.atomic():
        row, plan = _locked_turn(turn, actor)
        if row.last_day > timezone.localdate():
            raise Refused(f"轮训到 {row.last_day:%Y-%m-%d} 结束，那天起可以评价。")
        if row.state == RotationState.BROKEN:
            raise Conflict("中途退出的不评价。")
        if (row.state, row.result, row.note) == (RotationState.DONE, result, words):
            return row
        row.state, row.result, row.note = RotationState.DONE, result, words
        row.save(update_fields=["state", "result", "note"])
        data = {"number": row.worker.number, "first": f"{row.first_day:%Y-%m-%d}", "result": TurnResult(result).label}
        history.record(plan, events.TURN_RATED, actor=actor, data=data)
    return row


def turn_break(*, turn: RotationTurn, actor: Any, last_day: date, reason: str) -> RotationTurn:
    """Somebody leaves before the end (ill, needed elsewhere): their seat is free from the next day on."""
    why = needed(reason, 100, "原因", "reason")
    with transaction.atomic():
        row, plan = _locked_turn(turn, actor)
        if row.state != RotationState.PLANNED:
            raise Conflict(f"这次轮训{row.get_state_display()}。")
        if not row.first_day <= last_day < row.last_day:
            raise Invalid(
                f"最后一天应在 {row.first_day:%Y-%m-%d} 与 {row.last_day - timedelta(days=1):%Y-%m-%d} 之间。",
                "last_day",
            )
        row.state, row.last_day, row.note = RotationState.BROKEN, last_day, why
        row.save(update_fields=["state", "last_day", "note"])
        data = {"number": row.worker.number, "last": f"{last_day:%Y-%m-%d}", "reason": why}
        history.record(plan, events.TURN_BROKEN, actor=actor, data=data)
    return row


def _locked_turn(turn: RotationTurn, actor: Any) -> tuple[RotationTurn, RotationPlan]:
    """The turn with its plan's lock, for whoever arranges the plan."""
    seen = RotationTurn.objects.visible_to(actor).filter(pk=turn.pk).first()
    if seen is None:
        raise Http404
    plan = RotationPlan.objects.select_for_update(of=("self",)).select_related("unit").get(pk=seen.plan_id)
    if not covers(scope_of(actor).holding(permissions.GROWTH), plan.unit):
        raise Refused("这项轮训不由您所在的单位安排。")
    row = RotationTurn.objects.select_related("worker").filter(pk=turn.pk).first()
    if row is None:
        raise Http404
    return row, plan


__all__ = [
    "KIND", "rotation_create", "rotation_plan", "site_add", "site_close", "span_of", "start_planning", "turn_break",
    "turn_rate",
]  # fmt: skip
