"""A report as CSV for Excel: UTF-8 with BOM, and no cell that a spreadsheet would take for a formula."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, TextIO

from common.reporting.columns import Column, Rate, local_time
from common.reporting.report import Sheet

Progress = Callable[[int], None]
# The values of one column of some rows in, the cells of one column (two for a rate) of the file out.
Speller = Callable[[Sequence[Any]], tuple[list[str], ...]]
# What makes a spreadsheet run a cell, also in full width, also behind white space.
_FORMULA = re.compile(r"^\s*[=+\-@＝＋－＠\t\r|]")
# Digits that a spreadsheet would shorten (more than eleven) or strip of their zero.
_LONG_DIGITS = re.compile(r"^(?:0\d+|\d{12,})[\dXx]?$")
EVERY = 200
MARK = "\ufeff"  # by which Excel knows UTF-8; written here, as Python's "utf-8-sig" is slow for many short lines


def write_csv(sheet: Sheet, out: TextIO, progress: Progress = lambda done: None) -> None:
    """Write mark, head line and rows to a text file opened with ``newline=""`` and ``utf-8``.

    Some rows at a time and these column by column: one call spells two hundred cells, which halves
    the time of a long file.
    """
    out.write(MARK)
    writer = csv.writer(out)
    writer.writerow([_safe(name) for column in sheet.columns for name in headings(column)])
    keys = [column.key for column in sheet.columns]
    spellers = [_speller(column) for column in sheet.columns]
    rows = iter(sheet.rows)
    while block := [row if type(row) is tuple else _values(row, keys) for row in islice(rows, EVERY)]:
        columns = zip(spellers, zip(*block, strict=True), strict=True)
        writer.writerows(zip(*(cells for spell, values in columns for cells in spell(values)), strict=True))
        sheet.written += len(block)
        if len(block) == EVERY:
            progress(sheet.written)
    progress(sheet.written)


def _values(row: Any, keys: list[str]) -> Sequence[Any]:
    return [row.get(key) for key in keys] if isinstance(row, Mapping) else row


def headings(column: Column) -> tuple[str, ...]:
    """A rate fills two columns of a file: the rate and its parts."""
    return (column.label, f"{column.label}（分子/分母）") if column.type == "rate" else (column.label,)


def _speller(column: Column) -> Speller:
    """How the values of a column are spelt: chosen once, called for every block of rows."""
    if column.type == "rate":
        return lambda values: ([column.shown(value) for value in values], [_parts(value) for value in values])
    if column.choices:
        return _words(column)
    if column.type == "integer":
        return lambda values: ([str(value) if type(value) is int else _integer(value) for value in values],)
    if column.type == "decimal":
        return lambda values: (["" if _is_nothing(value) else str(column.rounded(value)) for value in values],)
    if column.type == "datetime":
        return lambda values: (
            [_moment(value) if type(value) is datetime else _shown(column, value) for value in values],
        )
    if column.type == "id_text":
        return lambda values: ([_digits(value) for value in values],)
    if column.type == "text":
        # Nearly every text begins with a letter, a character or a digit: it needs no closer look.
        return lambda values: (
            [value if type(value) is str and value[:1].isalnum() else _text(value) for value in values],
        )
    return lambda values: ([_shown(column, value) for value in values],)


def _words(column: Column) -> Speller:
    known = {value: _shown(column, value) for value in (None, "", *column.choices)}

    def spell(values: Sequence[Any]) -> tuple[list[str], ...]:
        return ([known[value] if value in known else _shown(column, value) for value in values],)

    return spell


def _shown(column: Column, value: Any) -> str:
    return _safe(column.shown(value))


def _is_nothing(value: Any) -> bool:
    return value is None or value == ""


def _integer(value: Any) -> str:
    return "" if _is_nothing(value) else str(int(value))


def _parts(value: Any) -> str:
    return f"\t{value.parts}" if isinstance(value, Rate) else ""


def _moment(value: datetime) -> str:
    return local_time(value).isoformat(" ", "minutes")


def _digits(value: Any) -> str:
    """A tab makes long digits text; programs that read them strip white space."""
    if value is None:
        return ""
    text = str(value)
    if text[:1].isalpha():
        return text
    return f"\t{text}" if _LONG_DIGITS.match(text) else _safe(text)


def _text(value: Any) -> str:
    return "" if value is None else _safe(value if type(value) is str else str(value))


def _safe(text: str) -> str:
    """Neutralised with an apostrophe, as spreadsheets themselves mark text."""
    if text[:1].isalnum():  # nearly all of them; far quicker than the expression
        return text
    return f"'{text}" if _FORMULA.match(text) else text
