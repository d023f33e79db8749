"""Results into pay: the share of performance pay from a month on, by whoever prepares the pay (domain §6)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import uuid5

from django.db import transaction
from django.db.models import Exists, OuterRef

from common import events as history
from common import jobs
from common.errors import Conflict, Invalid, Refused
from common.models import Job
from common.months import first_of_next
from common.scope import scope_of
from grid.querysets import covers
from staff import events_appraisal as events
from staff import permissions
from staff.appraisal.words import AppraisalState, Subject
from staff.models import Appraisal, AppraisalResult, Slip, Worker
from staff.services.pay_inputs import factor_set

JOB = "staff.appraisal_pay"
Progress = Callable[[int, int], None]


def first_month(appraisal: Appraisal) -> date:
    """The first month that may be paid by the result: after the period, and after the last frozen one of its people."""
    frozen = Slip.objects.frozen().filter(worker__appraised__appraisal=appraisal).order_by("-month")
    last = frozen.values_list("month", flat=True).first()
    after = first_of_next(appraisal.last_day)
    return max(after, first_of_next(last)) if last else after


def check_pay(appraisal: Appraisal, actor: Any, month: date) -> None:
    """Raise ``Refused``, ``Conflict`` or ``Invalid`` unless the results may be paid from the month on."""
    if not covers(scope_of(actor).holding(permissions.PAY_PREPARE), appraisal.unit):
        raise Refused("绩效比例由薪酬经办人员写入。")
    if appraisal.subject != Subject.WORKER:
        raise Conflict("只有社区工作者的考核计入绩效。")
    if appraisal.state != AppraisalState.FINAL:
        raise Conflict("定格后才能写入绩效比例。")
    earliest = first_month(appraisal)
    if month < earliest:
        raise Invalid(f"{earliest:%Y年%m月}以前的工资已经冻结，或在考核期内，请从这个月或以后的月份起计发。", "month")


def pay_start(*, appraisal: Appraisal, actor: Any, month: date, key: str) -> Job:
    """Queue the writing of the shares; ``key`` is that of the form: sent twice, one job."""
    check_pay(appraisal, actor, month)
    return jobs.enqueue(
        JOB, actor=actor, params={"appraisal": appraisal.pk, "month": month.isoformat()},
        label=f"写入绩效比例：{appraisal}"[:120], unique_key=f"{JOB}:{key}",
    )  # fmt: skip


def appraisal_pay(
    *, appraisal: Appraisal, actor: Any, month: date, progress: Progress = lambda done, total: None
) -> int:
    """Set the share of performance pay of everybody still in office from the month on; how many have been set.

    All or nothing. Done again for the same month it sets only what has been corrected since.
    """
    with transaction.atomic():
        row = Appraisal.objects.select_for_update(of=("self",)).select_related("unit").get(pk=appraisal.pk)
        check_pay(row, actor, month)
        results = _payable(row)
        progress(0, len(results))
        for place, result in enumerate(results, start=1):
            _set(row, result, actor, month)
            progress(place, len(results))
        row.pay_month = month
        data = {"month": f"{month:%Y-%m}", "people": len(results)}
        history.record(row, events.PAID, actor=actor, data=data, fields=["pay_month"])
    return len(results)


def _payable(row: Appraisal) -> list[AppraisalResult]:
    active = Worker.objects.active().filter(pk=OuterRef("appraised__worker"))
    rows = AppraisalResult.objects.current().filter(Exists(active), appraisal=row).exclude(score=None)
    return list(rows.select_related("appraised__worker").order_by("appraised__worker__pk"))


def _set(row: Appraisal, result: AppraisalResult, actor: Any, month: date) -> None:
    worker = result.appraised.worker
    assert worker is not None  # a period of workers
    factor_set(
        worker=worker, actor=actor, valid_from=month, percent=result.percent,
        why=f"{row.period_words}考核{result.level}（{result.score} 分）",
        submission=uuid5(row.stream, f"{result.pk}:{month}"),
    )  # fmt: skip
