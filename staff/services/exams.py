"""Exams: arranged, marked one by one or from a workbook, sat again by whoever failed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from common import events as history
from common import profile
from common.errors import Conflict, Invalid
from common.series import next_number
from staff import events_growth as events
from staff import permissions
from staff.models import Exam, ExamScore, TrainingPlan, Worker
from staff.rules_growth import training_rule
from staff.services.growth import near, needed, one_of, repeated
from volunteers.services.locks import locked

SERIES = "staff.exam"
MOST_MARKS = Decimal(1000)
HUNDRED, TENTH = Decimal(100), Decimal("0.1")
MISSED = "缺考"


def exam_create(
    *, plan: TrainingPlan, actor: Any, title: str, held_on: date, full_marks: Decimal, pass_mark: Decimal | None = None,
    request_key: UUID | None = None,
) -> Exam:  # fmt: skip
    """An exam of a plan; without ``pass_mark`` the share of the rule in force on that day.

    Raises ``Http404`` or ``Refused`` by the plan's unit, ``Invalid`` for marks that make no sense.
    """
    with transaction.atomic():
        row_plan: TrainingPlan = locked(plan, actor, permissions.GROWTH)
        if known := repeated(Exam, request_key):
            return known
        return _create(row_plan, actor, title, held_on, full_marks, pass_mark, request_key)


def resit_create(*, exam: Exam, actor: Any, held_on: date, request_key: UUID | None = None) -> Exam:
    """The exam once more for whoever failed or missed it, with the same marks; one resit of an exam.

    Raises ``Conflict`` when there is one already, or nobody has to sit it.
    """
    with transaction.atomic():
        first: Exam = locked(exam, actor, permissions.GROWTH)
        if known := repeated(Exam, request_key):
            return known
        if Exam.objects.filter(resit_of=first).exists():
            raise Conflict("已经安排过补考；补考仍不合格的，从补考再安排一次。")
        if not any(not score.passed for score in first.scores.select_related("exam")):
            raise Conflict("没有不合格或缺考的人，不用安排补考。")
        if held_on <= first.held_on:
            raise Invalid("补考日期应在原考试之后。", "held_on")
        title = f"{first.title}补考"[:60] if first.resit_of_id is None else first.title
        return _create(first.plan, actor, title, held_on, first.full_marks, first.pass_mark, request_key, first)


def _create(
    plan: TrainingPlan, actor: Any, title: str, held_on: date, full: Decimal, passing: Decimal | None,
    request_key: UUID | None, resit_of: Exam | None = None,
) -> Exam:  # fmt: skip
    if not 0 < full <= MOST_MARKS:
        raise Invalid(f"满分应大于 0，最多 {MOST_MARKS}。", "full_marks")
    if passing is None:
        share = training_rule(near(held_on, "held_on")).pass_percent
        passing = (full * share / HUNDRED).quantize(TENTH, ROUND_HALF_UP)
    if not 0 < passing <= full:
        raise Invalid("合格线应大于 0，且不超过满分。", "pass_mark")
    row = Exam(
        number=f"{profile.current().code}K{next_number(SERIES):05d}", plan=plan, unit=plan.unit,
        title=needed(title, 60, "名称", "title"), held_on=near(held_on, "held_on"), full_marks=full, pass_mark=passing,
        resit_of=resit_of, request_key=request_key,
    )  # fmt: skip
    data = {"day": f"{held_on:%Y-%m-%d}", "full": f"{full:f}", "passing": f"{passing:f}"}
    history.record(row, events.EXAM_CREATED, actor=actor, data=data)
    return row


def score_set(*, exam: Exam, actor: Any, worker: Worker, score: Decimal | None) -> ExamScore:
    """Somebody's score, or ``None`` for 缺考; another one corrects it, the same changes nothing.

    Raises ``Invalid`` for a score above the full marks, a day to come, or somebody who does not have to sit a resit.
    """
    with transaction.atomic():
        row: Exam = locked(exam, actor, permissions.GROWTH)
        check_exam(row)
        check_score(score, row)
        one = one_of(worker, row.unit)
        if row.resit_of_id is not None and one.pk not in candidates(row):
            raise Invalid(f"{one.number} 不在补考名单里：原考试已合格，或没有原成绩。", "worker")
        return _write(row, one, score, actor)


def scores_import(*, rows: Sequence[tuple[Exam, Worker, Decimal | None]], actor: Any) -> list[int]:
    """Checked scores of a workbook, inside the caller's transaction; their keys, in order."""
    return [_write(exam, worker, score, actor).pk for exam, worker, score in rows]


def check_exam(exam: Exam) -> None:
    if exam.held_on > timezone.localdate():
        raise Invalid(f"考试日期是 {exam.held_on:%Y-%m-%d}，还没有考。", "score")


def check_score(score: Decimal | None, exam: Exam) -> None:
    if score is not None and not 0 <= score <= exam.full_marks:
        raise Invalid(f"成绩应在 0 与满分 {exam.full_marks.normalize():f} 之间。", "score")


def candidates(resit: Exam) -> set[int]:
    """Keys of those who have to sit a resit: they failed or missed the exam before it."""
    before = resit.resit_of
    if before is None:
        return set()
    return {score.worker_id for score in before.scores.select_related("exam") if not score.passed}


def _write(exam: Exam, worker: Worker, score: Decimal | None, actor: Any) -> ExamScore:
    known = ExamScore.objects.select_for_update(of=("self",)).filter(exam=exam, worker=worker).first()
    words = score_words(score)
    if known is None:
        known = ExamScore(exam=exam, worker=worker, score=score, entered_by=actor)
        history.record(known, events.EXAM_SCORED, actor=actor, data={"score": words})
        return known
    if known.score == score:
        return known
    old, known.score, known.entered_by = score_words(known.score), score, actor
    data = {"old": old, "score": words}
    history.record(known, events.EXAM_CORRECTED, actor=actor, data=data, fields=["score", "entered_by"])
    return known


def score_words(score: Decimal | None) -> str:
    return MISSED if score is None else f"{score.normalize():f} 分"
