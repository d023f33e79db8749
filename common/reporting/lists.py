"""A list page as a report: the rows and columns that are shown, through the scope its reader has when the job runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import QueryDict

from common.pages.lists import ScopedListView
from common.reporting.columns import Column
from common.reporting.report import Report

CHUNK = 2000


class ListExport(Report):
    """``view`` is the page; ``table`` are all columns it can show, under the keys of the page's table.

    ``cells`` gives the value of a column from a row; a column without one is the row's attribute of that name.
    """

    view: ClassVar[type[ScopedListView]]
    table: ClassVar[tuple[Column, ...]]
    cells: ClassVar[Mapping[str, Callable[[Any], Any]]] = {}

    def columns(self, params: Any) -> list[Column]:
        wanted = params.get("columns", ())
        shown = [column for column in self.table if column.key in wanted]
        return shown or list(self.table)

    def listed(self, user: Any, params: Any) -> QuerySet:
        return self.view.shown_to(user, QueryDict(params.get("query", "")))

    def read(self, rows: QuerySet) -> Iterator[Any]:
        """Hook: the rows from a server-side cursor, with what the cells need besides."""
        return rows.iterator(CHUNK)

    def rows(self, user: Any, params: Any) -> Iterator[dict[str, Any]]:
        keys = [column.key for column in self.columns(params)]
        for row in self.read(self.listed(user, params)):
            yield {key: self.cells[key](row) if key in self.cells else getattr(row, key) for key in keys}

    def count(self, user: Any, params: Any) -> int:
        return self.listed(user, params).order_by().count()
