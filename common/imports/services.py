"""What a person does with a file: hand it in, match its columns, confirm it, take it back."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import Http404

from common.errors import Conflict, PlainError, Refused
from common.imports import files, matching, registry
from common.imports.run import head_finder
from common.imports.spec import ImportSpec
from common.imports.values import CellError, as_text
from common.jobs import enqueue, owned_row
from common.models.imports import BUSY_STATUSES, BatchStatus, ImportBatch
from common.models.jobs import Job, JobStatus
from common.pages.access import require
from common.sheets import UnreadableFile, open_table

SAMPLE_ROWS = 5
SAMPLE_CHARACTERS = 60
CHECK, COMMIT, UNDO = "imports.check", "imports.commit", "imports.undo"


def upload(*, spec_key: str, actor: Any, file: UploadedFile) -> ImportBatch:
    """Keep the file, find its head and match what is recognised.

    Raises ``Refused`` without the permission, ``UnreadableFile`` when it is no table; then nothing is kept.
    """
    spec = registry.get(spec_key)
    require(actor, spec.permission)
    if not file.size:
        raise UnreadableFile("文件是空的，里面没有任何内容。")
    key, digest = files.keep_upload(file)
    try:
        with files.on_disk(key) as path, open_table(path, head_finder(spec)) as table:
            sample = [[_sample(cell) for cell in cells] for _, cells in islice(table.rows, SAMPLE_ROWS)]
        if not sample:
            raise UnreadableFile("文件里只有标题行，没有数据。")
        batch = ImportBatch(
            spec=spec.key, file=key, original_name=(file.name or "未命名")[-200:], sha256=digest, size=file.size,
            head=table.head, mapping=matching.automatic(spec, table.head), actor=actor,
        )  # fmt: skip
        batch.sample = sample
        batch.save()
    except BaseException:
        files.remove(key)
        raise
    return batch


def _sample(cell: Any) -> str:
    try:
        value = "" if cell is None else as_text(cell)
    except CellError:
        value = str(cell)
    return value if len(value) <= SAMPLE_CHARACTERS else value[: SAMPLE_CHARACTERS - 1] + "…"


def earlier(batch: ImportBatch) -> ImportBatch | None:
    """The same file, already imported by anybody."""
    same = ImportBatch._base_manager.filter(spec=batch.spec, sha256=batch.sha256, status=BatchStatus.COMMITTED)
    return same.exclude(pk=batch.pk).order_by("-committed_at").first()


@transaction.atomic
def start_check(*, batch_id: int, actor: Any, mapping: Mapping[str, int]) -> ImportBatch:
    """Keep the matched columns and queue the dry run."""
    batch, spec = _locked(batch_id, actor)
    _must_be(batch, BatchStatus.UPLOADED, BatchStatus.CHECKED, BatchStatus.FAILED)
    matching.check(spec, mapping, batch.head)
    batch.mapping = dict(mapping)
    return _queue(batch, CHECK, BatchStatus.CHECKING, f"检查{spec.label}：{batch}", actor)


@transaction.atomic
def start_commit(*, batch_id: int, actor: Any) -> ImportBatch:
    """Queue the import of a checked file."""
    batch, spec = _locked(batch_id, actor)
    _must_be(batch, BatchStatus.CHECKED)
    if not batch.valid:
        raise Conflict("没有可以导入的行。")
    return _queue(batch, COMMIT, BatchStatus.COMMITTING, f"导入{spec.label}：{batch}", actor)


@transaction.atomic
def start_undo(*, batch_id: int, actor: Any) -> ImportBatch:
    """Queue taking back everything that a file brought in."""
    batch, spec = _locked(batch_id, actor)
    _must_be(batch, BatchStatus.COMMITTED)
    if not spec.undoable:
        raise Refused("这种导入不能撤销，请逐条处理。")
    return _queue(batch, UNDO, BatchStatus.UNDOING, f"撤销{spec.label}：{batch}", actor)


@transaction.atomic
def discard(*, batch_id: int, actor: Any) -> None:
    """Forget a file that was not imported."""
    batch, _ = _locked(batch_id, actor)
    _must_be(batch, BatchStatus.UPLOADED, BatchStatus.CHECKED, BatchStatus.FAILED)
    keys = (batch.file, batch.rejected_file)
    batch.delete()
    transaction.on_commit(lambda: files.remove(*keys))


def _locked(batch_id: int, actor: Any) -> tuple[ImportBatch, ImportSpec]:
    batch = ImportBatch.objects.visible_to(actor).select_for_update(of=("self",)).filter(pk=batch_id).first()
    if batch is None:
        raise Http404("没有这次导入，或者它是别人发起的。")
    spec = registry.get(batch.spec)
    require(actor, spec.permission)
    return batch, spec


def _must_be(batch: ImportBatch, *allowed: str) -> None:
    """Allowed states; a busy one whose job has given up counts as failed."""
    status = state_of(batch)
    if status not in allowed:
        raise Conflict(f"这次导入现在是“{BatchStatus(status).label}”，不能这样操作。请刷新页面。")


def state_of(batch: ImportBatch) -> str:
    """The state as it is: a job that gave up leaves its batch busy, which nobody will change any more.

    A given-up import or undo wrote nothing, so the batch is where it was before.
    """
    if batch.status not in BUSY_STATUSES or batch.job is None or batch.job.status != JobStatus.FAILED:
        return batch.status
    before = {BatchStatus.COMMITTING: BatchStatus.CHECKED, BatchStatus.UNDOING: BatchStatus.COMMITTED}
    return before.get(BatchStatus(batch.status), BatchStatus.FAILED)


def _queue(batch: ImportBatch, kind: str, status: str, label: str, actor: Any) -> ImportBatch:
    batch.job = enqueue(kind, actor=actor, params={"batch": batch.pk}, label=label[:120])
    batch.status = status
    batch.message = ""
    batch.save(update_fields=["mapping", "status", "message", "job"])
    return batch


def fail(batch: ImportBatch, job: Job, error: PlainError, status: str) -> None:
    """Note on the batch why its job ended early; the job says the same.

    Nothing is noted by a worker that another has taken over from: the batch is the other's, perhaps done.
    """
    with transaction.atomic():
        if owned_row(job).select_for_update().first() is not None:
            ImportBatch._base_manager.filter(pk=batch.pk, job=job).update(status=status, message=error.message)
