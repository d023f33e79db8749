"""A report as CSV for Excel: UTF-8 with BOM, and no cell that a spreadsheet would take for a formula."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from typing import Any, TextIO

from common.reporting.columns import Column, Rate
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
    for row in sheet.mappings():
        writer.writerow([cell for column in sheet.columns for cell in _cells(column, row.get(column.key))])
        sheet.written += 1
        if sheet.written % EVERY == 0:
            progress(sheet.written)
    progress(sheet.written)


def headings(column: Column) -> tuple[str, ...]:
    """A rate fills two columns of a file: the rate and its parts."""
    return (column.label, f"{column.label}（分子/分母）") if column.type == "rate" else (column.label,)


def _cells(column: Column, value: Any) -> tuple[str, ...]:
    if column.type == "rate":
        return (column.shown(value), f"\t{value.parts}") if isinstance(value, Rate) else (column.shown(value), "")
    if value is None or value == "":
        return ("",)
    if column.type == "integer" and not column.choices:
        return (str(int(value)),)
    if column.type == "decimal" and not column.choices:
        return (str(column.rounded(value)),)
    text = column.shown(value)
    if column.type == "id_text" and _LONG_DIGITS.match(text):
        return (f"\t{text}",)  # a tab makes it text; programs that read it strip white space
    return (_safe(text),)


def _safe(text: str) -> str:
    """Neutralised with an apostrophe, as spreadsheets themselves mark text."""
    return f"'{text}" if _FORMULA.match(text) else text
