"""One run of a report as a job whose rows stay: the page, the workbook and the CSV are all made of them.

The worker reads the actor's scope anew. Later changes of the data change no earlier result, and the
links of a result lead through whatever its reader may see then.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from common.errors import PlainError
from common.jobs import Run, enqueue, job_kind
from common.models import Job
from common.pages import require
from common.reporting import Column, Meta, Rate, Report, Sheet, get, prepare
from common.reporting.files import as_file
from reports.base import PageReport

KIND = "reports.run"


def start(*, report: Report, actor: Any, raw: Mapping[str, Any], submission: UUID | None = None) -> Job:
    """Queue a run. A repeated ``submission`` hands the first job back.

    Raises ``Refused`` without the report's permission, ``Invalid`` for unusable parameters.
    """
    require(actor, report.permission)
    params = report.clean(raw, actor)
    as_of = timezone.now()
    meta = report.meta(actor, {**params, "as_of": as_of})
    stored = {"report": report.key, "params": dict(raw), "as_of": as_of.isoformat()}
    return enqueue(
        KIND,
        actor=actor,
        params=stored,
        label=f"{meta.unit} {meta.period}{meta.title}"[:120],
        unique_key=f"{KIND}:{actor.pk}:{submission}" if submission else None,
    )


@job_kind(KIND, label="生成报表")
def produce(run: Run) -> None:
    """Count, and keep the rows with the job."""
    stored = run.job.params
    if run.actor is None or not run.actor.is_active:
        raise PlainError("发起统计的账号已停用，没有生成报表。")
    as_of = datetime.fromisoformat(stored["as_of"])
    sheet = prepare(get(stored["report"]), run.actor, stored["params"], as_of)
    total = (sheet.count or 0) + 2
    run.progress(1, total, "正在统计工单")
    rows: list[dict[str, Any]] = []
    for row in sheet.mappings():
        rows.append(pack(sheet.columns, row))
        run.progress(min(len(rows) + 1, total - 1), total, f"已统计 {len(rows)} 行")
    remark = sheet.report.remark(run.actor, sheet.params) if isinstance(sheet.report, PageReport) else ""
    meta = replace(sheet.meta, note=f"{remark}{sheet.meta.note}")
    run.progress(total, total)
    run.finish(
        message=f"共 {len(rows)} 行。",
        url=reverse("reports:result", args=[run.job.pk]),
        rows=rows,
        params={key: value for key, value in sheet.params.items() if key != "as_of"},
        meta={**asdict(meta), "as_of": stored["as_of"]},
    )


# --- rows as JSON


def pack(columns: list[Column], row: Mapping[str, Any]) -> dict[str, Any]:
    """A row as plain JSON: decimals as text, rates as their two parts."""
    return {key: _packed(value) for key, value in row.items()}


def _packed(value: Any) -> Any:
    if isinstance(value, Rate):
        return [str(value.numerator), str(value.denominator)]
    return str(value) if isinstance(value, Decimal) else value


def unpack(columns: list[Column], row: Mapping[str, Any]) -> dict[str, Any]:
    """What was packed, with the types of the columns."""
    types = {column.key: column.type for column in columns}
    return {key: _unpacked(types.get(key), value) for key, value in row.items()}


def _unpacked(kind: str | None, value: Any) -> Any:
    if value is None:
        return None
    if kind == "rate":
        return Rate(*(_number(part) for part in value))
    return Decimal(value) if kind == "decimal" else value


def _number(text: str) -> int | Decimal:
    return Decimal(text) if "." in text else int(text)


# --- results


def results_of(user: Any, report_key: str = "") -> QuerySet[Job]:
    """A person's own runs, the latest first."""
    rows = Job.objects.visible_to(user).filter(kind=KIND).order_by("-pk")
    return rows.filter(params__report=report_key) if report_key else rows


def sheet_of(job: Job) -> Sheet:
    """The stored rows of a finished run, ready for a page or a file."""
    stored = job.result
    report = get(job.params["report"])
    as_of = datetime.fromisoformat(job.params["as_of"])
    params = {**stored["params"], "as_of": as_of}
    columns = report.columns(params)
    rows: Iterator[Any] = (unpack(columns, row) for row in stored["rows"])
    meta = Meta(**{**stored["meta"], "as_of": as_of})
    return Sheet(report, params, meta, columns, rows, len(stored["rows"]))


def file_of(job: Job, file_format: str) -> tuple[str, bytes]:
    """Name and content of a finished run as ``xlsx`` or ``csv``; the same bytes whenever it is asked for."""
    return as_file(sheet_of(job), file_format)
