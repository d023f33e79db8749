"""Trainings and their places, hours owed and done, exams with their results."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import (
    Case,
    Count,
    DecimalField,
    ExpressionWrapper,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Ceil, Coalesce, ExtractMonth, Greatest
from django.utils import timezone

from common.waiting import place_of
from staff.choices_growth import HOLDING, EnrolmentState, SessionState
from staff.models import Enrolment, Exam, ExamScore, TrainingSession, Worker
from staff.rules_growth import YEAR, TrainingRule, training_rule

HOURS = DecimalField(max_digits=7, decimal_places=1)
ZERO = Decimal(0)


# --- sessions


def with_places(rows: QuerySet[TrainingSession]) -> QuerySet[TrainingSession]:
    """``taken``: places given; ``waiting``: who waits for one; ``present``: who signed in."""
    held = Count("enrolments", filter=Q(enrolments__state__in=HOLDING))
    waiting = Count("enrolments", filter=Q(enrolments__state=EnrolmentState.WAITING))
    present = Count("enrolments", filter=Q(enrolments__state=EnrolmentState.PRESENT))
    return rows.annotate(taken=held, waiting=waiting, present=present)


def enrolments_of(session: TrainingSession) -> QuerySet[Enrolment]:
    """Everybody with a place, in the order of the organisation; behind them who waits, the first one first."""
    rows = session.enrolments.exclude(state=EnrolmentState.WITHDRAWN).select_related("worker__unit", "worker__person")
    return rows.order_by(F("queued_at").asc(nulls_first=True), "worker__unit__path", "worker__number")


def free_places(session: TrainingSession) -> int:
    """Places nobody holds; inside a service the training is locked, so the answer holds."""
    return max(session.capacity - session.enrolments.filter(state__in=HOLDING).count(), 0)


def waiting_for(session_id: int) -> QuerySet[Enrolment]:
    return Enrolment.objects.filter(session=session_id, state=EnrolmentState.WAITING)


def waiting_place(enrolment: Enrolment) -> int:
    """Place in the waiting list, from 1."""
    return place_of(enrolment, waiting_for(enrolment.session_id), "queued_at")


def meant_for(worker: Worker, now: Any) -> QuerySet[TrainingSession]:
    """Trainings to come of the units above a worker, the next one first: a door of the worker's own."""
    parts = worker.unit.path.strip("/").split("/")
    above = ["/".join(parts[:number]) + "/" for number in range(1, len(parts) + 1)]
    rows = TrainingSession.objects.filter(unit__path__in=above, state=SessionState.OPEN, ends_at__gt=now)
    return with_places(rows).order_by("starts_at", "pk")


def scanned_session(pk: int) -> TrainingSession | None:
    """The training of a code; for whom it is meant is looked at when it is signed."""
    return TrainingSession.objects.select_related("unit").filter(pk=pk).first()


# --- hours


@dataclass(frozen=True)
class Hours:
    """A worker's year: owed, done, and what is missing."""

    owed: Decimal
    done: Decimal

    @property
    def short(self) -> Decimal:
        return max(self.owed - self.done, ZERO)


def hours_of(worker: Worker, year: int) -> Hours:
    """Hours of one worker's year."""
    rule = training_rule(rule_day(year))
    owed = rule.owed_by(worker.kind, worker.entered_on, worker.left_on, worker.newcomer, year)
    rows = Enrolment.objects.filter(worker=worker, session__plan__year=year)
    return Hours(owed, rows.aggregate(done=Sum("hours"))["done"] or ZERO)


def rule_day(year: int) -> date:
    """The day whose rule holds for a year: its last one, of the present year today."""
    today = timezone.localdate()
    return today if year == today.year else date(year, 12, 31)


def with_hours(rows: QuerySet[Worker], year: int) -> QuerySet[Worker]:
    """``owed``, ``done`` and ``short`` of a year, reckoned by the database; the same as :func:`hours_of`."""
    rule = training_rule(rule_day(year))
    counted = Enrolment.objects.filter(worker=OuterRef("pk"), session__plan__year=year).order_by().values("worker")
    done = Coalesce(Subquery(counted.annotate(sum=Sum("hours")).values("sum")), Value(ZERO), output_field=HOURS)
    rows = rows.annotate(owed=_owed(rule, year), done=done)
    gap = ExpressionWrapper(F("owed") - F("done"), output_field=HOURS)
    return rows.annotate(short=Greatest(gap, Value(ZERO), output_field=HOURS))


def _owed(rule: TrainingRule, year: int) -> Any:
    """Twelfths by the months in office, up to the next half hour, as :meth:`TrainingRule.owed_by` says."""
    first = Case(
        When(entered_on__year=year, then=ExtractMonth("entered_on")), When(entered_on__year__lt=year, then=Value(1)),
        default=Value(YEAR + 1), output_field=IntegerField(),
    )  # fmt: skip
    last = Case(
        When(left_on__year=year, then=ExtractMonth("left_on")), When(left_on__year__lt=year, then=Value(0)),
        default=Value(YEAR), output_field=IntegerField(),
    )  # fmt: skip
    months = Greatest(last - first + 1, Value(0), output_field=IntegerField())
    kinds = [When(kind=kind, then=Value(hours)) for kind, hours in rule.owed.items()]
    whole = Case(*kinds, default=Value(ZERO), output_field=HOURS) + Case(
        When(newcomer=True, entered_on__year=year, then=Value(rule.newcomer)), default=Value(ZERO), output_field=HOURS
    )
    wide = DecimalField(max_digits=14, decimal_places=4)
    halves = Ceil(ExpressionWrapper(whole * months * 2 / Value(Decimal(YEAR)), output_field=wide))
    return ExpressionWrapper(halves / Value(Decimal(2)), output_field=HOURS)


# --- exams


@dataclass(frozen=True)
class ExamFigures:
    """Of an exam: who came, who passed, the mean."""

    entered: int
    missed: int
    passed: int
    mean: Decimal | None


def figures_of(exam: Exam, scores: Iterable[ExamScore]) -> ExamFigures:
    rows = list(scores)
    marks = [row.score for row in rows if row.score is not None]
    passed = sum(mark >= exam.pass_mark for mark in marks)
    mean = (sum(marks, ZERO) / len(marks)).quantize(Decimal("0.01")) if marks else None
    return ExamFigures(len(rows), len(rows) - len(marks), passed, mean)


def scores_of(exam: Exam) -> list[ExamScore]:
    rows = exam.scores.select_related("worker__unit", "worker__person")
    found = list(rows.order_by(F("score").desc(nulls_last=True), "worker__number"))
    for row in found:
        row.exam = exam
    return found


def with_figures(rows: QuerySet[Exam]) -> QuerySet[Exam]:
    """``entered`` and ``passed``: scores, and those at the pass mark or above."""
    return rows.annotate(entered=Count("scores"), passed=Count("scores", filter=Q(scores__score__gte=F("pass_mark"))))


def own_results(worker: Worker, limit: int = 10) -> list[ExamScore]:
    """A worker's own scores, the latest first."""
    rows = ExamScore.objects.filter(worker=worker).select_related("exam").order_by("-exam__held_on", "-pk")
    return list(rows[:limit])


def ranks(scores: Sequence[Decimal]) -> list[int]:
    """The rank of each of the scores (best first in the answer's order); ties share one, the next is skipped."""
    counts = Counter(scores)
    place, found = 1, {}
    for score in sorted(counts, reverse=True):
        found[score] = place
        place += counts[score]
    return [found[score] for score in scores]
