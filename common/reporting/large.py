"""Plain workbooks of any length: the work per row is one dictionary and its conversions.

``rustpy-xlsxwriter`` writes row by row in constant memory. Every text is an inline string, so a cell
that starts with ``=`` stays text.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import chain
from operator import itemgetter
from typing import Any

from rustpy_xlsxwriter import Format, write_worksheet

from common.errors import PlainError
from common.reporting.as_csv import EVERY, Progress, headings
from common.reporting.columns import EAST_8, EMPTY_RATE, Column, Rate, local_time
from common.reporting.official import A4, MOST_CHARACTERS, as_number, as_text, sheet_name
from common.reporting.report import Sheet

MOST_ROWS = 1_048_575
CORE = "docProps/core.xml"
_NUMBER_FORMATS = {"rate": "0.00%", "date": "yyyy-mm-dd", "datetime": "yyyy-mm-dd hh:mm", "integer": "0"}
Convert = Callable[[Any], Any]


def write_large(sheet: Sheet, path: str, progress: Progress = lambda done: None) -> None:
    """Write the workbook to ``path``; raises ``PlainError`` for more rows than a sheet can hold."""
    names = [name for column in sheet.columns for name in headings(column)]
    records = _records(sheet, names, progress)
    # Without a row the writer leaves out the headings: an empty list still says what it lists.
    first = next(records, None) or dict.fromkeys(names)
    write_worksheet(
        chain((first,), records),
        path,
        sheet_name=sheet_name(sheet.meta.title),
        freeze_row=1,
        autofilter=True,
        header_format=Format().set_bold().set_background_color("#F2F2F2"),
        column_widths=[column.characters for column in sheet.columns for _ in headings(column)],
        column_formats={
            name: _format(column, place)
            for column in sheet.columns
            for place, name in enumerate(headings(column))
            if _format(column, place)
        },
        page_setup={"landscape": True, "paper_size": A4, "repeat_rows": (0, 0), "fit_to_pages": (1, 0)},
        ignore_errors=[column.label for column in sheet.columns if column.type == "id_text"],
    )
    _stamp(path, sheet.meta.as_of)


def _format(column: Column, place: int) -> Any:
    if place or column.choices:
        return None
    if column.type == "decimal":
        return Format().set_num_format("0." + "0" * column.places if column.places else "0")
    number_format = _NUMBER_FORMATS.get(column.type)
    return Format().set_num_format(number_format) if number_format else None


def _records(sheet: Sheet, names: list[str], progress: Progress) -> Iterator[dict[str, Any]]:
    """One dictionary a row, in the order of the columns; only columns that need it are converted."""
    conversions = list(_conversions(sheet.columns))
    rates = [column for column in sheet.columns if column.type == "rate"]
    pick = _picker(sheet.columns)
    labels = names if not rates else [column.label for column in sheet.columns]
    written = 0
    for row in sheet.rows:
        record = dict(zip(labels, pick(row) if isinstance(row, dict) else row))  # noqa: B905 (a check costs time)
        for label, convert in conversions:
            record[label] = convert(record[label])
        if rates:
            record = _with_parts(record, rates, names)
        written += 1
        if written % EVERY == 0:
            sheet.written = written
            progress(written)
            if written >= MOST_ROWS:
                raise PlainError("超过了一张工作表能放下的 1,048,575 行，请缩小范围后分几次导出，或改用 CSV。")
        yield record
    sheet.written = written
    progress(written)


def _picker(columns: list[Column]) -> Callable[[Any], Any]:
    keys = [column.key for column in columns]
    if len(keys) == 1:
        return lambda row: (row[keys[0]],)
    return itemgetter(*keys)


def _conversions(columns: list[Column]) -> Iterator[tuple[str, Convert]]:
    for column in columns:
        if column.choices:
            yield column.label, _words(column.choices)
        elif column.type in ("date", "datetime"):
            yield column.label, _wall_clock
        elif column.type == "decimal":
            yield column.label, _number(column)
        elif column.type == "text":
            yield column.label, _text
        elif column.type == "id_text":
            yield column.label, _digits


def _words(choices: Mapping[Any, str]) -> Convert:
    def convert(value: Any) -> Any:
        return choices.get(value, value)

    return convert


def _number(column: Column) -> Convert:
    def convert(value: Any) -> Any:
        return as_number(column, value)

    return convert


def _wall_clock(value: Any) -> Any:
    if isinstance(value, datetime):
        # The writer takes the clock as it stands and ignores the zone.
        return value + EAST_8 if value.tzinfo is UTC and value.year > 1991 else local_time(value)
    return value


def _text(value: Any) -> Any:
    if value is None:
        return None
    text = value if type(value) is str else str(value)
    return text if len(text) <= MOST_CHARACTERS else as_text(text)  # control characters the writer escapes


def _digits(value: Any) -> Any:
    return value if value is None or type(value) is str else str(value)


def _with_parts(record: dict[str, Any], rates: list[Column], names: list[str]) -> dict[str, Any]:
    """Rates as numbers with their parts in the next column."""
    for column in rates:
        value = record[column.label]
        number = as_number(column, value)
        record[column.label] = EMPTY_RATE if number is None else number
        record[headings(column)[1]] = value.parts if isinstance(value, Rate) else None
    return {name: record[name] for name in names}


def _stamp(path: str, as_of: datetime) -> None:
    """Put ``as_of`` where the writer put the time of writing, so that equal rows give equal bytes.

    Properties are the last small parts of the file: they are cut off and written again; the sheet
    is not touched.
    """
    moment = as_of.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as book:
        entries = book.infolist()
        first = next(index for index, entry in enumerate(entries) if entry.filename == CORE)
        tail = {entry.filename: book.read(entry) for entry in entries[first:]}
        core = tail[CORE].decode()
        begin, end = core.index("<dcterms:created"), core.index("</cp:coreProperties>")
        dates = "".join(
            f'<dcterms:{name} xsi:type="dcterms:W3CDTF">{moment}</dcterms:{name}>' for name in ("created", "modified")
        )
        tail[CORE] = (core[:begin] + dates + core[end:]).encode()
        _cut(book, first)
        for name, content in tail.items():
            book.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)


def _cut(book: zipfile.ZipFile, first: int) -> None:
    """Forget the entries from ``first`` on: what is written next takes their place."""
    entries = book.filelist[first:]
    del book.filelist[first:]
    for entry in entries:
        del book.NameToInfo[entry.filename]
    book.start_dir = entries[0].header_offset
