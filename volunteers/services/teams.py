"""Volunteer teams of a unit: set up, changed, led, joined, left, closed (志愿服务条例 art. 9)."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction
from django.http import Http404
from django.utils import timezone

from common import events as history
from common.errors import Conflict, Invalid, Refused
from common.scope import scope_of
from grid.choices import Level
from grid.models import Unit
from grid.querysets import covers
from volunteers import events, permissions
from volunteers.choices import VolunteerState
from volunteers.models import Membership, Team, Volunteer
from volunteers.rules import theme_choices

EARLIEST = date(1949, 10, 1)
LENGTHS = {"name": 40, "about": 200}
LABELS = {"name": "队伍名称", "about": "服务内容"}
CHANGEABLE = ("name", "theme", "about", "founded_on")


def team_create(
    *, actor: Any, unit: Unit, name: str, theme: str = "", about: str = "", founded_on: date | None = None
) -> Team:
    """Set up a team at a unit. ``Invalid`` with the field, ``Refused`` outside what the actor manages."""
    _require(actor, unit)
    if not unit.is_active:
        raise Invalid(f"“{unit.name}”已停用，请选择其他单位。", "unit")
    if unit.level < Level.STREET:
        raise Invalid("队伍建在镇街、社区或网格，请选择所属单位。", "unit")
    team = Team(unit=unit, name=name, theme=theme, about=about, founded_on=founded_on or timezone.localdate())
    with transaction.atomic():
        _check(team)
        history.record(team, events.TEAM_CREATED, actor=actor, data={"unit": unit.name, "name": team.name})
    return team


def team_change(*, team: Team, actor: Any, **changes: Any) -> Team:
    """Change name, theme, description or the day of founding. Nothing changed: no event."""
    unknown = set(changes) - set(CHANGEABLE)
    if unknown:
        raise TypeError(f"team_change does not know {sorted(unknown)}")
    with transaction.atomic():
        locked = _locked(team, actor)
        before = {name: getattr(locked, name) for name in CHANGEABLE}
        for name, value in changes.items():
            setattr(locked, name, value)
        _check(locked)
        changed = [name for name in CHANGEABLE if getattr(locked, name) != before[name]]
        if changed:
            labels = "、".join(str(Team._meta.get_field(name).verbose_name) for name in changed)  # type: ignore[union-attr]
            history.record(locked, events.TEAM_CHANGED, actor=actor, data={"summary": labels}, fields=changed)
    return locked


def team_lead(*, team: Team, actor: Any, leader: Volunteer | None) -> Team:
    """Name the leader, who has to be a member; ``None`` leaves the post empty."""
    with transaction.atomic():
        volunteer = _active(leader, "leader") if leader is not None else None
        locked = _locked(team, actor)
        if volunteer is not None and not locked.memberships.filter(volunteer=volunteer, last_day=None).exists():
            raise Invalid("队长应是本队队员，请先加入队伍。", "leader")
        if locked.leader_id == (volunteer.pk if volunteer else None):
            return locked
        locked.leader = volunteer
        data = {"leader": volunteer.number if volunteer else "空缺"}
        history.record(locked, events.TEAM_LED, actor=actor, data=data, fields=["leader"])
    return locked


def team_join(*, team: Team, actor: Any, volunteer: Volunteer, first_day: date | None = None) -> Membership:
    """Take a volunteer in. ``Conflict`` for a member, ``Invalid`` for somebody who is not active."""
    today = timezone.localdate()
    day = first_day or today
    with transaction.atomic():
        member = _active(volunteer, "volunteer")
        locked = _locked(team, actor)
        if not locked.founded_on <= day <= today:
            raise Invalid("加入日期不能早于队伍成立，也不能晚于今天。", "first_day")
        if locked.memberships.filter(volunteer=member, last_day=None).exists():
            raise Conflict(f"{member.number} 已经在“{locked}”，不用重复加入。")
        membership = Membership.objects.create(team=locked, volunteer=member, first_day=day)
        history.record(locked, events.TEAM_JOINED, actor=actor, data={"number": member.number})
    return membership


def team_remove(*, team: Team, actor: Any, membership: Membership) -> Team:
    """A member leaves; a leader who leaves leaves the post empty."""
    with transaction.atomic():
        locked = _locked(team, actor)
        row = locked.memberships.select_for_update(of=("self",)).select_related("volunteer")
        found = row.filter(pk=membership.pk, last_day=None).first()
        if found is None:
            raise Conflict("这名队员已经离开，请刷新页面查看。")
        found.last_day = timezone.localdate()
        found.save(update_fields=["last_day"])
        if locked.leader_id == found.volunteer_id:
            locked.leader = None
        data = {"number": found.volunteer.number}
        history.record(locked, events.TEAM_MEMBER_LEFT, actor=actor, data=data, fields=["leader"])
    return locked


def team_close(*, team: Team, actor: Any) -> Team:
    """Take a team off the list; its members stay volunteers. The name is free again."""
    with transaction.atomic():
        locked = _locked(team, actor)
        locked.memberships.filter(last_day=None).update(last_day=timezone.localdate())
        locked.is_active = False
        data = {"name": locked.name}
        history.record(locked, events.TEAM_CLOSED, actor=actor, data=data, fields=["is_active"])
    return locked


# --- locks and checks: volunteers before teams, as in leaving


def _locked(team: Team, actor: Any) -> Team:
    rows = Team.objects.visible_to(actor).select_for_update(of=("self",)).select_related("unit")
    found = rows.filter(pk=team.pk).first()
    if found is None:
        raise Http404
    _require(actor, found.unit)
    if not found.is_active:
        raise Conflict(f"“{found}”已经撤销。")
    return found


def _active(volunteer: Volunteer, field: str) -> Volunteer:
    found = Volunteer.objects.select_for_update().get(pk=volunteer.pk)
    if found.state != VolunteerState.ACTIVE:
        raise Invalid(f"志愿者 {found.number} 不在册，请先办理注册或恢复。", field)
    return found


def _require(actor: Any, unit: Unit) -> None:
    if not covers(scope_of(actor).holding(permissions.MANAGE), unit):
        raise Refused(f"“{unit.name}”的志愿队伍不由您管理，如有需要请联系系统管理员。")


def _check(team: Team) -> None:
    for field, limit in LENGTHS.items():
        line = " ".join(getattr(team, field).replace("\x00", "").split())
        if len(line) > limit:
            raise Invalid(f"{LABELS[field]}最多 {limit} 字，现有 {len(line)} 字，请精简。", field)
        setattr(team, field, line)
    if not team.name:
        raise Invalid("请填写队伍名称。", "name")
    today = timezone.localdate()
    if not EARLIEST <= team.founded_on <= today:
        raise Invalid("成立日期不能晚于今天，也不能过早。", "founded_on")
    if team.theme and team.theme not in dict(theme_choices(today)):
        raise Invalid("请从列表中选择服务主题。", "theme")
    twins = Team.objects.filter(unit=team.unit, name=team.name, is_active=True).exclude(pk=team.pk)
    if twins.exists():
        raise Invalid(f"“{team.unit.name}”已经有“{team.name}”，请换一个名称。", "name")
