"""How points come and go: the dated rule ``points`` turned into movements of the ledger."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import Sum
from django.utils import timezone

from common import events as history
from common.decisions import ALLOWED, Decision, Denied
from volunteers import events
from volunteers.choices import AccountKind, EntryKind, RequestState
from volunteers.models import Entry, PointsRequest, Programme, ServiceRecord, Volunteer
from volunteers.rules import PointsRule, ProgrammeRule, points_rule
from volunteers.services.ledger import (
    CENT,
    Movement,
    person_account,
    person_accounts,
    post,
    reversal,
    system_account,
)


def earn_for_records(records: Sequence[ServiceRecord], *, actor: Any) -> None:
    """Give the points of confirmed hours, by the rule in force on the day of service.

    Above the rule's limit the points wait as a request for a second person. Repeatable.
    """
    programmes = {row.key: row for row in Programme.objects.filter(is_active=True)}
    movements: list[Movement] = []
    for key, found in _by_programme(records).items():
        programme = programmes.get(key)
        if programme is not None:
            movements += _movements(programme, found, actor)
    post(movements)


def _by_programme(records: Sequence[ServiceRecord]) -> dict[str, list[tuple[ServiceRecord, PointsRule, Decimal]]]:
    found: dict[str, list[tuple[ServiceRecord, PointsRule, Decimal]]] = {}
    for record in records:
        rule = points_rule(record.day)
        for programme in rule.for_group(record.volunteer.group):
            amount = points_for(programme, record.hours)
            if amount > 0:
                found.setdefault(programme.key, []).append((record, rule, amount))
    return found


def points_for(programme: ProgrammeRule, hours: Decimal) -> Decimal:
    """Points for hours of one service, at most the cap of hours (“每次活动最多计 2 小时”), half up."""
    cap = programme.activity_cap_hours
    counted = min(hours, cap) if cap else hours
    return (counted * programme.per_hour).quantize(CENT, ROUND_HALF_UP)


def _movements(
    programme: Programme, found: Sequence[tuple[ServiceRecord, PointsRule, Decimal]], actor: Any
) -> Iterator[Movement]:
    accounts = person_accounts([record.volunteer_id for record, _, _ in found], programme)
    issue = system_account(programme, AccountKind.ISSUE)
    for record, rule, amount in found:
        if amount > rule.approval_above:
            _ask(programme, record, amount, actor)
            continue
        yield Movement(
            issue, accounts[record.volunteer_id], amount, EntryKind.EARN, record.day, record.what,
            f"record:{record.pk}:{programme.key}", actor=actor, policy=rule.policy, record=record,
        )  # fmt: skip


def _ask(programme: Programme, record: ServiceRecord, amount: Decimal, actor: Any) -> None:
    request = PointsRequest(
        programme=programme, volunteer=record.volunteer, kind=EntryKind.EARN, amount=amount, day=record.day,
        reason=record.what, record=record, state=RequestState.PROPOSED, proposed_by=actor, proposed_at=timezone.now(),
    )  # fmt: skip
    history.record(request, events.POINTS_PROPOSED, actor=actor, data={"amount": f"{amount:f}", "reason": record.what})


def joining_reward(*, volunteer: Volunteer, actor: Any) -> None:
    """The reward for joining, in every programme of the volunteer's group that has one; given once."""
    today = timezone.localdate()
    rule = points_rule(today)
    programmes = {row.key: row for row in Programme.objects.filter(is_active=True)}
    movements = [
        Movement(
            system_account(programmes[one.key], AccountKind.ISSUE), person_account(volunteer, programmes[one.key]),
            one.joining.quantize(CENT), EntryKind.JOINING, today, "注册奖励", f"joining:{volunteer.pk}:{one.key}",
            actor=actor, policy=rule.policy,
        )
        for one in rule.for_group(volunteer.group)
        if one.joining > 0 and one.key in programmes
    ]  # fmt: skip
    post(movements)


def take_back_for_record(record: ServiceRecord, *, actor: Any, reason: str) -> None:
    """Undo the points of a voided record by counter-entries; refused when they are already spent."""
    earned = Entry.objects.filter(record=record, kind=EntryKind.EARN, reversed_by=None)
    post([reversal(entry, actor=actor, reason=reason, record=record) for entry in earned])


def may_redeem(volunteer: Volunteer, programme: Programme, on: date) -> Decision:
    """Whether the volunteer has served long enough to use points (“累计服务满 100 小时后可兑换”)."""
    rule = points_rule(on).programme(programme.key)
    if rule is None or not rule.redeem_after_hours:
        return ALLOWED
    hours = served_hours(volunteer)
    if hours >= rule.redeem_after_hours:
        return ALLOWED
    return Denied(
        f"累计服务满 {rule.redeem_after_hours:f} 小时后才能使用{programme.name}，现在累计 {hours:f} 小时，"
        f"还差 {rule.redeem_after_hours - hours:f} 小时。"
    )


def served_hours(volunteer: Volunteer) -> Decimal:
    rows = ServiceRecord.objects.filter(volunteer=volunteer, voided_at=None)
    return rows.aggregate(hours=Sum("hours"))["hours"] or Decimal(0)
