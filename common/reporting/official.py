"""Styled workbooks for official use (domain §8), written row by row.

Title row, 填报单位 and 日期, frozen head, totals, numbers as numbers, digits that are no numbers as
text, print titles, landscape A4. The same rows with the same ``as_of`` give the same bytes.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from common.reporting.as_csv import EVERY, Progress, headings
from common.reporting.columns import EMPTY_RATE, Column, Rate, Totals, local_time
from common.reporting.report import Sheet

HEAD_ROWS = 3  # title, unit and date, headings
MOST_CHARACTERS = 32_767  # of one cell
TITLE_FONT, TEXT_FONT = "方正小标宋简体", "宋体"
A4 = 9
LINE = 15  # points
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_FORMATS: dict[str, dict[str, Any]] = {
    "text": {"text_wrap": True},
    "id_text": {"num_format": "@"},
    "integer": {"num_format": "#,##0", "align": "right"},
    "rate": {"num_format": "0.00%", "align": "right"},
    "date": {"num_format": "yyyy-mm-dd", "align": "center"},
    "datetime": {"num_format": "yyyy-mm-dd hh:mm", "align": "center"},
}


def write_official(sheet: Sheet, path: str, progress: Progress = lambda done: None) -> None:
    """Write the workbook to ``path``."""
    book = xlsxwriter.Workbook(
        path,
        {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False},
    )
    try:
        _Writer(book, sheet).write(progress)
    finally:
        book.close()


class _Writer:
    def __init__(self, book: xlsxwriter.Workbook, sheet: Sheet) -> None:
        self.book, self.sheet = book, sheet
        self.paper: Worksheet = book.add_worksheet(sheet_name(sheet.meta.title))
        self.last = sum(len(headings(column)) for column in sheet.columns) - 1
        base = {"font_name": TEXT_FONT, "font_size": 10.5, "border": 1, "valign": "vcenter"}
        self.formats = {column.key: book.add_format({**base, **_format(column)}) for column in sheet.columns}
        bold = {"bold": True, "bg_color": "#F2F2F2"}
        self.totals = {column.key: book.add_format({**base, **_format(column), **bold}) for column in sheet.columns}
        self.heading = book.add_format({**base, **bold, "align": "center", "text_wrap": True})
        self.parts = book.add_format({**base, "align": "center"})
        self.total_parts = book.add_format({**base, "align": "center", **bold})

    def write(self, progress: Progress) -> None:
        self._page()
        self._head()
        totals = Totals(self.sheet.columns)
        number = HEAD_ROWS
        for row in self.sheet.mappings():
            if self.sheet.report.in_total(row):
                totals.add(row)
            self._row(number, [row.get(column.key) for column in self.sheet.columns], self.formats, self.parts)
            number += 1
            self.sheet.written += 1
            if self.sheet.written % EVERY == 0:
                progress(self.sheet.written)
        if totals and self.sheet.written:
            self._totals(number, totals)
            number += 1
        if self.sheet.meta.note:
            self._note(number, f"注：{self.sheet.meta.note}")
        progress(self.sheet.written)

    def _page(self) -> None:
        meta, paper = self.sheet.meta, self.paper
        created = meta.as_of.astimezone(UTC).replace(tzinfo=None, microsecond=0)
        self.book.set_properties({"title": meta.title, "author": meta.unit, "created": created})
        paper.set_landscape()
        paper.set_paper(A4)
        paper.set_margins(left=0.3, right=0.3, top=0.6, bottom=0.6)
        paper.fit_to_pages(1, 0)
        paper.repeat_rows(0, HEAD_ROWS - 1)
        paper.freeze_panes(HEAD_ROWS, 1)
        paper.set_footer("&C第 &P 页，共 &N 页")
        paper.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})

    def _head(self) -> None:
        meta, paper = self.sheet.meta, self.paper
        place = 0
        for column in self.sheet.columns:
            for extra, _ in enumerate(headings(column)):
                paper.set_column(place + extra, place + extra, column.characters)
            place += len(headings(column))
        title = f"{meta.unit}{meta.period}{meta.title}"
        big = self.book.add_format({"font_name": TITLE_FONT, "font_size": 18, "align": "center", "valign": "vcenter"})
        small = self.book.add_format({"font_name": TEXT_FONT, "font_size": 10.5})
        paper.set_row(0, 32)
        self._across(0, title, big)
        self._across(1, f"填报单位：{meta.unit}　　日期：{meta.date}", small)
        names = [name for column in self.sheet.columns for name in headings(column)]
        paper.set_row(2, 30 if max(map(len, names)) > 6 else 20)
        for place, name in enumerate(names):
            paper.write_string(2, place, name, self.heading)

    def _across(self, row: int, text: str, style: Format) -> None:
        if self.last == 0:
            self.paper.write_string(row, 0, text, style)
        else:
            self.paper.merge_range(row, 0, row, self.last, text, style)

    def _note(self, number: int, text: str) -> None:
        """Below the table and as wide as it, on as many lines as it takes: a longer line would shrink the print."""
        room = sum(column.characters * len(headings(column)) for column in self.sheet.columns)
        self.paper.set_row(number, LINE * lines_of(text, room))
        style = {"font_name": TEXT_FONT, "text_wrap": True, "valign": "top"}
        self._across(number, text, self.book.add_format(style))

    def _row(self, number: int, values: list[Any], formats: dict[str, Format], parts: Format) -> None:
        place = 0
        pairs = list(zip(self.sheet.columns, values, strict=True))
        # Not every program makes a row as high as its wrapped text by itself.
        lines = max(
            (lines_of(as_text(one.shown(value)), one.characters) for one, value in pairs if one.type == "text"),
            default=1,
        )
        if lines > 1:
            self.paper.set_row(number, LINE * lines)
        for column, value in pairs:
            self._cell(number, place, column, value, formats[column.key])
            if column.type == "rate":
                self.paper.write_string(number, place + 1, value.parts if isinstance(value, Rate) else "", parts)
                place += 1
            place += 1

    def _totals(self, number: int, totals: Totals) -> None:
        values = [totals.values.get(column.key) if column.total != "none" else None for column in self.sheet.columns]
        place = 0
        for index, (column, value) in enumerate(zip(self.sheet.columns, values, strict=True)):
            if column.total == "none":
                self.paper.write_string(number, place, "合计" if index == 0 else "", self.totals[column.key])
            else:
                self._cell(number, place, column, value, self.totals[column.key])
            if column.type == "rate":
                self.paper.write_string(
                    number, place + 1, value.parts if isinstance(value, Rate) else "", self.total_parts
                )
                place += 1
            place += 1

    def _cell(self, row: int, place: int, column: Column, value: Any, style: Format) -> None:
        number = as_number(column, value)
        if number is not None:
            self.paper.write_number(row, place, number, style)
        elif isinstance(value, date) and not column.choices and column.type in ("date", "datetime"):
            self.paper.write_datetime(row, place, local_time(value) if isinstance(value, datetime) else value, style)
        elif text := as_text(column.shown(value)):
            self.paper.write_string(row, place, text, style)
        else:
            self.paper.write_blank(row, place, None, style)


def lines_of(text: str, room: int) -> int:
    """Lines that a text takes in ``room`` characters of the sheet; Chinese ones are two wide."""
    if 2 * len(text) <= room and "\n" not in text:
        return 1
    widths = (sum(2 if ord(char) > 0xFF else 1 for char in part) for part in text.split("\n"))
    return sum(1 + max(width - 1, 0) // max(room, 1) for width in widths)


def _format(column: Column) -> dict[str, Any]:
    if column.type == "decimal":
        return {"num_format": "#,##0." + "0" * column.places if column.places else "#,##0", "align": "right"}
    return _FORMATS[column.type]


def as_number(column: Column, value: Any) -> float | None:
    """What goes into the cell as a number; rates as the rounded share, so that 98.26 % is 0.9826."""
    if value is None or value == "" or column.choices:
        return None
    if column.type == "rate":
        percent = value.percent if isinstance(value, Rate) else None
        return None if percent is None else float(percent / Decimal(100))
    if column.type == "integer":
        return int(value)
    return float(column.rounded(value)) if column.type == "decimal" else None


def as_text(text: str) -> str:
    """Text that a workbook can hold: no control characters, at most 32,767 long."""
    text = _ILLEGAL.sub("", text)
    return text if len(text) <= MOST_CHARACTERS else text[: MOST_CHARACTERS - 1] + "…"


def sheet_name(title: str) -> str:
    """At most 31 characters, without those a sheet's name must not have."""
    return "".join(char for char in title if char not in "[]:*?/\\'").strip()[:31] or EMPTY_RATE
