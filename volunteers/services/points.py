"""How points come and go: the dated rule ``points`` turned into movements of the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from common import events as history
from common.decisions import ALLOWED, Decision, Denied
from common.errors import Refused
from volunteers import events
from volunteers.choices import AccountKind, EntryKind, RequestState
from volunteers.models import Entry, PointsRequest, Programme, ServiceRecord, Volunteer
from volunteers.rules import PointsRule, ProgrammeRule, points_rule
from volunteers.services.ledger import CENT, Movement, NotEnough, person_accounts, post, reversal, system_account


@dataclass(frozen=True)
class _Gain:
    """Points that a rule gives a volunteer. ``key`` makes it happen once."""

    volunteer: Volunteer
    rule: PointsRule
    programme: ProgrammeRule
    amount: Decimal
    kind: EntryKind
    day: date
    reason: str
    key: str
    record: ServiceRecord | None = None


# --- coming


def earn_for_records(records: Sequence[ServiceRecord], *, actor: Any) -> None:
    """Give the points of confirmed hours, by the rule in force on the day of service.

    Above the rule's limit the points wait as a request for a second person. Repeatable.
    """
    _give(_gains_of(records), actor)


def _gains_of(records: Iterable[ServiceRecord]) -> Iterator[_Gain]:
    for record in records:
        rule = points_rule(record.day)
        for programme in rule.for_group(record.volunteer.group):
            yield _Gain(
                record.volunteer, rule, programme, points_for(programme, record.hours), EntryKind.EARN, record.day,
                record.what, f"record:{record.pk}:{programme.key}", record,
            )  # fmt: skip


def points_for(programme: ProgrammeRule, hours: Decimal) -> Decimal:
    """Points for hours of one service, at most the cap of hours (“每次活动最多计 2 小时”), half up."""
    cap = programme.activity_cap_hours
    counted = min(hours, cap) if cap else hours
    return (counted * programme.per_hour).quantize(CENT, ROUND_HALF_UP)


def joining_reward(*, volunteer: Volunteer, actor: Any) -> None:
    """The reward for joining, by the rule of today; once per volunteer and programme of their group. Repeatable."""
    today = timezone.localdate()
    rule = points_rule(today)
    gains = [
        _Gain(
            volunteer, rule, programme, programme.joining, EntryKind.JOINING, today, "注册奖励",
            f"joining:{volunteer.pk}:{programme.key}",
        )
        for programme in rule.for_group(volunteer.group)
    ]  # fmt: skip
    with transaction.atomic():
        _give(gains, actor)


def _give(gains: Iterable[_Gain], actor: Any) -> None:
    programmes = {row.key: row for row in Programme.objects.filter(is_active=True)}
    by_programme: dict[Programme, list[_Gain]] = {}
    for gain in gains:
        programme = programmes.get(gain.programme.key)
        if programme is None or gain.amount <= 0:
            continue
        if gain.amount > gain.rule.approval_above:
            _ask(programme, gain, actor)
        else:
            by_programme.setdefault(programme, []).append(gain)
    post([movement for programme, some in by_programme.items() for movement in _movements(programme, some, actor)])


def _movements(programme: Programme, gains: Sequence[_Gain], actor: Any) -> Iterator[Movement]:
    accounts = person_accounts([gain.volunteer.pk for gain in gains], programme)
    issue = system_account(programme, AccountKind.ISSUE)
    for gain in gains:
        yield Movement(
            issue, accounts[gain.volunteer.pk], gain.amount, gain.kind, gain.day, gain.reason, gain.key, actor=actor,
            policy=gain.rule.policy, record=gain.record, ceiling=gain.programme.ceiling,
        )  # fmt: skip


def _ask(programme: Programme, gain: _Gain, actor: Any) -> None:
    """Above the limit: a request, once per key."""
    if PointsRequest.objects.filter(key=gain.key).exists():
        return
    request = PointsRequest(
        programme=programme, volunteer=gain.volunteer, kind=gain.kind, amount=gain.amount, day=gain.day,
        reason=gain.reason, record=gain.record, key=gain.key, state=RequestState.PROPOSED, proposed_by=actor,
        proposed_at=timezone.now(),
    )  # fmt: skip
    data = {"amount": f"{gain.amount:f}", "reason": gain.reason}
    history.record(request, events.POINTS_PROPOSED, actor=actor, data=data)


# --- going


def take_back_for_record(record: ServiceRecord, *, actor: Any, reason: str) -> None:
    """Undo the points of a voided record by counter-entries, and close what still waits for approval.

    Raises ``Refused``, with nothing done, when the points are already spent.
    """
    with transaction.atomic():
        # First the requests: whoever is approving one has its lock, and its entry is there once we get it.
        waiting = PointsRequest.objects.filter(record=record, state=RequestState.PROPOSED)
        for request in waiting.select_for_update().order_by("pk"):
            _close(request, actor, reason)
        earned = Entry.objects.filter(record=record, kind=EntryKind.EARN, reversed_by=None).order_by("pk")
        try:
            post([reversal(entry, actor=actor, reason=reason, record=record) for entry in earned])
        except NotEnough as error:
            raise Refused(
                f"这次服务得到的 {error.wanted:f} 分已经用掉，账上只剩 {error.balance:f} 分，不能作废。"
                "请先办理兑换退回，或者等账上积分足够后再作废。"
            ) from error


def _close(request: PointsRequest, actor: Any, reason: str) -> None:
    request.state, request.decided_at = RequestState.WITHDRAWN, timezone.now()
    request.decision = f"服务记录已作废：{reason}"[:120]
    history.record(
        request, events.POINTS_WITHDRAWN, actor=actor, data={"note": request.decision},
        fields=["state", "decided_at", "decision"],
    )  # fmt: skip


# --- using


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


def ceiling_of(volunteer: Volunteer, programme: Programme, on: date) -> Decimal:
    """The most that the volunteer may hold; 0 for no limit. Raises ``Refused`` for who is not in the programme."""
    rule = points_rule(on).programme(programme.key)
    if rule is None:
        raise Refused(f"现行积分规则中没有“{programme.name}”，不能再计入。")
    if rule.groups and volunteer.group not in rule.groups:
        raise Refused(f"志愿者 {volunteer.number} 的类别不参加“{programme.name}”。")
    return rule.ceiling
