"""Rows of a file, parsed, checked and told apart from those that are already in."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.conf import settings

from common.imports.matching import Mapped
from common.imports.spec import CellError, ImportColumn, ImportContext, ImportRow, ImportSpec
from common.imports.values import is_empty
from common.models.imports import ImportedRow
from common.sheets import Row

BATCH = 4000
KEY_BYTES = 16
_MISSING = "不能为空。"


@dataclass
class Chunk:
    """Some thousand rows at most: to be imported, rejected, and already known (in the system or above)."""

    new: list[ImportRow]
    rejected: list[ImportRow]
    duplicates: list[ImportRow]

    def __len__(self) -> int:
        return len(self.new) + len(self.rejected) + len(self.duplicates)


def checked(spec: ImportSpec, rows: Iterable[Row], mapping: Mapped, context: ImportContext) -> Iterator[Chunk]:
    """All rows of a file in chunks, in order. Queries: those of the spec and one per chunk."""
    spec.prepare(context)
    plan = [(column, mapping[column.name]) for column in spec.columns if column.name in mapping]
    absent = {column.name: column.default for column in spec.columns if column.name not in mapping}
    seen: set[bytes] = set()
    source = iter(rows)
    while part := list(islice(source, BATCH)):
        yield _check(spec, [_parsed(number, cells, plan, absent) for number, cells in part], context, seen)


def _parsed(
    number: int, cells: list[Any], plan: list[tuple[ImportColumn, int]], absent: Mapping[str, Any]
) -> ImportRow:
    row = ImportRow(number, cells, dict(absent))
    for column, place in plan:
        row.values[column.name] = _value(row, column, cells[place] if place < len(cells) else None)
    return row


def _value(row: ImportRow, column: ImportColumn, cell: Any) -> Any:
    if cell == "" or is_empty(cell):
        if column.required:
            row.error(_MISSING, column.name)
        return column.default
    try:
        return column.parse(cell)
    except CellError as error:
        row.error(str(error), column.name)
        return None


def _check(spec: ImportSpec, rows: list[ImportRow], context: ImportContext, seen: set[bytes]) -> Chunk:
    for row in rows:
        if row.is_valid:
            spec.validate(row, context)
    good = [row for row in rows if row.is_valid]
    for row in good:
        row.key = key_of(spec, row.values)
    known = set(_known(spec, [row.key for row in good]))
    fresh = []
    for row in good:
        if row.key not in known and row.key not in seen:
            seen.add(row.key)
            fresh.append(row)
    spec.validate_many(fresh, context)
    new = [row for row in fresh if row.is_valid]
    taken = {id(row) for row in fresh}
    return Chunk(
        new=new,
        rejected=[row for row in rows if not row.is_valid],
        duplicates=[row for row in good if id(row) not in taken],
    )


def key_of(spec: ImportSpec, values: Mapping[str, Any]) -> bytes:
    """Keyed hash of what makes the row itself: nobody can guess a row from it."""
    said = f"{spec.key}\x1e{spec.row_key(dict(values))}".encode("utf-8", "surrogatepass")
    return hashlib.blake2b(said, digest_size=KEY_BYTES, key=settings.SEAL_KEY[:64]).digest()


def _known(spec: ImportSpec, keys: list[bytes]) -> Iterator[bytes]:
    found = ImportedRow._base_manager.filter(spec=spec.key, key__in=keys).values_list("key", flat=True)
    return (bytes(key) for key in found)
