"""Questions about the hierarchy that more than one place asks."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet

from common.errors import PlainError
from grid.choices import Level
from grid.models import Department, Unit


@dataclass(frozen=True)
class Ancestry:
    """Keys of the street, community and grid a unit belongs to; ``None`` above its own level."""

    street_id: int | None
    community_id: int | None
    grid_id: int | None


def district() -> Unit:
    """The root of the tree; ``PlainError`` when no geography has been imported yet."""
    root = Unit.objects.filter(level=Level.DISTRICT).first()
    if root is None:
        raise PlainError("还没有导入行政区划，请系统管理员先执行 manage.py import_geography。")
    return root


def ancestry(unit: Unit) -> Ancestry:
    """Where a unit belongs: what a ticket freezes at intake. One query."""
    ids = dict(Unit.objects.filter(code__in=unit.path_codes).values_list("level", "id"))
    return Ancestry(ids.get(Level.STREET), ids.get(Level.COMMUNITY), ids.get(Level.GRID))


def ancestors(unit: Unit) -> list[Unit]:
    """From the district down to the unit itself."""
    return list(Unit.objects.filter(code__in=unit.path_codes).order_by("level"))


def units_at(level: int) -> QuerySet[Unit]:
    return Unit.objects.filter(level=level, is_active=True).order_by("path")


def departments() -> QuerySet[Department]:
    return Department.objects.active()
