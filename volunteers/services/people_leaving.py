"""Leaving, coming back and erasure (个人信息保护法 art. 47), also of those who were imported by mistake."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, Value
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone

from common import events as history
from common.copying import copy_rows
from common.errors import Conflict, Refused
from common.models import Event
from volunteers import events, permissions
from volunteers.choices import (
    AccountKind,
    EntryKind,
    OrderState,
    ParticipationState,
    RedemptionState,
    Remainder,
    RequestState,
    VolunteerState,
)
from volunteers.models import (
    Account,
    Membership,
    Order,
    Participation,
    PointsRequest,
    Redemption,
    ServiceRecord,
    Team,
    Volunteer,
    VolunteerPerson,
)
from volunteers.services.certificates import certificates_withdraw
from volunteers.services.ledger import Movement, pool_account, post, system_account
from volunteers.services.participation import PENDING, leave_all
from volunteers.services.people_changes import locked_volunteer
from volunteers.services.redemptions import account_numbers_clear
from volunteers.workflow import VOLUNTEER_FLOW

# Everything but keys, number, unit, group, days, history: what says something about the person.
ERASED_VALUES: dict[str, Any] = {
    "nickname": "", "skills": [], "times": [], "areas": "", "display_consent_at": None, "access_hash": None,
    "insured_until": None, "insurance": "", "user": None, "erasure_asked_at": None, "request_key": None,
}  # fmt: skip
PERSON_COLUMNS = ("name", "phone", "id_number", "birth_date", "address", "guardian_name", "guardian_phone")
HASH_COLUMNS = ("name_hash", "phone_hash", "id_hash")


# --- leaving and coming back


@VOLUNTEER_FLOW.service("leave")
def volunteer_leave(*, volunteer: Volunteer, actor: Any, reason: str = "") -> Volunteer:
    """Leave: activities not begun are called off, teams are left; hours and points stay."""
    with transaction.atomic():
        leave_all(volunteer=volunteer, by=actor, why="退出")
        with VOLUNTEER_FLOW.step("leave", volunteer, actor) as step:
            _refuse_new_activities(step.object)
            _refuse_open_orders(step.object)
            today = timezone.localdate(step.at)
            step.set(left_on=today, access_hash=None, erasure_asked_at=None)
            step.data["reason"] = " ".join(reason.split())[:100]
            leave_teams(step.object, actor=actor, today=today)
    return step.object


@VOLUNTEER_FLOW.service("rejoin")
def volunteer_rejoin(*, volunteer: Volunteer, actor: Any) -> Volunteer:
    """Back on the list under the same number. The own page needs a new code."""
    with VOLUNTEER_FLOW.step("rejoin", volunteer, actor) as step:
        step.set(left_on=None)
    return step.object


def _refuse_new_activities(volunteer: Volunteer) -> None:
    if Participation.objects.filter(volunteer=volunteer, state__in=PENDING).exists():
        raise Conflict("志愿者刚刚报名了活动，请再办理一次。")


def leave_teams(volunteer: Volunteer, *, actor: Any, today: date) -> None:
    """End memberships and give up leading."""
    teams = Team.objects.filter(Q(leader=volunteer) | Q(memberships__volunteer=volunteer, memberships__last_day=None))
    for pk in sorted(set(teams.order_by().values_list("pk", flat=True))):
        _out_of_team(Team.objects.select_for_update().get(pk=pk), volunteer, actor, today)


def _out_of_team(team: Team, volunteer: Volunteer, actor: Any, today: date) -> None:
    team.memberships.filter(volunteer=volunteer, last_day=None).update(last_day=today)
    if team.leader_id == volunteer.pk:
        team.leader = None
    history.record(
        team, events.TEAM_MEMBER_LEFT, actor=actor, data={"number": volunteer.number}, fields=["leader"]
    )  # fmt: skip


def _refuse_open_orders(volunteer: Volunteer) -> None:
    count = Order.objects.filter(volunteer=volunteer, state=OrderState.CLAIMED).count()
    if count:
        raise Refused(f"还有 {count} 件正在服务的订单，请先办结，或退回重新派单。")


# --- erasure


def ask_for_erasure(*, volunteer: Volunteer) -> Volunteer:
    """The volunteer asks on the own page; a worker carries it out (PIPL art. 47). Repeatable."""
    with transaction.atomic():
        locked = locked_volunteer(volunteer, None)
        if locked.erasure_asked_at is None:
            locked.erasure_asked_at = timezone.now()
            history.record(locked, events.ERASURE_ASKED, fields=["erasure_asked_at"])
    return locked


def withdraw_erasure(*, volunteer: Volunteer) -> Volunteer:
    """The volunteer has thought better of it, on the own page. Repeatable."""
    with transaction.atomic():
        locked = locked_volunteer(volunteer, None)
        if locked.erasure_asked_at is not None:
            locked.erasure_asked_at = None
            history.record(locked, events.ERASURE_DROPPED, data={"by": "本人"}, fields=["erasure_asked_at"])
    return locked


@VOLUNTEER_FLOW.service("keep")
def volunteer_keep(*, volunteer: Volunteer, actor: Any) -> Volunteer:
    """A worker notes that the volunteer no longer wants to be erased."""
    with VOLUNTEER_FLOW.step("keep", volunteer, actor) as step:
        step.set(erasure_asked_at=None)
        step.data["by"] = "工作人员"
    return step.object


@VOLUNTEER_FLOW.service("erase")
def volunteer_erase(*, volunteer: Volunteer, actor: Any, remainder: str = Remainder.EXPIRE) -> Volunteer:
    """Clear everything personal; number and ledger stay and balance.

    What is open has to be settled first (``Refused``). Points that are left lapse, or go to the pool of
    the unit when the volunteer wants to donate them.
    """
    with transaction.atomic():
        leave_all(volunteer=volunteer, by=actor, why="注销")
        with VOLUNTEER_FLOW.step("erase", volunteer, actor) as step:
            erased = step.object
            _refuse_new_activities(erased)
            _refuse_open(erased)
            today = timezone.localdate(step.at)
            leave_teams(erased, actor=actor, today=today)
            left = _clear_points(erased, remainder, actor, today)
            step.data.update(points=f"{left:f}", remainder=f"，{Remainder(remainder).label}" if left else "")
            step.set(**ERASED_VALUES, left_on=erased.left_on or today)
            account_numbers_clear(volunteer=erased, actor=actor)
            certificates_withdraw(volunteer=erased, actor=actor)
            _clear_person([erased.pk])
    return erased


def points_left(volunteer: Volunteer) -> Decimal:
    """Points that would lapse or be donated by an erasure now."""
    rows = Account.objects.filter(kind=AccountKind.PERSON, volunteer=volunteer)
    return sum((row.balance for row in rows if row.balance), Decimal("0.00"))


def _refuse_open(volunteer: Volunteer) -> None:
    _refuse_open_orders(volunteer)
    reserved = Redemption.objects.filter(volunteer=volunteer, state=RedemptionState.RESERVED).count()
    if reserved:
        raise Refused(
            f"还有 {reserved} 件兑换没有领取，请先领取或取消；现有积分 {points_left(volunteer):f} 分，注销后作废或捐赠。"
        )
    proposed = PointsRequest.objects.filter(volunteer=volunteer, state=RequestState.PROPOSED).count()
    if proposed:
        raise Refused(f"还有 {proposed} 笔积分调整等待复核，请先复核，再注销。")
    at_work = Participation.objects.filter(
        volunteer=volunteer, state__in=[ParticipationState.PRESENT, ParticipationState.SERVED]
    ).count()
    if at_work:
        raise Refused(f"还有 {at_work} 次活动的时长没有确认，请先确认时长，再注销。")


def _clear_points(volunteer: Volunteer, remainder: str, actor: Any, today: date) -> Decimal:
    accounts = Account.objects.filter(kind=AccountKind.PERSON, volunteer=volunteer, balance__gt=0)
    movements = []
    for account in accounts.select_related("programme").order_by("pk"):
        donate = remainder == Remainder.DONATE
        target = (
            pool_account(volunteer.unit, account.programme)
            if donate
            else system_account(account.programme, AccountKind.EXPIRY)
        )
        movements.append(
            Movement(
                account, target, account.balance or Decimal(0), EntryKind.DONATE if donate else EntryKind.EXPIRE, today,
                "注销时捐入爱心积分池" if donate else "注销后作废", f"erase:{account.pk}", actor=actor,
            )
        )  # fmt: skip
    post(movements)
    return sum((movement.amount for movement in movements), Decimal("0.00"))


def _clear_person(volunteers: Sequence[int]) -> None:
    VolunteerPerson.objects.filter(volunteer__in=volunteers).update(
        **dict.fromkeys(PERSON_COLUMNS, ""), **dict.fromkeys(HASH_COLUMNS)
    )


# --- imports taken back


def volunteers_unimport(*, ids: Sequence[int], actor: Any) -> None:
    """Take imported volunteers back, all or none: erased, because numbers run without gaps (ADR 9).

    ``Conflict`` when one of them has served, earned, joined something, or is out of reach by now.
    """
    now = timezone.now()
    rows = Volunteer.objects.visible_to(actor, permissions.IMPORT).select_for_update(of=("self",)).filter(pk__in=ids)
    found = list(rows.annotate(_used=_has_rows()).order_by("pk"))
    touched = [row.number for row in found if row._used or row.state == VolunteerState.ERASED]
    if touched or len(found) != len(ids):
        named = "、".join(touched[:3])
        raise Conflict(
            f"不能撤销：导入的志愿者中有 {len(touched) or len(ids) - len(found)} 人已有服务、积分、报名或已注销"
            + (f"（{named} 等）。" if named else "，或已不在您的管辖范围。")
        )
    written = []
    for row in found:
        row.state, row.left_on = VolunteerState.ERASED, row.left_on or max(row.joined_on, timezone.localdate(now))
        for name, value in ERASED_VALUES.items():
            setattr(row, name, value)
        written.append(history.link(row, events.IMPORT_UNDONE, actor=actor, at=now))
    # What is the same for all in one statement; only the ends of the chains differ.
    last_day = Coalesce("left_on", Greatest("joined_on", Value(timezone.localdate(now))))
    Volunteer.objects.filter(pk__in=ids).update(
        state=VolunteerState.ERASED, left_on=last_day, event_seq=F("event_seq") + 1, **ERASED_VALUES
    )
    Volunteer.objects.bulk_update(found, ["event_head"], batch_size=1000)
    _clear_person([row.pk for row in found])
    copy_rows(Event, written, now)


def _has_rows() -> Q:
    """Whether anything hangs on a volunteer that an erasure may not pass over."""
    tables: tuple[tuple[Any, str], ...] = (
        (ServiceRecord, "volunteer"), (Account, "volunteer"), (Participation, "volunteer"), (Redemption, "volunteer"),
        (PointsRequest, "volunteer"), (Order, "volunteer"), (Membership, "volunteer"), (Team, "leader"),
    )  # fmt: skip
    used = Q(pk__in=())
    for model, path in tables:
        used |= Q(Exists(model._default_manager.filter(**{path: OuterRef("pk")})))
    return used
