"""What tickets show on the page of a unit, and what a move of the unit means for them."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.http import urlencode

from common.decisions import ALLOWED, Decision, Denied
from common.masks import mask_text
from common.navigation import capped, shown
from common.scope import scope_of
from grid import guards, panels
from grid.bodies import Body
from grid.choices import Level
from grid.models import Unit
from grid.panels import Panel
from petitions import permissions, selectors
from petitions.choices import OPEN_STATES, STATE_COLOURS, AssignmentRole, State
from petitions.models import Assignment, Category, Petition
from petitions.querysets import PLACE_COLUMN

SHOWN = 5


def open_tickets(user: Any, unit: Unit) -> Panel | None:
    """The open tickets of a unit whose limits come first, and how many there are."""
    if not scope_of(user).may(permissions.VIEW):
        return None
    rows = selectors.for_lists(Petition.objects.visible_to(user).open())
    column = PLACE_COLUMN.get(Level(unit.level))
    if column:
        rows = rows.filter(**{column: unit})
    first = [
        {"ticket": row, "title": mask_text(row.title), "colour": STATE_COLOURS[State(row.state)]}
        for row in rows.in_worklist_order()[:SHOWN]
    ]
    query = urlencode([("unit", unit.pk), *(("state", state.value) for state in OPEN_STATES)])
    context = {"rows": first, "count": shown(capped(rows)), "url": f"{reverse('petitions:list')}?{query}"}
    return Panel("未办结工单", "petitions/unit_panel.html", context, icon="clipboard-list")


def tickets_that_follow(unit: Unit, target: Unit) -> str | None:
    """A line of the preview of a move or merge (petitions.handlers does it)."""
    count = capped(Petition.objects.open().filter(unit__path__startswith=unit.path))
    return f"{shown(count)} 件未办结工单随同调整，已办结的留在原来的单位。" if count else None


def may_close(body: Body) -> Decision:
    """A unit or department stays open while tickets lie with it, or while new ones would go to it."""
    is_unit = isinstance(body, Unit)
    given = Q(unit=body) if is_unit else Q(department=body)
    helping = Assignment._base_manager.filter(given, ended_at=None, role=AssignmentRole.CO_HANDLER, replied_at=None)
    place = Q(unit=body) | Q(lead_unit=body) if is_unit else Q(lead_department=body.pk)
    count = capped(Petition.objects.open().filter(place | Q(pk__in=helping.values("petition"))))
    if count:
        return Denied(f"“{body}”还有 {shown(count)} 件未办结工单，请先办结或转给别的单位。")
    if is_unit:
        return ALLOWED
    names = list(Category.objects.active().filter(lead_department=body.pk).values_list("name", flat=True)[:3])
    if names:
        return Denied(f"诉求分类“{'”“'.join(names)}”等由“{body}”主办，请先在诉求分类中改为别的部门。")
    return ALLOWED


def register() -> None:
    """Called once, from ``PetitionsConfig.ready()``."""
    guards.register("petitions.open", may_close)
    panels.register("petitions.open", 20, open_tickets)
    panels.register_effect("petitions.open", tickets_that_follow)
