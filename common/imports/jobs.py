"""The three jobs of an import. Each can be run again from the start and changes nothing twice."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from common.errors import PlainError
from common.imports import files, registry, services
from common.imports.run import (
    RESULT_FIELDS,
    Progress,
    head_finder,
    look_over,
    note_result,
    one_at_a_time,
    unchanged,
    write_rows,
)  # fmt: skip
from common.imports.spec import ImportContext, ImportSpec
from common.imports.tally import RejectedRows, Tally
from common.jobs import Run, job_kind
from common.models.imports import BatchStatus, ImportBatch, ImportedRow
from common.pages.access import require
from common.sheets import open_table

UNDO_BATCH = 1000


@job_kind(services.CHECK, label="检查导入文件")
def check(run: Run) -> None:
    """Dry run: every row parsed and checked, nothing written but the findings."""
    _guarded(run, BatchStatus.FAILED, _check)


@job_kind(services.COMMIT, label="导入文件")
def commit(run: Run) -> None:
    """All good rows in one transaction, together with the job's own outcome."""
    _guarded(run, BatchStatus.CHECKED, _commit)


@job_kind(services.UNDO, label="撤销导入")
def undo(run: Run) -> None:
    """Everything the file brought in is taken back in one transaction."""
    _guarded(run, BatchStatus.COMMITTED, _undo)


def _guarded(run: Run, on_failure: str, work: Callable[[Run, ImportBatch, ImportSpec], None]) -> None:
    """Run ``work`` unless another job has taken the batch over; a plain error goes to the batch as well."""
    batch = ImportBatch._base_manager.filter(pk=run.job.params["batch"], job=run.job).first()
    if batch is None:
        raise PlainError("这次导入已被放弃或重新开始。")
    try:
        if run.actor is None or not run.actor.is_active:
            raise PlainError("发起导入的账号已停用，没有导入。")
        spec = registry.get(batch.spec)
        require(run.actor, spec.permission)
        work(run, batch, spec)
    except PlainError as error:
        services.fail(batch, run.job, error, on_failure)
        raise


def _check(run: Run, batch: ImportBatch, spec: ImportSpec) -> None:
    context = ImportContext(run.actor, frozenset(batch.mapping), commit=False)
    tally = Tally(spec, batch.mapping)
    rejected = RejectedRows(batch.head, tally)
    try:
        with files.on_disk(batch.file) as path, open_table(path, head_finder(spec)) as table:
            unchanged(batch, table)
            look_over(spec, table, batch.mapping, context, rejected, tally, _progress(run, "已检查"))
        key = _rejected_file(rejected)
    finally:
        rejected.close()
    stale, batch.rejected_file = batch.rejected_file, key
    note_result(batch, tally, BatchStatus.CHECKED)
    try:
        with transaction.atomic():
            batch.save(update_fields=[*RESULT_FIELDS, "rejected_file"])
            run.finish(message=said(batch, "可以导入"), url=_page(batch))
    except BaseException:  # another worker has taken over, or the database is gone: nobody knows this file
        files.remove(key)
        raise
    files.remove(stale)


def _rejected_file(rejected: RejectedRows) -> str:
    if not rejected.count:
        return ""
    with tempfile.TemporaryDirectory(prefix="gridwork-import-") as folder:
        path = os.path.join(folder, "rejected.xlsx")
        rejected.write(path)
        return files.keep_result(path)


def _commit(run: Run, batch: ImportBatch, spec: ImportSpec) -> None:
    context = ImportContext(run.actor, frozenset(batch.mapping), commit=True)
    tally = Tally(spec, batch.mapping)
    with files.on_disk(batch.file) as path, open_table(path, head_finder(spec)) as table, transaction.atomic():
        ImportBatch._base_manager.select_for_update().get(pk=batch.pk)
        one_at_a_time(spec)
        unchanged(batch, table)
        look_over(
            spec, table, batch.mapping, context, None, tally, _progress(run, "已导入"),
            lambda chunk: write_rows(spec, batch, chunk, context),
        )  # fmt: skip
        key, batch.file = batch.file, ""
        note_result(batch, tally, BatchStatus.COMMITTED)
        batch.save(update_fields=[*RESULT_FIELDS, "file"])
        run.finish(message=said(batch, "已导入"), url=_page(batch))
        transaction.on_commit(lambda: files.remove(key))


def _undo(run: Run, batch: ImportBatch, spec: ImportSpec) -> None:
    with transaction.atomic():
        ImportBatch._base_manager.select_for_update().get(pk=batch.pk)
        one_at_a_time(spec)
        rows = ImportedRow._base_manager.filter(batch=batch).order_by("-pk")
        made = [key for key in rows.values_list("object_id", flat=True) if key is not None]
        for start in range(0, len(made), UNDO_BATCH):
            spec.undo(made[start : start + UNDO_BATCH], run.actor)
            run.progress(min(start + UNDO_BATCH, len(made)), len(made), "正在撤销")
        rows.delete()
        batch.status, batch.undone_at, batch.message = BatchStatus.UNDONE, timezone.now(), ""
        batch.save(update_fields=["status", "undone_at", "message"])
        run.finish(message=f"已撤销 {len(made):,} 行。", url=_page(batch))


def _progress(run: Run, word: str) -> Progress:
    def progress(done: int, total: int) -> None:
        run.progress(done, total, f"{word} {done:,} 行")

    return progress


def said(batch: ImportBatch, word: str) -> str:
    """共 100 行：可以导入 97 行，有误 2 行，重复 1 行。"""
    parts = [f"{word} {batch.valid:,} 行"]
    if batch.rejected:
        parts.append(f"有误 {batch.rejected:,} 行")
    if batch.duplicate:
        parts.append(f"重复 {batch.duplicate:,} 行（已在系统中，不再导入）")
    return f"共 {batch.total:,} 行：{'，'.join(parts)}。"


def _page(batch: ImportBatch) -> str:
    return reverse("imports:batch", args=[batch.pk])


def purge(now: datetime, days: int = 30) -> int:
    """Remove files and findings of batches older than ``days``: nobody needs them, and they hold personal data."""
    old = ImportBatch._base_manager.filter(created_at__lt=now - timedelta(days=days))
    count = 0
    for batch in old.exclude(file="", rejected_file="", errors_text="", sample_text=""):
        keys = (batch.file, batch.rejected_file)
        batch.file = batch.rejected_file = batch.errors_text = batch.sample_text = ""
        batch.save(update_fields=["file", "rejected_file", "errors_text", "sample_text"])
        files.remove(*keys)
        count += 1
    return count
