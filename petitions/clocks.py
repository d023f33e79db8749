"""The limits of a ticket: start, stop, pause, move (domain §4).

A clock's rule is the policy "limits" in force when it starts; the category's own limit goes before
the general one. Whether a limit was kept is written on the ticket when the clock stops in the course
of the loop; a clock that is called off (withdrawn, refused, objection upheld) leaves no mark.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from common import calendar, policies
from common.errors import Conflict
from common.models import Policy
from common.prepared import Prepared
from petitions.choices import ClockKind, Urgency
from petitions.ladder import next_alarm
from petitions.models import Clock
from petitions.policies import can_be_contacted

if TYPE_CHECKING:
    from common.workflow import Step

# The action that ends each clock in the course of the loop.
ENDED_BY = {
    ClockKind.ACCEPT: ("dispatch",),
    ClockKind.SIGN: ("sign",),
    ClockKind.CONTACT: ("contact",),
    ClockKind.FINISH: ("reply",),
    ClockKind.CALLBACK: ("callback", "close_uncalled"),
}
# Clocks whose limit and outcome are repeated on the ticket for lists and rates.
SHOWN: dict[str, tuple[str, str]] = {
    ClockKind.SIGN: ("sign_due_at", "sign_in_time"),
    ClockKind.CONTACT: ("contact_due_at", "contact_in_time"),
    ClockKind.FINISH: ("finish_due_at", "finish_in_time"),
}
_RUNNING = Prepared(lambda ticket: Clock.objects.filter(petition=ticket, stopped_at=None))  # every step asks this
NEEDS_PHONE = (ClockKind.CONTACT, ClockKind.CALLBACK)


def limits_policy(at: datetime) -> Policy:
    return policies.current("limits", timezone.localdate(at))


def limit_of(kind: str, petition: Any, policy: Policy, own: str = "") -> str:
    """Limit of a clock as text, such as ``5wd``; ``own`` is one set by hand."""
    rules = policy.data
    if kind == ClockKind.FINISH:
        return own or finish_limit(petition.category, rules)
    if kind in (ClockKind.SIGN, ClockKind.CONTACT) and _is_urgent(petition, rules, own):
        return rules["urgent"][kind]
    if kind == ClockKind.ACCEPT and petition.urgency == Urgency.URGENT:
        return rules["urgent"]["sign"]
    return rules["clocks"][kind]


def finish_limit(category: Any, rules: dict[str, Any]) -> str:
    """The profile's own limit for the category, else the category's, else the general one."""
    if category is None:
        return rules["clocks"]["finish"]
    return rules["categories"].get(category.code) or category.limit or rules["clocks"]["finish"]


def _is_urgent(petition: Any, rules: dict[str, Any], own: str) -> bool:
    """Marked urgent, or the finish limit is so short that the other clocks must shrink with it."""
    if petition.urgency == Urgency.URGENT:
        return True
    finish = calendar.Limit.parse(own or finish_limit(petition.category, rules))
    most = calendar.Limit.parse(rules["urgent"]["finish_at_most"])
    return finish.unit in ("h", "wh") and finish.amount <= most.amount


def new_clock(kind: str, petition: Any, at: datetime, own: str = "") -> Clock:
    """An unsaved clock that starts at ``at``; repeats its limit on the ticket."""
    policy = limits_policy(at)
    limit = limit_of(kind, petition, policy, own)
    due_at = calendar.add_limit(at, calendar.Limit.parse(limit))
    step, moment = next_alarm(kind, at, due_at)
    if kind in SHOWN:
        setattr(petition, SHOWN[kind][0], due_at)
    return Clock(
        petition=petition, kind=kind, limit=limit, policy=policy, started_at=at, due_at=due_at,
        next_step=step, next_at=moment,
    )  # fmt: skip


def running(petition: Any) -> list[Any]:
    """The ticket's clocks that have not stopped; the caller holds the ticket's lock."""
    return _RUNNING.all(ticket=petition.pk)


def apply(step: Step) -> None:
    """Stop and start the clocks that the action names, then show the nearest limit on the ticket."""
    petition = step.object
    clocks = {clock.kind: clock for clock in running(petition)}
    for kind in step.action.stops:
        if kind in clocks:
            _stop(step, clocks.pop(kind))
    fresh = [kind for kind in step.action.starts if kind not in clocks and _applies(kind, petition)]
    clocks.update(_start(step, fresh))
    step.set(due_at=nearest(clocks.values()))


def _applies(kind: str, petition: Any) -> bool:
    return kind not in NEEDS_PHONE or can_be_contacted(petition)


def _start(step: Step, kinds: Iterable[str]) -> dict[str, Any]:
    fresh = [new_clock(kind, step.object, step.at, step.limits.get(ClockKind.FINISH, "")) for kind in kinds]
    Clock.objects.bulk_create(fresh)
    for clock in fresh:
        if clock.kind in SHOWN:
            step.set(**{SHOWN[clock.kind][0]: clock.due_at})
    return {clock.kind: clock for clock in fresh}


def _stop(step: Step, clock: Any) -> None:
    clock.stopped_at = step.at
    clock.next_at = None
    clock.save(update_fields=["stopped_at", "next_at"])
    if clock.kind not in SHOWN:
        return
    due_field, outcome_field = SHOWN[clock.kind]
    if step.action.name not in ENDED_BY[clock.kind]:
        step.set(**{due_field: None})
        return
    # A ticket that was late once stays late, even when a rework is done in time.
    earlier = getattr(step.object, outcome_field)
    step.set(**{outcome_field: earlier is not False and step.at <= clock.due_at})


def pause(step: Step) -> None:
    """All running clocks stand still (缓办、挂账)."""
    for clock in running(step.object):
        clock.paused_at = step.at
        clock.save(update_fields=["paused_at"])


def resume(step: Step) -> None:
    """Paused clocks go on: each limit moves by the time it stood still, in the clock's own unit."""
    for clock in running(step.object):
        if clock.paused_at is None:
            continue
        limit = calendar.Limit.parse(clock.limit)
        moved = calendar.shift(clock.due_at, clock.paused_at, step.at, limit.unit)
        _move(step, clock, moved)


def extend(step: Step, limit: str) -> datetime:
    """Move the finish limit; raises ``Conflict`` when none is running."""
    for clock in running(step.object):
        if clock.kind == ClockKind.FINISH:
            _move(step, clock, calendar.add_limit(clock.due_at, calendar.Limit.parse(limit)))
            return clock.due_at
    raise Conflict("本件没有正在计算的办结时限，不能延期。")


def _move(step: Step, clock: Any, due_at: datetime) -> None:
    clock.paused_at = None
    clock.due_at = due_at
    # Cards that were already sent stay sent: the ladder goes on after the last of them.
    last = clock.cards.order_by("-id").values_list("level", flat=True).first() or ""
    clock.next_step, clock.next_at = next_alarm(clock.kind, clock.started_at, due_at, last)
    clock.save(update_fields=["paused_at", "due_at", "next_step", "next_at"])
    if clock.kind in SHOWN:
        step.set(**{SHOWN[clock.kind][0]: due_at})


def nearest(clocks: Iterable[Any]) -> datetime | None:
    """The limit that comes first among running clocks; none while all stand still."""
    return min((clock.due_at for clock in clocks if clock.paused_at is None), default=None)
