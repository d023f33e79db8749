"""Appraisals, those appraised, results and appeals as they lie in the database, for tests."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from common.models import Policy
from grid.models import Unit
from staff.appraisal.words import AppraisalState
from staff.models import Appeal, Appraisal, AppraisalResult, AppraisalScore, AppraisalSheet, Appraised, Worker
from tests.factories.rules import make_rules

FIRST, LAST = date(2026, 4, 1), date(2026, 6, 30)


def make_appraisal(unit: Unit, **fields: Any) -> Appraisal:
    """A quarter of workers, open, under the profile's rule; nobody is on it yet."""
    values = {"subject": "worker", "cycle": "quarter", "first_day": FIRST, "last_day": LAST, **fields}
    key = f"appraisal_{values['subject']}_{values['cycle']}"
    if not Policy.objects.filter(key=key).exists():
        make_rules()
    values = {"judge_until": values["last_day"] + timedelta(days=7), "opened_at": timezone.now(), **values}
    return Appraisal.objects.create(unit=unit, policy=Policy.objects.filter(key=key).latest("valid_from"), **values)


def make_appraised(appraisal: Appraisal, unit: Unit, worker: Worker | None = None, **fields: Any) -> Appraised:
    return Appraised.objects.create(
        appraisal=appraisal, unit=unit, worker=worker, rank=worker.rank if worker else "",
        **{"street": unit.parent, **fields},
    )  # fmt: skip


def make_result(one: Appraised, score: str = "86.50", **fields: Any) -> AppraisalResult:
    """With one judged line."""
    lines = [
        {
            "side": "home", "key": "duty", "label": "岗位职责", "weight": "100", "points": score, "why": "街道评分，2 人评分",
            "numerator": None, "denominator": None,
        }
    ]  # fmt: skip
    values = {
        "score": Decimal(score), "standing": Decimal(score), "home_score": Decimal(score), "level": "称职", "stars": 4,
        "percent": Decimal(100), "lines": lines, "set_at": timezone.now(), **fields,
    }  # fmt: skip
    return AppraisalResult.objects.create(appraised=one, appraisal=one.appraisal, **values)


def make_sheet(one: Appraised, judge: Any, points: str | None = None) -> AppraisalSheet:
    """A sheet with one item."""
    sheet, _ = AppraisalSheet.objects.get_or_create(appraisal=one.appraisal, judge=judge)
    AppraisalScore.objects.create(
        sheet=sheet, appraised=one, key="duty", points=None if points is None else Decimal(points)
    )
    return sheet


def put(appraisal: Appraisal, state: str, **fields: Any) -> Appraisal:
    """Into a later state, past its workflow."""
    values: dict[str, Any] = {"state": state}
    if state in (AppraisalState.PUBLISHED, AppraisalState.FINAL):
        until = timezone.localdate() + timedelta(days=5 if state == AppraisalState.PUBLISHED else -5)
        values |= {"published_at": timezone.now(), "appeal_until": until}
    Appraisal.objects.filter(pk=appraisal.pk).update(**{**values, **fields})
    appraisal.refresh_from_db()
    return appraisal


def make_appeal(result: AppraisalResult, user: Any, **fields: Any) -> Appeal:
    values = {"text": "出勤少算一天", "asked_at": timezone.now(), **fields}
    return Appeal.objects.create(appraised=result.appraised, result=result, asked_by=user, **values)
