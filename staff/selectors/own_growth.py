"""What a worker sees of their own growth: every row is the worker's, or meant for everybody of the unit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q
from django.utils import timezone

from common import calendar
from staff.choices_growth import DayState, EnrolmentState, PairState
from staff.models import (
    ContestResult,
    Enrolment,
    ExamScore,
    MentorPair,
    Promotion,
    RotationTurn,
    TrainingSession,
    Worker,
)
from staff.rules_growth import attendance_rule
from staff.selectors.attendance import Look, days_known
from staff.selectors.training import Hours, hours_of, meant_for, own_results

SHOWN = 10


@dataclass(frozen=True)
class OwnSummary:
    """``sessions``: trainings to come, each with one's own enrolment, if any."""

    year: int
    hours: Hours
    sessions: list[tuple[TrainingSession, Enrolment | None]]
    turns: list[RotationTurn]
    pairs: list[MentorPair]


@dataclass(frozen=True)
class OwnGrowth(OwnSummary):
    """``done``: trainings that counted; ``contests``: with one's own rank."""

    done: list[Enrolment]
    scores: list[ExamScore]
    contests: list[tuple[ContestResult, int]]
    promotions: list[Promotion]


def own_summary(worker: Worker) -> OwnSummary:
    """What comes next, for one's own first page."""
    today = timezone.localdate()
    sessions = list(meant_for(worker, timezone.now())[:SHOWN])
    rows = Enrolment.objects.filter(worker=worker, session__in=sessions).exclude(state=EnrolmentState.WITHDRAWN)
    mine = {row.session_id: row for row in rows}
    return OwnSummary(
        today.year, hours_of(worker, today.year), [(one, mine.get(one.pk)) for one in sessions],
        own_turns(worker, today), own_pairs(worker),
    )  # fmt: skip


def own_growth(worker: Worker) -> OwnGrowth:
    """All of it."""
    summary = own_summary(worker)
    done = Enrolment.objects.filter(worker=worker, hours__gt=0, session__plan__year=summary.year)
    return OwnGrowth(
        **vars(summary),
        done=list(done.select_related("session").order_by("-session__starts_at")[:SHOWN]),
        scores=own_results(worker),
        contests=[(one, _rank(one)) for one in _contests(worker)],
        promotions=list(Promotion.objects.filter(worker=worker, is_void=False)[:SHOWN]),
    )


def own_turns(worker: Worker, today: date) -> list[RotationTurn]:
    """Turns to come first, then those of the last time."""
    rows = RotationTurn.objects.filter(worker=worker).select_related("site__place")
    found = list(rows.order_by("-first_day")[: SHOWN + 3])
    coming = [row for row in reversed(found) if row.last_day >= today]
    return [*coming, *[row for row in found if row.last_day < today][:3]]


def own_pairs(worker: Worker) -> list[MentorPair]:
    """Pairs under way in which the worker teaches or is taught."""
    rows = MentorPair.objects.filter(Q(mentor=worker) | Q(apprentice=worker), state=PairState.ACTIVE)
    return list(rows.select_related("mentor__person", "mentor__unit", "apprentice__person", "apprentice__unit"))


def _contests(worker: Worker) -> list[ContestResult]:
    rows = ContestResult.objects.filter(worker=worker).select_related("contest").order_by("-contest__held_on")
    return list(rows[:3])


def _rank(one: ContestResult) -> int:
    """One's own place among all scores of the contest."""
    better = ContestResult.objects.filter(contest=one.contest_id, score__gt=one.score).count()
    return better + 1


@dataclass(frozen=True)
class Today:
    """Today's attendance: what has been signed, and which button is next (``in``, ``out`` or none)."""

    look: Look
    day: date
    next: str
    works: bool
    code: bool
    signs: bool


def today_of(worker: Worker) -> Today:
    """How one's own day stands, and what there is to do."""
    today = timezone.localdate()
    rule = attendance_rule(today)
    look = days_known([worker.pk], today, today).look(worker, today)
    row: Any = look.row
    signs = worker.kind in rule.kinds and look.state != DayState.LEAVE
    following = ""
    if signs and (row is None or row.signed_in_at is None):
        following = "in"
    elif signs and row.signed_out_at is None:
        following = "out"
    return Today(look, today, following, calendar.current().is_working_day(today), rule.code, signs)
