"""The two passes over a file: look at all rows, write the good ones. And both in one call."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from common.copying import copy_rows
from common.errors import Conflict
from common.imports import registry
from common.imports.engine import Chunk, checked
from common.imports.matching import Mapped, check, folded, known_headings, said
from common.imports.spec import ImportContext, ImportSpec
from common.imports.tally import RejectedRows, Tally
from common.models.imports import BatchStatus, ImportBatch, ImportedRow
from common.pages.access import require
from common.sheets import Table, UnreadableFile, open_table

Progress = Callable[[int, int], None]


def no_progress(done: int, total: int) -> None:
    """For callers that show none."""


def head_finder(spec: ImportSpec) -> Callable[[Sequence[str]], int]:
    """How many known headings a row holds: the row with most of them is the head of the table."""
    known = known_headings(spec)
    return lambda cells: len({known[folded(cell)] for cell in cells if folded(cell) in known})


def look_over(
    spec: ImportSpec, table: Table, mapping: Mapped, context: ImportContext, rejected: RejectedRows | None, tally: Tally,
    progress: Progress = no_progress, write: Callable[[Chunk], None] | None = None,
) -> None:  # fmt: skip
    """Check every row of an open table; ``write`` is called with each chunk before the next is read."""
    if not tally.total:
        progress(0, table.height)
    for chunk in checked(spec, table.rows, mapping, context):
        if write is not None:
            write(chunk)
        tally.add(chunk)
        if rejected is not None:
            rejected.add(chunk.rejected)
        progress(tally.total, max(table.height - table.head_row, tally.total))
    if not tally.total:
        raise UnreadableFile("文件里只有标题行，没有数据。")


def one_at_a_time(spec: ImportSpec) -> None:
    """Two imports of one kind wait for each other, so that each sees the other's rows.

    The lock is released with the transaction.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"import.{spec.key}"])


def write_rows(spec: ImportSpec, batch: ImportBatch, chunk: Chunk, context: ImportContext) -> None:
    """Write the new rows of a chunk and note what was made of each; inside the import's transaction."""
    if not chunk.new:
        return
    made = list(spec.commit(chunk.new, context))
    if len(made) != len(chunk.new):
        raise ValueError(f"import {spec.key} made {len(made)} objects of {len(chunk.new)} rows")
    known = (
        ImportedRow(batch=batch, spec=spec.key, key=row.key, object_id=key)
        for row, key in zip(chunk.new, made, strict=True)
    )
    copy_rows(ImportedRow, known, timezone.now())


def note_result(batch: ImportBatch, tally: Tally, status: str) -> None:
    """Put what was found on the batch, unsaved."""
    batch.total, batch.valid, batch.rejected, batch.duplicate = (
        tally.total,
        tally.valid,
        tally.rejected,
        tally.duplicate,
    )
    batch.errors, batch.summary = tally.shown, tally.summary()
    batch.status = status
    batch.message = ""
    if status == BatchStatus.COMMITTED:
        batch.committed_at = timezone.now()
        batch.sample = []


RESULT_FIELDS = [
    "total", "valid", "rejected", "duplicate", "errors_text", "summary", "status", "message", "committed_at", "sample_text",
]  # fmt: skip


@dataclass
class ImportResult:
    """What became of a file. ``imported`` is 0 for a dry run; ``errors`` are the first of the faults."""

    total: int
    valid: int
    imported: int
    rejected: int
    duplicate: int
    mapping: dict[str, str]
    errors: list[dict[str, Any]] = field(default_factory=list)
    summary: list[dict[str, Any]] = field(default_factory=list)
    batch: ImportBatch | None = None


def run_import(
    spec_key: str,
    path: str | Path,
    mapping: Mapping[str, str] | None = None,
    actor: Any = None,
    commit: bool = False,
    progress: Progress = no_progress,
) -> ImportResult:
    """Import a file of this machine in one go, as the command line does.

    ``mapping`` is ``{heading in the file: column name or label}`` for headings that are not recognised.
    Without ``commit`` nothing is written. Raises ``Refused`` without the permission, ``Invalid`` for a
    file or mapping that cannot be used.
    """
    spec = registry.get(spec_key)
    require(actor, spec.permission)
    with open_table(path, head_finder(spec)) as table, transaction.atomic():
        places = said(spec, table.head, mapping or {})
        check(spec, places, table.head)
        context = ImportContext(actor, frozenset(places), commit)
        tally = Tally(spec, places)
        batch = _own_batch(spec, Path(path), table, places, actor) if commit else None
        write = None
        if batch is not None:
            one_at_a_time(spec)
            write = _writer(spec, batch, context)
        look_over(spec, table, places, context, None, tally, progress, write)
        if batch is not None:
            note_result(batch, tally, BatchStatus.COMMITTED)
            batch.save()
    labels = {column.label: table.head[places[column.name]] for column in spec.columns if column.name in places}
    return ImportResult(
        tally.total, tally.valid, tally.valid if commit else 0, tally.rejected, tally.duplicate, labels, tally.shown,
        tally.summary(), batch,
    )  # fmt: skip


def _writer(spec: ImportSpec, batch: ImportBatch, context: ImportContext) -> Callable[[Chunk], None]:
    def write(chunk: Chunk) -> None:
        write_rows(spec, batch, chunk, context)

    return write


def _own_batch(spec: ImportSpec, path: Path, table: Table, places: Mapped, actor: Any) -> ImportBatch:
    with path.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    return ImportBatch.objects.create(
        spec=spec.key, file="", original_name=path.name[:200], sha256=digest, size=path.stat().st_size,
        head=table.head, mapping=places, status=BatchStatus.COMMITTING, actor=actor,
    )  # fmt: skip


def unchanged(batch: ImportBatch, table: Table) -> None:
    """Raise ``Conflict`` when the stored file is not the one whose columns were matched."""
    if table.head != batch.head:
        raise Conflict("文件与核对时不一致，请重新上传。")
