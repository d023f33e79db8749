"""Doors of building groups, and the household numbers that follow from them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Count, Sum

from common import events as history
from common.errors import Invalid
from grid import events, permissions
from grid.choices import Level
from grid.models import Household, Unit
from grid.services.tree import changes_tree, locked, require_over

DOOR_LENGTH = 30
MAX_HOUSEHOLDS = 1_000_000


@changes_tree
def households_add(*, unit: Unit, actor: Any, doors: Iterable[str]) -> int:
    """Add doors to a building group; those it has already are skipped. The number added.

    The building's household number becomes the number of its doors, and the grid's the sum of its
    buildings once all of them have doors: a number that follows from rows is not typed in.
    """
    unit = locked([unit.pk])[unit.pk]
    require_over(actor, unit, permissions.HOUSEHOLD_MANAGE)
    if unit.level != Level.BUILDING_GROUP:
        raise Invalid("门牌只能录在楼栋一级。", "doors")
    if not unit.is_active:
        raise Invalid(f"“{unit}”已经停用。", "doors")
    wanted = list(dict.fromkeys(_door(text) for text in doors))
    known = set(unit.doors.filter(door__in=wanted).values_list("door", flat=True))
    new = [Household(unit=unit, door=door) for door in wanted if door not in known]
    Household.objects.bulk_create(new)
    if new:
        recount([unit], actor=actor)
    return len(new)


@changes_tree
def households_report(*, unit: Unit, actor: Any, households: int) -> Unit:
    """Write down the number of households of a unit as reported. Nothing changed: no event.

    Raises ``Invalid`` for a building group with doors: its number follows from them.
    """
    unit = locked([unit.pk])[unit.pk]
    require_over(actor, unit, permissions.HOUSEHOLD_MANAGE)
    check_number(unit, households)
    _set(unit, households, "按上报数", actor)
    return unit


def check_number(unit: Unit, households: int) -> None:
    if not 0 <= households <= MAX_HOUSEHOLDS:
        raise Invalid(f"户数应在 0 至 {MAX_HOUSEHOLDS} 之间。", "households")
    if unit.pk is not None and unit.households != households and unit.doors.exists():
        raise Invalid(f"“{unit}”已录入门牌，户数按门牌数自动计算，请增减门牌。", "households")


def recount(buildings: Iterable[Unit], *, actor: Any) -> None:
    """Bring household numbers of buildings, and of their grids, in line with the doors.

    The caller holds the tree's lock and has locked the buildings.
    """
    keys = [unit.pk for unit in buildings]
    counted = dict(Household.objects.filter(unit__in=keys).values_list("unit").annotate(n=Count("pk")).order_by())
    changed = Unit.objects.select_for_update(of=("self",)).filter(pk__in=keys).order_by("path")
    parents = {unit.parent_id or 0 for unit in changed if _set(unit, counted.get(unit.pk, 0), "按门牌数", actor)}
    grids = Unit.objects.select_for_update(of=("self",)).filter(pk__in=parents, level=Level.GRID).order_by("path")
    for grid in grids:
        buildings = grid.children.filter(is_active=True)
        if not buildings.filter(doors=None).exists():
            _set(grid, buildings.aggregate(n=Sum("households"))["n"] or 0, "按各楼栋合计", actor)


def _set(unit: Unit, number: int, how: str, actor: Any) -> bool:
    if unit.households == number:
        return False
    summary = f"户数由“{unit.households}”改为“{number}”（{how}）"
    unit.households = number
    history.record(unit, events.UNIT_CHANGED, actor=actor, data={"summary": summary}, fields=["households"])
    return True


def _door(text: str) -> str:
    door = "".join(text.replace("\x00", "").split())
    if not door:
        raise Invalid("门牌不能为空。", "doors")
    if len(door) > DOOR_LENGTH:
        raise Invalid(f"门牌“{door[:20]}…”超过 {DOOR_LENGTH} 字。", "doors")
    return door
