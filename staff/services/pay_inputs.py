"""What a worker's pay depends on besides post and grade: insurance base, deductions, factor, one-off lines."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.http import Http404
from django.utils import timezone

from common import events as history
from common.errors import Conflict, Invalid
from staff import events, permissions
from staff.choices import FROZEN, Deduction, Period
from staff.models import (
    FirstWage,
    InsuranceBase,
    PayAddition,
    PayRun,
    PerformanceFactor,
    Slip,
    SpecialDeduction,
    Worker,
)
from staff.services.pay_changes import note_change

MOST = Decimal(1_000_000)


def _locked(worker: Worker, actor: Any) -> Worker:
    rows = Worker.objects.visible_to(actor, permissions.PAY_PREPARE).select_for_update(of=("self",))
    found = rows.filter(pk=worker.pk).first()
    if found is None:
        raise Http404("这名社区工作者不在您的管辖范围内。")
    return found


def _month(day: date) -> date:
    if not date(2000, 1, 1) <= day <= timezone.localdate().replace(year=timezone.localdate().year + 2):
        raise Invalid("月份过早或过晚，请检查。", "valid_from")
    return day.replace(day=1)


def insurance_base_set(
    *, worker: Worker, actor: Any, valid_from: date, amount: Decimal, submission: UUID | None = None
) -> Worker:
    """Set the base from a month on; the same month again replaces it. Frozen months stay as they are.

    As all functions here: ``Http404`` for a worker outside the actor's area; the same ``submission`` works once.
    """
    first = _month(valid_from)
    if not 0 < amount <= MOST:
        raise Invalid("缴费基数应大于 0。", "amount")
    with transaction.atomic():
        locked = _locked(worker, actor)
        if history.was_submitted(locked, events.BASE_SET, submission):
            return locked
        InsuranceBase.objects.update_or_create(worker=locked, valid_from=first, defaults={"amount": amount})
        data = history.keyed({"since": f"{first:%Y-%m}", "amount": str(amount)}, submission)
        history.record(locked, events.BASE_SET, actor=actor, data=data)
    return locked


def deduction_set(
    *, worker: Worker, actor: Any, kind: str, amount: Decimal, valid_from: date, submission: UUID | None = None
) -> Worker:
    """Set a special deduction from a month on; 0 ends it. What held before ends with that month.

    For months of this year that are paid already the next slip makes up the difference (:mod:`staff.pay.deductions`).
    """
    first = _month(valid_from)
    if kind not in Deduction.values or amount < 0 or amount > MOST:
        raise Invalid("请选择项目，金额不能为负数。", "amount")
    with transaction.atomic():
        locked = _locked(worker, actor)
        if history.was_submitted(locked, events.DEDUCTION_SET, submission):
            return locked
        rows = SpecialDeduction.objects.filter(Q(valid_to=None) | Q(valid_to__gt=first), worker=locked, kind=kind)
        rows.filter(valid_from__gte=first).delete()
        rows.update(valid_to=first)
        if amount:
            SpecialDeduction.objects.create(worker=locked, kind=kind, amount=amount, valid_from=first)
        what = f"{Deduction(kind).label} {first:%Y-%m} 起" + (f"每月 {amount} 元" if amount else "不再扣除")
        data = history.keyed({"what": what, "since": f"{first:%Y-%m}"}, submission)
        history.record(locked, events.DEDUCTION_SET, actor=actor, data=data)
    return locked


def first_wage_set(
    *, worker: Worker, actor: Any, year: int, declared_on: date | None = None, submission: UUID | None = None
) -> Worker:
    """Keep that the worker declared, on a day of the tax year, to have had no wage in it before the entry here; no day
    takes that back (公告2020年第13号 art. 1).

    Raises ``Invalid`` for a day outside the year, ``Conflict`` when it cannot be taken back because slips that rest on it
    are frozen.
    """
    if declared_on is not None and (declared_on.year != year or declared_on > timezone.localdate()):
        raise Invalid(f"申报日期应在 {year} 年内，不晚于今天；过了当年由本人在汇算清缴时补减。", "declared_on")
    with transaction.atomic():
        locked = _locked(worker, actor)
        if history.was_submitted(locked, events.FIRST_WAGE_SET, submission):
            return locked
        if declared_on is None:
            _take_back_first_wage(locked, year)
        else:
            FirstWage.objects.update_or_create(worker=locked, year=year, defaults={"declared_on": declared_on})
        what = f"{declared_on} 申报，减除费用自 1 月起算" if declared_on else "撤回申报"
        data = history.keyed({"year": year, "what": what, "since": f"{year}-01"}, submission)
        history.record(locked, events.FIRST_WAGE_SET, actor=actor, data=data)
    return locked


def _take_back_first_wage(worker: Worker, year: int) -> None:
    row = FirstWage.objects.filter(worker=worker, year=year).first()
    if row is None:
        raise Invalid("请填写本人申报的日期。", "declared_on")
    _refuse_used(worker, year)
    row.delete()


def _refuse_used(worker: Worker, year: int) -> None:
    """A frozen slip with more months of allowance than there have been slips rests on the declaration."""
    slips = Slip.objects.frozen().filter(worker=worker, month__year=year, period=Period.MONTH).order_by("month")
    for place, (month, sums) in enumerate(slips.values_list("month", "year"), start=1):
        if sums["months"] > place:
            raise Conflict(
                f"{month:%Y年%m月}的工资已按此申报扣税并冻结，不能撤回；多减除的由本人在次年汇算清缴时补税。"
            )


def factor_set(
    *, worker: Worker, actor: Any, valid_from: date, percent: Decimal, why: str, submission: UUID | None = None
) -> Worker:
    """Set the share of performance pay from a month on."""
    first = _month(valid_from)
    if not 0 <= percent <= 300:
        raise Invalid("绩效比例应在 0 与 300 之间。", "percent")
    with transaction.atomic():
        locked = _locked(worker, actor)
        if history.was_submitted(locked, events.FACTOR_SET, submission):
            return locked
        PerformanceFactor.objects.update_or_create(
            worker=locked, valid_from=first, defaults={"percent": percent, "why": why.strip()}
        )
        data = history.keyed({"since": f"{first:%Y-%m}", "percent": f"{percent:f}", "why": why.strip()}, submission)
        history.record(locked, events.FACTOR_SET, actor=actor, data=data)
        note_change(worker=locked, since=first, cause=f"绩效比例 {percent:f}%")
    return locked


def addition_enter(
    *, worker: Worker, actor: Any, month: date, label: str, amount: Decimal, why: str, taxed: bool = True,
    period: str = Period.MONTH,
) -> PayAddition:  # fmt: skip
    """A one-off line of a month that is not yet frozen; raises ``Conflict`` when it is, or the name is taken."""
    first = _month(month)
    if not amount or abs(amount) > MOST:
        raise Invalid("金额不能为 0。", "amount")
    with transaction.atomic():
        locked = _locked(worker, actor)
        _refuse_frozen(locked, first, period)
        row = PayAddition(
            worker=locked, month=first, period=period, label=label.strip(), amount=amount, taxed=taxed,
            why=why.strip(), entered_by=actor, entered_at=timezone.now(),
        )  # fmt: skip
        try:
            with transaction.atomic():
                row.save(force_insert=True)
        except IntegrityError:
            raise Conflict(f"{first:%Y年%m月}已有名为“{row.label}”的项目，请换一个名称。") from None
        data = {"month": f"{first:%Y-%m}", "label": row.label, "amount": str(amount), "why": row.why}
        history.record(locked, events.ADDITION_ENTERED, actor=actor, data=data)
    return row


def addition_remove(*, addition: PayAddition, actor: Any) -> None:
    """Take a one-off line out of a month that is not yet frozen."""
    with transaction.atomic():
        locked = _locked(addition.worker, actor)
        row = PayAddition.objects.select_for_update().filter(pk=addition.pk).first()
        if row is None:
            return
        _refuse_frozen(locked, row.month, row.period)
        data = {"month": f"{row.month:%Y-%m}", "label": row.label, "amount": str(row.amount)}
        row.delete()
        history.record(locked, events.ADDITION_REMOVED, actor=actor, data=data)


def _refuse_frozen(worker: Worker, month: date, period: str) -> None:
    """The run is locked too: an approval at the same time either sees the line or refuses it."""
    slip = Slip.objects.filter(worker=worker, month=month, period=period).first()
    if slip is None:
        return
    run = PayRun.objects.select_for_update().get(pk=slip.run_id)
    if run.state in FROZEN:
        raise Conflict(f"{month:%Y年%m月}的工资已经审批冻结，请录入以后的月份。")
