"""The process that reads one workbook: ``child.py FILE MOST_ROWS``. Standard library and calamine only.

It writes ``marshal`` objects: first ``(name of the sheet, number of rows)``, then lists of ``(row number, values)``. Dates
are tuples of their parts. Exit codes say what is wrong with the file.
"""

from __future__ import annotations

import datetime
import marshal
import resource
import sys
from collections.abc import Iterable, Iterator
from typing import Any

MEMORY_BYTES = 1 << 30
CPU_SECONDS = 120
BATCH = 500
MOST_CELLS = 20_000_000
MOST_MERGED = 500  # columns that one merged cell may fill
PASSWORD, BROKEN, EMPTY, TOO_LONG = 3, 4, 5, 6


def main(path: str, most_rows: int) -> int:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    import python_calamine

    try:
        book = python_calamine.CalamineWorkbook.from_path(path)
        sheet = _first_sheet(python_calamine, book)
    except python_calamine.PasswordError:
        return PASSWORD
    except Exception as error:
        return PASSWORD if "password" in str(error).lower() or "encrypt" in str(error).lower() else BROKEN
    if sheet is None:
        return EMPTY
    if sheet.total_height > most_rows:
        return TOO_LONG
    out = sys.stdout.buffer
    marshal.dump((sheet.name, sheet.total_height), out)
    batch: list[tuple[int, list[Any]]] = []
    for number, values in _rows(sheet):
        batch.append((number, [_plain(value) for value in values]))
        if len(batch) == BATCH:
            marshal.dump(batch, out)
            batch = []
    marshal.dump(batch, out)
    marshal.dump([], out)
    out.flush()
    return 0


def _first_sheet(calamine: Any, book: Any) -> Any:
    """The first visible sheet that holds anything."""
    for about in book.sheets_metadata:
        if about.visible != calamine.SheetVisibleEnum.Visible or about.typ != calamine.SheetTypeEnum.WorkSheet:
            continue
        sheet = book.get_sheet_by_name(about.name)
        if sheet.height and sheet.total_height * sheet.total_width <= MOST_CELLS:
            return sheet
    return None


def _rows(sheet: Any) -> Iterator[tuple[int, list[Any]]]:
    """Rows with their number in the sheet; cells that were merged all hold the value."""
    top, left = sheet.start or (0, 0)
    merged = _merged(sheet.merged_cell_ranges or (), left)
    held: dict[int, tuple[int, Any]] = {}  # column: (last row, value)
    for number, row in enumerate(sheet.iter_rows()):
        if number < top:
            continue
        for start, width, last in merged.get(number, ()):
            value = row[start] if start < len(row) else ""
            held.update((column, (last, value)) for column in range(start, start + width))
        for column, (last, value) in list(held.items()):
            if number > last:
                del held[column]
            elif column < len(row):
                row[column] = value
        yield number + 1, row


def _merged(
    ranges: Iterable[tuple[tuple[int, int], tuple[int, int]]], left: int
) -> dict[int, list[tuple[int, int, int]]]:
    """By first row: (first column, number of columns, last row); columns count from ``left``."""
    found: dict[int, list[tuple[int, int, int]]] = {}
    for (top, start), (bottom, right) in ranges:
        if start >= left:
            found.setdefault(top, []).append((start - left, min(right - start + 1, MOST_MERGED), bottom))
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, str | int | float | bool) or value is None:
        return value
    if isinstance(value, datetime.datetime):
        return value.year, value.month, value.day, value.hour, value.minute, value.second
    if isinstance(value, datetime.date):
        return value.year, value.month, value.day
    if isinstance(value, datetime.timedelta):
        return value.total_seconds() / 86400
    return value.isoformat()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2])))
