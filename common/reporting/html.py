"""A report as a table on a page: ``templates/common/reporting/table.html`` shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from common.reporting.columns import Column, Rate, Totals
from common.reporting.report import Meta, Row, Sheet

MOST_ROWS = 2000  # of one page; a file has them all


@dataclass(frozen=True)
class Cell:
    """``parts`` is what a rate was made of; ``url`` leads to the rows behind the number."""

    text: str
    numeric: bool
    parts: str = ""
    url: str = ""


@dataclass(frozen=True)
class Table:
    meta: Meta
    columns: list[Column]
    rows: list[list[Cell]]
    totals: list[Cell]
    cut: bool


def as_table(sheet: Sheet, most: int = MOST_ROWS) -> Table:
    """The first ``most`` rows, and the totals of all of them; ``cut`` when there are more."""
    totals, cut = Totals(sheet.columns), False
    shown: list[list[Cell]] = []
    for row in sheet.mappings():
        if sheet.report.in_total(row):
            totals.add(row)
        if len(shown) < most:
            shown.append([_cell(sheet, column, row) for column in sheet.columns])
        else:
            cut = True
        sheet.written += 1
    last = [_total(sheet, column, totals.values, number) for number, column in enumerate(sheet.columns)]
    return Table(sheet.meta, sheet.columns, shown, last if totals and shown else [], cut)


def _cell(sheet: Sheet, column: Column, row: Row) -> Cell:
    value = row.get(column.key)
    url = sheet.report.link(row, column, sheet.params) or ""
    return Cell(column.shown(value), column.is_numeric, _parts(value), url)


def _total(sheet: Sheet, column: Column, totals: Mapping[str, Any], number: int) -> Cell:
    if column.total == "none":
        return Cell("合计" if number == 0 else "", column.is_numeric)
    value = totals.get(column.key)
    url = sheet.report.link(None, column, sheet.params) or ""
    return Cell(column.shown(value), column.is_numeric, _parts(value), url)


def _parts(value: Any) -> str:
    return value.parts if isinstance(value, Rate) else ""
