"""A report as CSV for Excel: UTF-8 with BOM, and no cell that a spreadsheet would take for a formula."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TextIO

from common.reporting.columns import Column, Rate, local_time
from common.reporting.report import Sheet

Progress = Callable[[int], None]
# What makes a spreadsheet run a cell, also in full width, also behind white space.
_FORMULA = re.compile(r"^\s*[=+\-@＝＋－＠\t\r|]")
# Digits that a spreadsheet would shorten (more than eleven) or strip of their zero.
_LONG_DIGITS = re.compile(r"^(?:0\d+|\d{12,})[\dXx]?$")
EVERY = 500


def write_csv(sheet: Sheet, out: TextIO, progress: Progress = lambda done: None) -> None:
    """Write head line and rows to a text file opened with ``newline=""`` and ``utf-8-sig``."""
    writer = csv.writer(out)
    writer.writerow([_safe(name) for column in sheet.columns for name in headings(column)])
    keys = [column.key for column in sheet.columns]
    spellers = [_speller(column) for column in sheet.columns]
    rates = [place for place, column in enumerate(sheet.columns) if column.type == "rate"]
    for row in sheet.rows:
        values = [row.get(key) for key in keys] if isinstance(row, Mapping) else row
        cells = [spell(value) for spell, value in zip(spellers, values, strict=True)]
        for place in reversed(rates):
            rate = values[place]
            cells.insert(place + 1, f"\t{rate.parts}" if isinstance(rate, Rate) else "")
        writer.writerow(cells)
        sheet.written += 1
        if sheet.written % EVERY == 0:
            progress(sheet.written)
    progress(sheet.written)


def headings(column: Column) -> tuple[str, ...]:
    """A rate fills two columns of a file: the rate and its parts."""
    return (column.label, f"{column.label}（分子/分母）") if column.type == "rate" else (column.label,)


def _speller(column: Column) -> Callable[[Any], str]:
    """How the values of a column are spelt: chosen once, called for every row."""
    if column.choices:
        return lambda value: _safe(column.shown(value))
    if column.type == "rate":
        return column.shown
    if column.type == "integer":
        return lambda value: "" if value is None or value == "" else str(int(value))
    if column.type == "decimal":
        return lambda value: "" if value is None or value == "" else str(column.rounded(value))
    if column.type == "datetime":
        return lambda value: _moment(value) if isinstance(value, datetime) else _safe(column.shown(value))
    if column.type == "id_text":
        return _digits
    return _text if column.type == "text" else lambda value: _safe(column.shown(value))


def _moment(value: datetime) -> str:
    return local_time(value).isoformat(" ", "minutes")


def _digits(value: Any) -> str:
    """A tab makes long digits text; programs that read them strip white space."""
    if value is None:
        return ""
    text = str(value)
    return f"\t{text}" if _LONG_DIGITS.match(text) else _safe(text)


def _text(value: Any) -> str:
    return "" if value is None else _safe(value if type(value) is str else str(value))


def _safe(text: str) -> str:
    """Neutralised with an apostrophe, as spreadsheets themselves mark text."""
    if text[:1].isalnum():  # nearly all of them; far quicker than the expression
        return text
    return f"'{text}" if _FORMULA.match(text) else text
