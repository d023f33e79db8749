"""Planning, publishing, changing, ending and cancelling activities (志愿服务条例 arts. 12, 15, 17)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from accounts.services.notifications import message, notify
from common import events as history
from common.errors import Conflict, Invalid
from grid.models import Unit
from volunteers import events, rules
from volunteers.choices import HOLDS_A_PLACE, ActivityState, ParticipationState, Skill
from volunteers.models import Activity, ActivityRole, Participation, Team
from volunteers.models.activities import MOST_HOURS
from volunteers.services.locks import lock_unit
from volunteers.services.organisers import require_unit
from volunteers.services.participation import move_up
from volunteers.workflow import ACTIVITY_FLOW

MOST_PEOPLE = 10_000
MOST_ROLES = 6
TEXTS = {"title": 60, "place": 120, "about": 2000, "risks": 200, "series": 20}
CHANGEABLE = (
    "title", "team", "theme", "about", "place", "starts_at", "ends_at", "signup_until", "capacity", "min_age", "max_age",
    "is_risky", "risks",
)  # fmt: skip


@dataclass(frozen=True)
class RolePlan:
    """A task in an activity: how many it needs and, maybe, a skill."""

    name: str
    places: int
    skill: str = ""


def activity_create(
    *,
    actor: Any,
    unit: Unit,
    title: str,
    theme: str,
    place: str,
    starts_at: datetime,
    ends_at: datetime,
    capacity: int,
    signup_until: datetime | None = None,
    roles: Sequence[RolePlan] = (),
    **more: Any,
) -> Activity:
    """Plan an activity of a unit; it is a draft until it is published.

    ``more``: ``team``, ``series``, ``about``, ``min_age``, ``max_age``, ``is_risky``, ``risks``. Sign-up ends
    with the start unless ``signup_until`` says otherwise. Raises ``Invalid`` with the field, ``Conflict``
    when the unit plans the same at the same time already.
    """
    require_unit(unit, actor)
    with transaction.atomic():
        lock_unit(unit)
        activity = Activity(
            unit=unit, title=title, theme=theme, place=place, starts_at=starts_at, ends_at=ends_at,
            capacity=capacity, signup_until=signup_until or starts_at, created_by=actor, **more,
        )  # fmt: skip
        _clean(activity)
        _check(activity, roles)
        _refuse_repeated(activity)
        history.record(activity, events.ACTIVITY_CREATED, actor=actor, data={"title": activity.title})
        ActivityRole.objects.bulk_create(
            [ActivityRole(activity=activity, name=role.name, places=role.places, skill=role.skill) for role in roles]
        )
    return activity


@ACTIVITY_FLOW.service("change")
def activity_change(
    *, activity: Activity, actor: Any, roles: Sequence[RolePlan] | None = None, **changes: Any
) -> Activity:
    """Change named values (see ``CHANGEABLE``) and, when given, the roles; those who joined are told.

    Times and place stay once somebody has signed in. More places let people up from the waiting list.
    """
    unknown = set(changes) - set(CHANGEABLE)
    if unknown:
        raise TypeError(f"activity_change does not know {sorted(unknown)}")
    with ACTIVITY_FLOW.step("change", activity, actor) as step:
        row = step.object
        before = {name: getattr(row, name) for name in CHANGEABLE}
        if changes.get("signup_until", row.signup_until) is None:
            changes["signup_until"] = changes.get("starts_at", row.starts_at)
        step.set(**changes)
        _clean(row)
        plans = [RolePlan(role.name, role.places, role.skill) for role in row.roles.all()] if roles is None else roles
        _check(row, plans)
        _check_people(row, before)
        summary = "；".join(text for text in (_said(row, name, before[name]) for name in CHANGEABLE) if text)
        if roles is not None and _set_roles(row, roles):
            summary = "；".join(text for text in (summary, "岗位有调整") if text)
        step.data.update(summary=summary or "没有改动")
        if row.state == ActivityState.PUBLISHED and summary:
            tell_participants(row, f"活动有变动：{summary}。")
            move_up(row)
    return step.object


@ACTIVITY_FLOW.service("publish")
def activity_publish(*, activity: Activity, actor: Any) -> Activity:
    """Let residents see it and volunteers join."""
    with ACTIVITY_FLOW.step("publish", activity, actor) as step:
        pass
    return step.object


@ACTIVITY_FLOW.service("end")
def activity_end(*, activity: Activity, actor: Any) -> Activity:
    """End it by hand, before its time; hours are confirmed next."""
    with ACTIVITY_FLOW.step("end", activity, actor) as step:
        step.data.update(how="由组织者结束")
    return step.object


@ACTIVITY_FLOW.service("cancel")
def activity_cancel(*, activity: Activity, actor: Any, reason: str) -> Activity:
    """Call it off, at any time before hours are confirmed; whoever joined or waits is told why."""
    reason = reason.strip()
    if not reason:
        raise Invalid("请写明取消的原因。", "reason")
    with ACTIVITY_FLOW.step("cancel", activity, actor) as step:
        published = step.object.state != ActivityState.DRAFT
        step.set(cancel_reason=reason[:200])
        step.data.update(reason=reason)
        if published:
            tell_participants(step.object, f"活动已取消：{reason}")
    return step.object


def tell_participants(activity: Activity, text: str) -> None:
    """A notice on the own page of everybody who joined or waits; those with an account get a message too."""
    rows = Participation.objects.filter(
        activity=activity, state__in=(*HOLDS_A_PLACE, ParticipationState.WAITING)
    )  # fmt: skip
    rows.update(notice=text[:300])
    accounts = rows.filter(volunteer__user__is_active=True).select_related("volunteer__user")
    at = timezone.now()
    notify(
        message(
            to=row.volunteer.user, text=f"“{activity}”{text}", url=reverse("volunteers:open-activity", args=[activity.pk]), at=at,
            key=f"activity:{activity.pk}:{activity.event_seq + 1}:{row.pk}",
        )
        for row in accounts
    )  # fmt: skip


# --- checks


def _clean(activity: Activity) -> None:
    for name, limit in TEXTS.items():
        text = str(getattr(activity, name) or "").replace("\x00", "").strip()
        if name not in ("about", "risks"):
            text = " ".join(text.split())
        if len(text) > limit:
            raise Invalid(f"最多 {limit} 字，现有 {len(text)} 字，请精简。", name)
        setattr(activity, name, text)


def _check(activity: Activity, roles: Sequence[RolePlan]) -> None:
    if not activity.title:
        raise Invalid("请填写活动名称。", "title")
    if not activity.place:
        raise Invalid("请填写活动地点。", "place")
    if activity.theme not in dict(rules.theme_choices(timezone.localdate(activity.starts_at))):
        raise Invalid("请从列表中选择主题。", "theme")
    _check_times(activity)
    low, high = activity.min_age, activity.max_age
    if low is not None and high is not None and low > high:
        raise Invalid("最大年龄不能小于最小年龄。", "max_age")
    if activity.is_risky and not activity.risks:
        raise Invalid("有人身危险的活动，招募时应说明可能的风险（志愿服务条例第十二条）。", "risks")
    _check_team(activity)
    _check_roles(activity, roles)


def _check_times(activity: Activity) -> None:
    if activity.ends_at <= activity.starts_at:
        raise Invalid("结束时间应晚于开始时间。", "ends_at")
    if activity.ends_at - activity.starts_at > timedelta(hours=MOST_HOURS):
        raise Invalid("一次活动最长 24 小时，更长的请按天分开。", "ends_at")
    if activity.ends_at <= timezone.now():
        raise Invalid("结束时间应晚于现在。", "ends_at")
    if activity.signup_until > activity.ends_at:
        raise Invalid("报名截止不能晚于活动结束。", "signup_until")


def _refuse_repeated(activity: Activity) -> None:
    """A form sent twice, or two people with one plan. One that was cancelled may be planned anew."""
    same = Activity.objects.filter(unit=activity.unit, starts_at=activity.starts_at, title=activity.title)
    if same.exclude(state=ActivityState.CANCELLED).exists():
        raise Conflict(f"“{activity.unit}”在这个时间已有活动“{activity}”，没有重复保存。请到活动列表查看。")


def _check_team(activity: Activity) -> None:
    team: Team | None = activity.team
    if team is None:
        return
    if not team.is_active:
        raise Invalid(f"“{team}”已经解散，请另选队伍。", "team")
    if not (team.unit.path.startswith(activity.unit.path) or activity.unit.path.startswith(team.unit.path)):
        raise Invalid(f"“{team}”不是本单位的队伍，请另选队伍。", "team")


def _check_roles(activity: Activity, roles: Sequence[RolePlan]) -> None:
    if not 1 <= activity.capacity <= MOST_PEOPLE:
        raise Invalid(f"招募人数应在 1 至 {MOST_PEOPLE} 之间。", "capacity")
    if not roles:
        return
    if len(roles) > MOST_ROLES:
        raise Invalid(f"最多分 {MOST_ROLES} 个岗位。", "capacity")
    names = [role.name for role in roles]
    if len(set(names)) != len(names) or not all(1 <= len(name) <= 30 for name in names):
        raise Invalid("每个岗位要有名称（最多 30 字），不能重复。", "capacity")
    if any(role.places < 1 or (role.skill and role.skill not in Skill.values) for role in roles):
        raise Invalid("每个岗位至少招 1 人，技能请从列表中选择。", "capacity")
    total = sum(role.places for role in roles)
    if total != activity.capacity:
        raise Invalid(f"各岗位共 {total} 人，与招募人数 {activity.capacity} 人不一致。", "capacity")


def _check_people(activity: Activity, before: Mapping[str, Any]) -> None:
    """What people already rely on: their places, and the times once somebody is there."""
    held = activity.participations.filter(state__in=HOLDS_A_PLACE)
    taken = held.count()
    if activity.capacity < taken:
        raise Invalid(f"已有 {taken} 人报名，招募人数不能少于这个数。", "capacity")
    moved = [name for name in ("starts_at", "ends_at", "place") if getattr(activity, name) != before[name]]
    if moved and held.exclude(signed_in_at=None).exists():
        raise Invalid("已经有人签到，不能再改时间和地点。", moved[0])


def _set_roles(activity: Activity, plans: Sequence[RolePlan]) -> bool:
    """Make the roles those of the plan; a role that people have chosen keeps its name and enough places."""
    present = {role.name: role for role in activity.roles.all()}
    wanted = {plan.name: plan for plan in plans}
    if {name: (role.places, role.skill) for name, role in present.items()} == {
        name: (plan.places, plan.skill) for name, plan in wanted.items()
    }:
        return False
    people = activity.participations.filter(~Q(state=ParticipationState.WITHDRAWN))
    if not present and people.exists():
        raise Invalid("已经有人报名，不能再分岗位。", "capacity")
    for name, role in present.items():
        chosen = people.filter(role=role)
        if name not in wanted:
            if role.participations.exists():
                raise Invalid(f"岗位“{name}”已有人报名，不能去掉。", "capacity")
            role.delete()
            continue
        held = chosen.filter(state__in=HOLDS_A_PLACE).count()
        if wanted[name].places < held:
            raise Invalid(f"岗位“{name}”已有 {held} 人报名，人数不能少于这个数。", "capacity")
        role.places, role.skill = wanted[name].places, wanted[name].skill
        role.save(update_fields=["places", "skill"])
    ActivityRole.objects.bulk_create(
        [
            ActivityRole(activity=activity, name=plan.name, places=plan.places, skill=plan.skill)
            for plan in plans
            if plan.name not in present
        ]
    )
    return True


def _said(activity: Activity, name: str, old: Any) -> str:
    new = getattr(activity, name)
    if old == new:
        return ""
    column: Any = Activity._meta.get_field(name)
    label = str(column.verbose_name)
    if name in ("about", "risks", "theme"):
        return f"{label}有修改"
    if name in ("starts_at", "ends_at", "signup_until"):
        return f"{label}改为 {timezone.localtime(new):%Y-%m-%d %H:%M}"
    if name == "is_risky":
        return "改为有人身危险（须有保险）" if new else "改为没有人身危险"
    return f"{label}改为“{'不限' if new in (None, '') else new}”"
