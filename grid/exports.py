"""Exports of the lists of units and people in posts: the rows and columns of the page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils import timezone

from common.pages import ScopedListView
from common.reporting import Column, Report, register
from grid import permissions, policies
from grid.choices import Level, UnitKind
from grid.models import Unit
from grid.selectors import households_of
from grid.tables import post_title
from grid.views.lists import PostList, UnitList

CHUNK = 2000


class ListExport(Report):
    """One list page as a workbook, through the scope its reader has when the job runs.

    ``cells`` gives the value of each column from a row; the keys are those of the page's table.
    """

    style = "official"
    view: ClassVar[type[ScopedListView]]
    table: ClassVar[tuple[Column, ...]]
    cells: ClassVar[Mapping[str, Callable[[Any], Any]]]

    def columns(self, params: Any) -> list[Column]:
        wanted = params.get("columns", ())
        shown = [column for column in self.table if column.key in wanted]
        return shown or list(self.table)

    def listed(self, user: Any, params: Any) -> QuerySet:
        return self.view.shown_to(user, QueryDict(params.get("query", "")))

    def rows(self, user: Any, params: Any) -> Iterator[dict[str, Any]]:
        keys = [column.key for column in self.columns(params)]
        for row in self.listed(user, params).iterator(CHUNK):
            yield {key: self.cells[key](row) for key in keys}

    def count(self, user: Any, params: Any) -> int:
        return self.listed(user, params).order_by().count()


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
        "name": lambda unit: unit.name,
        "level": lambda unit: policies.level_word(unit.level),
        "kind": lambda unit: unit.kind,
        "parent": lambda unit: unit.parent.name if unit.parent else "",
        "code": lambda unit: unit.code,
        "child_count": lambda unit: unit.child_count,
        "holder_count": lambda unit: unit.holder_count,
        "households": lambda unit: unit.households,
        "state": _state,
    }

    def rows(self, user: Any, params: Any) -> Iterator[dict[str, Any]]:
        """As the page: above the grid the sum of the grids."""
        keys = [column.key for column in self.columns(params)]
        above = list(self.listed(user, params).filter(level__lt=Level.GRID))
        summed = households_of(above)
        for unit in self.listed(user, params).iterator(CHUNK):
            unit.households = summed.get(unit.pk, unit.households)
            yield {key: self.cells[key](unit) for key in keys}


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
        "name": lambda row: row.name,
        "post": post_title,
        "seat": lambda row: row.seat,
        "unit": lambda row: row.unit.name,
        "parent": lambda row: row.unit.parent.name if row.unit.parent else "",
        "first_day": lambda row: row.first_day,
        "last_day": lambda row: row.last_day,
    }
