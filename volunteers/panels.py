"""What volunteers and teams show on the page of a unit, and what happens to them when units change."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.http import urlencode

from common import events as history
from common.decisions import ALLOWED, Decision, Denied
from common.models import Event
from common.scope import scope_of
from grid import events as grid_events
from grid import guards, panels
from grid.choices import Level
from grid.models import Unit
from grid.panels import Panel
from grid.querysets import covers
from volunteers import events, permissions
from volunteers.choices import VolunteerState
from volunteers.models import Team, Volunteer
from volunteers.selectors import people as selectors

SHOWN = 8
STAYING = (VolunteerState.WAITING, VolunteerState.ACTIVE)


def people_panel(user: Any, unit: Unit) -> Panel | None:
    """Volunteers and teams of the unit and below; nothing for those who may not see volunteers."""
    if not scope_of(user).may(permissions.VIEW):
        return None
    seated = Team.objects.visible_to(user).active().filter(unit=unit).select_related("leader")
    place = {Level.STREET: "street", Level.COMMUNITY: "community"}.get(Level(unit.level))
    where: dict[str, str] = {place: str(unit.pk)} if place else {}
    address = reverse("volunteers:volunteers")
    context = {
        "figures": selectors.figures_below(unit, user),
        "teams": list(selectors.with_members(seated).order_by("name")[:SHOWN]),
        "volunteers_url": f"{address}?{urlencode({**where, 'state': VolunteerState.ACTIVE.value})}",
        "waiting_url": f"{address}?{urlencode({**where, 'todo': 'guardian'})}",
        "may_add": unit.is_active and unit.level >= Level.STREET
        and covers(scope_of(user).holding(permissions.MANAGE), unit),
    }  # fmt: skip
    return Panel("志愿者和队伍", "volunteers/people/unit_panel.html", context, icon="heart-handshake")


def may_close(body: Any) -> Decision:
    """A unit with volunteers or teams stays until they have been moved."""
    if not isinstance(body, Unit):
        return ALLOWED
    people = Volunteer.objects.filter(unit=body, state__in=STAYING).count()
    teams = Team.objects.filter(unit=body, is_active=True).count()
    if people or teams:
        return Denied(f"“{body}”还有 {people} 名志愿者、{teams} 支志愿队伍，请先转移或撤销。")
    return ALLOWED


def effect(unit: Unit, target: Unit) -> str | None:
    people = Volunteer.objects.filter(unit__path__startswith=unit.path, state__in=STAYING).count()
    teams = Team.objects.filter(unit__path__startswith=unit.path, is_active=True).count()
    return f"{people} 名志愿者、{teams} 支志愿队伍随同调整。" if people or teams else None


@history.on(grid_events.UNIT_MERGED)
def after_merge(event: Event, unit: Any) -> None:
    """Volunteers and teams of a merged unit belong to the one that took it in."""
    target = unit.merged_into
    for row in Volunteer.objects.select_for_update().filter(unit=unit).order_by("pk"):
        row.unit = target
        data = {"old": unit.name, "new": target.name}
        history.record(row, events.MOVED_TO_UNIT, actor=event.actor, data=data, fields=["unit"])
    taken = set(Team.objects.active().filter(unit=target).values_list("name", flat=True))
    for team in Team.objects.select_for_update().filter(unit=unit).order_by("pk"):
        team.unit = target
        if team.is_active and team.name in taken:
            team.name = f"{team.name[:30]}（原{unit.name}）"[:40]
        data = {"summary": f"随“{unit}”并入“{target}”"}
        history.record(team, events.TEAM_CHANGED, actor=event.actor, data=data, fields=["unit", "name"])


def register() -> None:
    """Called once, from ``VolunteersConfig.ready()``."""
    guards.register("volunteers.people", may_close)
    panels.register("volunteers.people", 60, people_panel)
    panels.register_effect("volunteers.people", effect)
