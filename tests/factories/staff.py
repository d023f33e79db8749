"""Community workers, their grades and rules of pay, for tests."""

from __future__ import annotations

from datetime import date
from itertools import count
from typing import Any

from django.utils import timezone

from grid.models import Unit
from staff.choices import GradeReason, RunState
from staff.models import Grade, PayRun, Slip, StaffPost, Worker, WorkerPerson

_numbers = count(1)
ENTERED = date(2020, 3, 1)


def make_worker(
    unit: Unit, *, name: str = "林晓梅", grade: int | None = 4, born: str = "1988-06-15", **fields: Any
) -> Worker:
    """An active worker of a unit with a person's row, a main post and (unless ``None``) a grade since the entry."""
    number = next(_numbers)
    values = {
        "number": f"S{number:06d}", "unit": unit, "entered_on": ENTERED, "community_since": fields.get("entered_on", ENTERED),
        **fields,
    }  # fmt: skip
    worker = Worker.objects.create(**values)
    WorkerPerson(worker=worker, name=name, phone=f"1390000{number:04d}", birth_date=born).set_hashes().save()
    StaffPost.objects.create(worker=worker, unit=unit, rank=worker.rank, valid_from=worker.entered_on)
    if grade is not None:
        make_grade(worker, grade)
    return worker


def make_grade(worker: Worker, grade: int, since: date | None = None, **fields: Any) -> Grade:
    """A grade that nobody had to reckon."""
    values = {
        "rank": worker.rank,
        "reason": GradeReason.INITIAL,
        "why": ["测试定级。"],
        "set_at": timezone.now(),
        **fields,
    }
    return Grade.objects.create(worker=worker, grade=grade, valid_from=since or worker.entered_on, **values)


def make_frozen_slip(worker: Worker, month: date) -> Slip:
    """A slip of a month whose run is approved since."""
    run = PayRun.objects.create(unit=worker.unit, month=month)
    slip = Slip.objects.create(
        run=run, worker=worker, unit=worker.unit, month=month, period="month", rank=worker.rank, grade=4, gross=3600,
        insurance=0, special=0, tax=0, net=3600, employer=3600, lines=[], contributions=[], facts={}, year={},
    )  # fmt: skip
    PayRun.objects.filter(pk=run.pk).update(state=RunState.APPROVED)
    return slip


def make_run(unit: Unit, month: date = date(2026, 9, 1), **fields: Any) -> PayRun:
    """A run as a calculation leaves it; no slips."""
    return PayRun.objects.create(unit=unit, month=month, **{"state": RunState.CALCULATED, **fields})


def make_slip(run: PayRun, worker: Worker, **fields: Any) -> Slip:
    """A slip of 4,712.40 with one line."""
    values = {
        "unit": worker.unit, "month": run.month, "period": run.period, "rank": worker.rank, "grade": 10,
        "gross": "4712.40", "insurance": "732.00", "special": "0.00", "tax": "0.00", "net": "3980.40",
        "employer": "5712.40", "lines": [["basic", "基本报酬", "4712.40", "基数 3600 × 10 级系数 1.309"]],
        "contributions": [["pension", "养老保险", "4000.00", "640.00", "320.00"]], "facts": {"tax": "没有应纳税所得额"},
        "year": {"months": 1, "income": "4712.40", "insurance": "732.00", "special": "0.00", "tax": "0.00"}, **fields,
    }  # fmt: skip
    return Slip.objects.create(run=run, worker=worker, **values)
