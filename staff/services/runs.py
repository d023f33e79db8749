"""A month's pay from draft to archive (``staff.workflow.runs``)."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Sum
from django.utils import timezone

from common import events as history
from common import jobs
from common.errors import Conflict, Invalid, Refused
from common.models import Job
from common.models.jobs import OPEN_JOB_STATUSES
from common.scope import scope_of
from grid.models import Unit
from grid.querysets import covers
from staff import events, permissions
from staff.choices import BonusTax, Period
from staff.models import PayRun
from staff.selectors.run_checks import attendance_moved
from staff.services.calculation import SUMS, calculate, digest_of
from staff.workflow.runs import RUN_FLOW

JOB = "staff.pay_run"
FIRST_YEAR = 2000


def run_create(
    *, actor: Any, unit: Unit, month: date, period: str = Period.MONTH, bonus_tax: str = BonusTax.APART
) -> PayRun:
    """Open the pay of a month for everybody below a unit.

    Raises ``Refused`` outside the actor's area, ``Invalid`` for a month too far ahead, ``Conflict`` when it is there.
    """
    if not covers(scope_of(actor).holding(permissions.PAY_PREPARE), unit):
        raise Refused(f"“{unit.name}”的工资不由您核算。")
    first = month.replace(day=1)
    if first.year < FIRST_YEAR or first > timezone.localdate():
        raise Invalid("只能为本月和以前的月份建立工资表。", "month")
    run = PayRun(unit=unit, month=first, period=period, bonus_tax=bonus_tax)
    try:
        with transaction.atomic():
            history.record(run, events.RUN_CREATED, actor=actor, data={"unit": unit.name, "month": f"{first:%Y-%m}"})
    except IntegrityError:
        raise Conflict(f"“{unit.name}”{first:%Y年%m月}的工资表已经有了，请在列表里打开它。") from None
    return run


def calculation_start(*, run: PayRun, actor: Any) -> Job:
    """Let a worker calculate the run; the page shows its progress. While one is under way, it is handed back."""
    RUN_FLOW.require("calculate", run, actor)
    with transaction.atomic():
        PayRun.objects.select_for_update().get(pk=run.pk)  # two clicks look one after the other
        under_way = Job.objects.filter(kind=JOB, params__run=run.pk, status__in=OPEN_JOB_STATUSES, actor=actor).first()
        return under_way or jobs.enqueue(JOB, actor=actor, params={"run": run.pk}, label=f"核算 {run}")


@RUN_FLOW.service("calculate")
def run_calculate(*, run: PayRun, actor: Any, progress: Any = lambda done, total: None) -> PayRun:
    """Calculate the run, as often as wanted before it is approved: the same facts give the same slips."""
    with RUN_FLOW.step("calculate", run, actor) as step:
        result = calculate(step.object, progress)
        step.set(
            people=result.people, left_out=result.left_out, rules=step.object.rules, calculated_by=actor,
            calculated_at=step.at, checked_by=None, **result.sums,
        )  # fmt: skip
        step.data.update(people=result.people, gross=str(result.sums["gross"]), net=str(result.sums["net"]))
    return step.object


@RUN_FLOW.service("check")
def run_check(*, run: PayRun, actor: Any, note: str = "") -> PayRun:
    with RUN_FLOW.step("check", run, actor) as step:
        if not step.object.people:
            raise Conflict("这张工资表里没有人，请先核对人员和等级，重新核算。")
        _refuse_moved(step.object)
        step.set(checked_by=actor)
        step.data.update(note=note)
    return step.object


def _refuse_moved(run: PayRun) -> None:
    """What was closed after the calculation is not in the slips. The run is locked, as closing a month locks it."""
    if sentence := attendance_moved(run):
        raise Conflict(sentence)


@RUN_FLOW.service("send_back")
def run_send_back(*, run: PayRun, actor: Any, note: str) -> PayRun:
    with RUN_FLOW.step("send_back", run, actor) as step:
        step.set(checked_by=None)
        step.data.update(note=note)
    return step.object


@RUN_FLOW.service("approve")
def run_approve(*, run: PayRun, actor: Any) -> PayRun:
    """Freeze the slips: their digest is sealed with the event, and the database refuses any change of them.

    Raises ``Conflict``, as :func:`run_check` does, when attendance of the month was closed after the calculation.
    """
    with RUN_FLOW.step("approve", run, actor) as step:
        _refuse_moved(step.object)
        step.set(approved_by=actor, approved_at=step.at, digest=digest_of(step.object))
        step.data.update(people=step.object.people, net=str(step.object.net))
    return step.object


@RUN_FLOW.service("pay")
def run_pay(*, run: PayRun, actor: Any, paid_on: date) -> PayRun:
    with RUN_FLOW.step("pay", run, actor) as step:
        if paid_on > timezone.localdate():
            raise Invalid("发放日期不能晚于今天。", "paid_on")
        if step.object.approved_at and paid_on < timezone.localdate(step.object.approved_at):
            raise Invalid("发放日期不能早于审批日期。", "paid_on")
        step.set(paid_by=actor, paid_on=paid_on)
        step.data.update(paid_on=paid_on.isoformat())
    return step.object


@RUN_FLOW.service("archive")
def run_archive(*, run: PayRun, actor: Any) -> PayRun:
    with RUN_FLOW.step("archive", run, actor) as step:
        pass
    return step.object


def proof(run: PayRun) -> list[str]:
    """What is wrong with an approved run: slips that do not fit the sealed digest or the sums."""
    found = []
    if bytes(run.digest or b"") != digest_of(run):
        found.append("工资条与审批时不一致")
    sums = run.slips.aggregate(**{name: Sum(name) for name in SUMS})
    found += [f"{name} 合计不符" for name in SUMS if (sums[name] or 0) != getattr(run, name)]
    return found
