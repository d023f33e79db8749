"""A table as the importer sees it: where its head is, and its rows with their numbers."""

from __future__ import annotations

import contextlib
import marshal
import subprocess
import sys
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain, islice
from pathlib import Path
from typing import Any

from common.sheets import child, text
from common.sheets.kinds import SAVE_AS, UnreadableFile, kind_of

MOST_ROWS = 200_000
MOST_COLUMNS = 200
HEAD_WITHIN = 20  # the headings stand in one of the first rows that are not empty
WAIT_SECONDS = 180

Row = tuple[int, list[Any]]
_SENTENCES = {
    child.PASSWORD: "文件设有密码，系统无法打开。请去掉密码后重新上传。",
    child.EMPTY: "文件里没有可读的数据：第一张工作表是空的或被隐藏。",
    child.TOO_LONG: f"数据超过 {MOST_ROWS:,} 行，请分成几个文件上传。",
}
_BROKEN = f"文件已损坏或过于复杂，无法读取。{SAVE_AS}"


@dataclass
class Table:
    """``head`` are the headings, ``head_row`` their row number; ``rows`` can be read once.

    ``height`` is about how many rows there will be, for a progress bar.
    """

    head: list[str]
    head_row: int
    rows: Iterator[Row]
    sheet: str
    height: int


@contextlib.contextmanager
def open_table(path: str | Path, looks_like_head: Callable[[Sequence[str]], int] | None = None) -> Iterator[Table]:
    """Open an uploaded file. Raises :class:`UnreadableFile`, also while the rows are read.

    ``looks_like_head(cells)`` says how many of the cells are known headings; the row with most of them
    is the head, else the first row with two cells that are not empty.
    """
    with contextlib.closing(_workbook(path) if kind_of(path) == "workbook" else _text(path)) as source:
        height, (sheet,) = next(source)
        filled = (row for row in source if any(cell not in ("", None) for cell in row[1]))
        first = list(islice(filled, HEAD_WITHIN))
        if not first:
            raise UnreadableFile(_SENTENCES[child.EMPTY])
        place = _head_place(first, looks_like_head)
        number, cells = first[place]
        if len(cells) > MOST_COLUMNS and any(cells[MOST_COLUMNS:]):
            raise UnreadableFile(f"表格超过 {MOST_COLUMNS} 列，请只保留需要导入的列。")
        head = [heading(cell) for cell in cells[:MOST_COLUMNS]]
        yield Table(head, number, _limited(chain(first[place + 1 :], filled)), sheet, height)


def heading(cell: Any) -> str:
    return " ".join(str(cell if cell is not None else "").split())


def _head_place(first: list[Row], looks_like_head: Callable[[Sequence[str]], int] | None) -> int:
    if looks_like_head is not None:
        scores = [looks_like_head([heading(cell) for cell in cells]) for _, cells in first]
        if max(scores) > 0:
            return scores.index(max(scores))
    for place, (_, cells) in enumerate(first):
        # A title merged over the whole width repeats one text: no head.
        if len({heading(cell) for cell in cells if cell not in ("", None)}) > 1:
            return place
    return 0


def _limited(rows: Iterator[Row]) -> Iterator[Row]:
    for count, row in enumerate(rows, 1):
        if count > MOST_ROWS:
            raise UnreadableFile(_SENTENCES[child.TOO_LONG])
        yield row


def _text(path: str | Path) -> Generator[Row, None, None]:
    yield text.lines(path), [""]
    yield from text.rows(path)


def _workbook(path: str | Path) -> Generator[Row, None, None]:
    """Rows from the reading process; the first item carries the name of the sheet."""
    process = subprocess.Popen(
        [sys.executable, "-P", child.__file__, str(path), str(MOST_ROWS)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
    )
    assert process.stdout is not None
    try:
        try:
            name, height = marshal.load(process.stdout)  # noqa: S302 (our own process writes it)
            yield height, [name]
            while batch := marshal.load(process.stdout):  # noqa: S302
                for number, values in batch:
                    yield number, [_dated(value) if type(value) is tuple else value for value in values]
        except (EOFError, ValueError, TypeError):
            raise UnreadableFile(_SENTENCES.get(process.wait(WAIT_SECONDS), _BROKEN)) from None
    finally:
        process.stdout.close()
        process.kill()
        process.wait()


def _dated(parts: tuple[int, ...]) -> date | datetime:
    """Dates of a workbook have no zone: they are the office's wall clock."""
    return date(*parts) if len(parts) == 3 else datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001
