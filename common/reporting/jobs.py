"""Reports as background work: the worker reads the actor's scope anew, writes the file, keeps it.

The file lies in private storage under the job; it leaves only through the job, to whoever started it.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.utils import timezone

from common.errors import Invalid, PlainError
from common.jobs import LeaseLost, Run, enqueue, job_kind
from common.models.jobs import Job
from common.pages.access import require
from common.reporting import registry
from common.reporting.as_csv import write_csv
from common.reporting.report import FORMATS, Sheet, prepare

KIND = "reporting.export"
FOLDER = "exports"


def start_export(
    *,
    report_key: str,
    actor: Any,
    params: Mapping[str, Any] | None = None,
    label: str = "",
    file_format: str = "xlsx",
    as_of: datetime | None = None,
    unique_key: str | None = None,
) -> Job:
    """Queue an export. ``params`` are the report's raw parameters (JSON); they are checked at once.

    Raises ``Refused`` without the report's permission, ``Invalid`` for unusable parameters.
    """
    report = registry.get(report_key)
    if report.permission:
        require(actor, report.permission)
    if file_format not in FORMATS:
        raise Invalid("只能导出为 Excel 或 CSV。", field="format")
    raw = dict(params or {})
    report.clean(raw, actor)
    stored = {
        "report": report_key,
        "params": raw,
        "format": file_format,
        "as_of": (as_of or timezone.now()).isoformat(),
    }
    return enqueue(KIND, actor=actor, params=stored, label=label or f"导出{report.label}", unique_key=unique_key)


@job_kind(KIND, label="导出报表")
def export(run: Run) -> None:
    """Write the file to a temporary one, then into storage; the job is finished with both."""
    stored = run.job.params
    report = registry.get(stored["report"])
    if run.actor is None or not run.actor.is_active:
        raise PlainError("发起导出的账号已停用，没有导出。")
    sheet = prepare(report, run.actor, stored["params"], datetime.fromisoformat(stored["as_of"]))
    with tempfile.TemporaryDirectory(prefix="gridwork-export-") as folder:
        path = os.path.join(folder, f"sheet.{stored['format']}")
        with reading_to_the_end():
            write(sheet, path, stored["format"], run)
        key = _keep(run.job, path, stored["format"])
    try:
        name = f"{sheet.meta.file_stem}.{stored['format']}"
        run.finish(message=f"共 {sheet.written:,} 行。", file=key, name=name, rows=sheet.written)
    except LeaseLost:
        default_storage.delete(key)
        raise


@contextmanager
def reading_to_the_end() -> Iterator[None]:
    """For a server-side cursor of which every row will be read.

    Inside a transaction PostgreSQL need not copy all rows to disk before it hands out the first; it
    plans for the last row instead of the first few, and sorts in memory. Together half of its time.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL cursor_tuple_fraction = 1; SET LOCAL work_mem = '64MB'")
        yield


def write(sheet: Sheet, path: str, file_format: str, run: Run | None = None) -> None:
    """Write a prepared sheet to ``path`` in the format and the style of its report."""

    def progress(done: int) -> None:
        if run is not None:
            run.progress(done, max(sheet.count or 0, done), f"已写出 {done:,} 行")

    # A format's library is loaded by the process that writes such a file, and by no other.
    if file_format == "csv":
        with open(path, "w", encoding="utf-8", newline="") as out:
            write_csv(sheet, out, progress)
    elif sheet.report.style == "list":
        from common.reporting.large import write_large

        write_large(sheet, path, progress)
    else:
        from common.reporting.official import write_official

        write_official(sheet, path, progress)


def _keep(job: Job, path: str, file_format: str) -> str:
    """Store the file under the job and this attempt; files of attempts that died are removed."""
    for lease in range(1, job.lease):
        stale = _key(job, lease, file_format)
        if default_storage.exists(stale):
            default_storage.delete(stale)
    with open(path, "rb") as content:
        return default_storage.save(_key(job, job.lease, file_format), File(content))


def _key(job: Job, lease: int, file_format: str) -> str:
    return f"{FOLDER}/{job.pk}-{lease}.{file_format}"
