"""Exports of the lists of units and people in posts: the rows and columns of the page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils import timezone

from common.reporting import Column, register
from common.reporting.lists import ListExport
from grid import permissions, policies
from grid.choices import Level, UnitKind
from grid.models import Unit
from grid.selectors import households_of
from grid.tables import post_title
from grid.views.lists import PostList, UnitList


def _state(unit: Unit) -> str:
    if not unit.is_active:
        return "已停用"
    if unit.level != Level.GRID:
        return "正常"
    return policies.grid_size(timezone.localdate()).fault(unit.households) or "正常"


@register
class UnitExport(ListExport):
    key, label, permission = "grid.units", "单位名册", permissions.UNIT_VIEW
    view = UnitList
    table = (
        Column("name", "名称", width=22),
        Column("level", "层级", width=12),
        Column("kind", "类型", choices=dict(UnitKind.choices), width=12),
        Column("parent", "上级", width=22),
        Column("code", "代码", "id_text"),
        Column("child_count", "下级数", "integer"),
        Column("holder_count", "在岗人数", "integer"),
        Column("households", "户数", "integer"),
        Column("state", "状态", width=26),
    )
    cells: ClassVar[Mapping[str, Callable[[Any], Any]]] = {
        "level": lambda unit: policies.level_word(unit.level),
        "parent": lambda unit: unit.parent.name if unit.parent else "",
        "state": _state,
    }

    def read(self, rows: QuerySet) -> Iterator[Unit]:
        """As the page: above the grid the sum of the grids."""
        summed = households_of(list(rows.filter(level__lt=Level.GRID)))
        for unit in super().read(rows):
            unit.households = summed.get(unit.pk, unit.households)
            yield unit


@register
class PostExport(ListExport):
    key, label, permission = "grid.posts", "岗位人员名册", permissions.UNIT_VIEW
    view = PostList
    table = (
        Column("name", "姓名", width=12),
        Column("post", "岗位", width=14),
        Column("seat", "席位", "integer"),
        Column("unit", "单位", width=22),
        Column("parent", "上级", width=22),
        Column("first_day", "任职日期", "date"),
        Column("last_day", "免职日期", "date"),
    )
    cells: ClassVar[Mapping[str, Callable[[Any], Any]]] = {
        "post": post_title,
        "unit": lambda row: row.unit.name,
        "parent": lambda row: row.unit.parent.name if row.unit.parent else "",
    }
