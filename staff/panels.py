"""What the roster shows on the page of a unit, and what happens to it when units change."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils import timezone
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
from staff import permissions
from staff.models import Residents, Worker
from staff.selectors import roster as selectors
from staff.selectors.funds import balance_below
from staff.services.fund_years import funds_follow
from staff.services.roster_units import unit_merged
from staff.tables.roster import who

SHOWN = 12


def people_panel(user: Any, unit: Unit) -> Panel | None:
    """The people of the unit, and how many there are below; nothing for those who may not see the roster."""
    if unit.level > Level.GRID or not scope_of(user).may(permissions.VIEW):
        return None
    place = {Level.STREET: "street", Level.COMMUNITY: "community"}.get(Level(unit.level))
    where = f"?{urlencode({place: unit.pk})}" if place else ""
    manages = unit.is_active and covers(scope_of(user).holding(permissions.MANAGE), unit)
    context = {
        "figures": selectors.figures_below(unit, user),
        "people": [(who(row), row) for row in selectors.people_of(unit, user)[:SHOWN]],
        "list_url": f"{reverse('staff:workers')}{where}",
        "residents": Residents.objects.visible_to(user).filter(unit=unit).order_by("-counted_on").first(),
        "may_add": manages and unit.level >= Level.STREET,
        "may_count": manages and unit.level in (Level.STREET, Level.COMMUNITY),
    }
    return Panel("社区工作者", "staff/roster/unit_panel.html", context, icon="id-badge")


def may_close(body: Any) -> Decision:
    """A unit with people stays until they have been moved."""
    if not isinstance(body, Unit):
        return ALLOWED
    people = Worker.objects.active().filter(unit=body).count()
    return Denied(f"“{body}”还有 {people} 名社区工作者，请先办理任职变动。") if people else ALLOWED


def effect(unit: Unit, target: Unit) -> str | None:
    people = Worker.objects.active().below(unit).count()
    return f"{people} 名社区工作者随同调整。" if people else None


def funds_effect(unit: Unit, target: Unit) -> str | None:
    left = balance_below(unit)
    return f"社区经费余额 {left:,} 元随同调整。" if left else None


def funds_may_close(body: Any) -> Decision:
    """A unit with money stays until it is spent, carried over or given back."""
    left = balance_below(body) if isinstance(body, Unit) else 0
    return Denied(f"“{body}”还有社区经费余额 {left:,} 元，请先结清或并入其他单位。") if left else ALLOWED


@history.on(grid_events.UNIT_MERGED)
def after_merge(event: Event, unit: Any) -> None:
    unit_merged(unit=unit, target=unit.merged_into, actor=event.actor, today=timezone.localdate(event.at))
    funds_follow(unit=unit, target=unit.merged_into, actor=event.actor)


def register() -> None:
    """Called once, from ``StaffConfig.ready()``."""
    guards.register("staff.people", may_close)
    guards.register("staff.funds", funds_may_close)
    panels.register("staff.people", 70, people_panel)
    panels.register_effect("staff.people", effect)
    panels.register_effect("staff.funds", funds_effect)
