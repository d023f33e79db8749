"""What a check found: numbers, the first faults for the page, all rejected rows as a workbook."""

from __future__ import annotations

import marshal
import os
import re
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import IO, Any

from common.imports.engine import Chunk
from common.imports.matching import OWN_HEADINGS
from common.imports.spec import ImportRow, ImportSpec
from common.imports.values import CellError, as_text
from common.masks import mask_text
from common.reporting.columns import local_time

MOST_SHOWN = 200
MOST_KINDS = 20
MOST_VALUE = 60
_QUOTED = re.compile("“([^“”]*)”")


@dataclass
class Tally:
    """Counts of a run. ``shown`` are the first faults as JSON, ``kinds`` how often each one occurs.

    Telephone and card numbers in them are masked: faults are kept with the batch.
    """

    spec: ImportSpec
    mapping: dict[str, int]
    total: int = 0
    valid: int = 0
    rejected: int = 0
    duplicate: int = 0
    shown: list[dict[str, Any]] = field(default_factory=list)
    kinds: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, chunk: Chunk) -> None:
        self.total += len(chunk)
        self.valid += len(chunk.new)
        self.rejected += len(chunk.rejected)
        self.duplicate += len(chunk.duplicates)
        for row in chunk.rejected:
            for name, message in row.errors:
                self._note(row, name, message)

    def _note(self, row: ImportRow, name: str, message: str) -> None:
        label, cell = self.label(name), self._cell(row, name)
        self.kinds[label, _kind(message, cell)] += 1
        if len(self.shown) < MOST_SHOWN:
            value = mask_text(cell)
            value = value if len(value) <= MOST_VALUE else value[: MOST_VALUE - 1] + "…"
            self.shown.append({"row": row.number, "column": label, "value": value, "message": _masked(message)})

    def label(self, name: str) -> str:
        return next((column.label for column in self.spec.columns if column.name == name), "")

    def _cell(self, row: ImportRow, name: str) -> str:
        place = self.mapping.get(name)
        return "" if place is None or place >= len(row.cells) else _safe(row.cells[place])

    def summary(self) -> list[dict[str, Any]]:
        return [
            {"column": column, "message": message, "count": count}
            for (column, message), count in self.kinds.most_common(MOST_KINDS)
        ]


def _kind(message: str, cell: str) -> str:
    """The fault without what was in the cell, so that alike faults are counted together."""
    return _QUOTED.sub(lambda quoted: "“…”" if quoted[1] and cell.startswith(quoted[1]) else quoted[0], message)


def _masked(message: str) -> str:
    """What is quoted in a message comes from a cell."""
    return _QUOTED.sub(lambda quoted: f"“{mask_text(quoted[1])}”", message)


def _safe(cell: Any) -> str:
    try:
        return "" if cell is None else as_text(cell)
    except CellError:
        return str(cell)


class RejectedRows:
    """Collects rejected rows on disk and writes them as a workbook that can be corrected and uploaded again."""

    def __init__(self, head: list[str], tally: Tally) -> None:
        self._head, self._tally = head, tally
        self._spool: IO[bytes] = tempfile.TemporaryFile(prefix="gridwork-import-")  # noqa: SIM115 (closed in close)
        self.count = 0

    def add(self, rows: list[ImportRow]) -> None:
        for row in rows:
            faults = "；".join(f"{self._tally.label(name)}：{text}".lstrip("：") for name, text in row.errors)
            marshal.dump((row.number, faults, [_spooled(cell) for cell in row.cells]), self._spool)
            self.count += 1

    def write(self, path: str | os.PathLike[str]) -> None:
        # Only the process that writes a workbook loads its library.
        from rustpy_xlsxwriter import Format, write_worksheet

        head = [*OWN_HEADINGS, *_unique(self._head)]
        write_worksheet(
            self._records(head),
            os.fspath(path),
            sheet_name="有误的行",
            freeze_row=1,
            header_format=Format().set_bold().set_background_color("#F2F2F2"),
            column_widths=[8, 40, *([18] * len(self._head))],
            datetime_format="yyyy-mm-dd hh:mm:ss",
        )

    def _records(self, head: list[str]) -> Iterator[dict[str, Any]]:
        self._spool.seek(0)
        width = len(self._head)
        for _ in range(self.count):
            number, faults, cells = marshal.load(self._spool)  # noqa: S302 (written above)
            shown = [_restored(cell) for cell in cells[:width]]
            yield dict(zip(head, [number, faults[:32_000], *shown, *[None] * (width - len(shown))], strict=True))

    def close(self) -> None:
        self._spool.close()


def _unique(head: list[str]) -> list[str]:
    """Headings as the keys of a record: equal ones get a number, missing ones a name."""
    seen: Counter[str] = Counter(OWN_HEADINGS)
    names = []
    for place, heading in enumerate(head, 1):
        name = heading or f"第{place}列"
        seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name}（{seen[name]}）")
    return names


def _spooled(cell: Any) -> Any:
    if isinstance(cell, datetime):
        return ("t", local_time(cell).replace(tzinfo=UTC).timestamp())
    if isinstance(cell, date):
        return ("d", cell.toordinal())
    return cell if isinstance(cell, str | int | float | bool) or cell is None else str(cell)


def _restored(cell: Any) -> Any:
    if isinstance(cell, tuple):
        return datetime.fromtimestamp(cell[1], UTC) if cell[0] == "t" else date.fromordinal(cell[1])
    if isinstance(cell, str):
        return cell[:32_000]
    return cell
