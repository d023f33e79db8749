"""Training, rotation, pairs, contests and attendance for tests: rows without history, as a service would leave them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

from django.utils import timezone

from grid.models import Unit
from staff.models import (
    AttendanceDay,
    AttendanceSheet,
    AttendanceTotal,
    Contest,
    ContestResult,
    Enrolment,
    Exam,
    ExamScore,
    MentorPair,
    Promotion,
    RotationPlan,
    RotationSite,
    RotationTurn,
    TrainingPlan,
    TrainingSession,
    Worker,
)

_numbers = count(1)


def make_plan(unit: Unit, **fields: Any) -> TrainingPlan:
    values = {"year": timezone.localdate().year, "title": f"全员轮训第{next(_numbers)}期", **fields}
    return TrainingPlan.objects.create(unit=unit, **values)


def make_session(plan: TrainingPlan, *, starts: datetime | None = None, **fields: Any) -> TrainingSession:
    """Three hours of training, tomorrow at nine unless another time is given."""
    begin = starts or (timezone.localtime() + timedelta(days=1)).replace(hour=9, minute=0, second=0, microsecond=0)
    values = {
        "title": f"群众工作方法第{next(_numbers)}讲", "subject": "service", "starts_at": begin, "ends_at": begin + timedelta(hours=3),
        "place": "区委党校 201", "hours": "3.0", "capacity": 30, **fields,
    }  # fmt: skip
    return TrainingSession.objects.create(plan=plan, unit=plan.unit, **values)


def make_enrolment(session: TrainingSession, worker: Worker, **fields: Any) -> Enrolment:
    return Enrolment.objects.create(session=session, worker=worker, **fields)


def make_exam(plan: TrainingPlan, **fields: Any) -> Exam:
    """Yesterday, of 100 marks, 60 to pass."""
    values = {
        "number": f"K{next(_numbers):05d}", "title": "应知应会测试", "held_on": timezone.localdate() - timedelta(days=1),
        "full_marks": "100.0", "pass_mark": "60.0", **fields,
    }  # fmt: skip
    return Exam.objects.create(plan=plan, unit=plan.unit, **values)


def make_score(exam: Exam, worker: Worker, score: Any = "86.5") -> ExamScore:
    return ExamScore.objects.create(exam=exam, worker=worker, score=score)


def make_site(unit: Unit, place: Unit, **fields: Any) -> RotationSite:
    return RotationSite.objects.get_or_create(unit=unit, place=place, defaults=fields)[0]


def make_rotation(unit: Unit, first_day: date, **fields: Any) -> RotationPlan:
    values = {"title": f"第{next(_numbers)}轮跟班轮训", "periods": 4, "per_site": 2, **fields}
    return RotationPlan.objects.create(unit=unit, first_day=first_day, **values)


def make_turn(
    plan: RotationPlan, site: RotationSite, worker: Worker, first: date, last: date, **fields: Any
) -> RotationTurn:
    values = {"seat": next(_numbers), **fields}
    return RotationTurn.objects.create(plan=plan, site=site, worker=worker, first_day=first, last_day=last, **values)


def make_pair(mentor: Worker, apprentice: Worker, **fields: Any) -> MentorPair:
    today = timezone.localdate()
    values = {
        "goals": "三个月内能独立走访、登记和办结诉求。", "started_on": today - timedelta(days=30),
        "planned_end": today + timedelta(days=60), **fields,
    }  # fmt: skip
    return MentorPair.objects.create(mentor=mentor, apprentice=apprentice, **values)


def make_contest(unit: Unit, **fields: Any) -> Contest:
    values = {
        "title": f"第{next(_numbers)}届社区工作者技能比武",
        "held_on": timezone.localdate() - timedelta(days=3),
        **fields,
    }
    return Contest.objects.create(unit=unit, **values)


def make_result(contest: Contest, worker: Worker, score: str = "92.50", award: str = "first") -> ContestResult:
    return ContestResult.objects.create(contest=contest, worker=worker, score=score, award=award)


def make_promotion(worker: Worker, **fields: Any) -> Promotion:
    values = {
        "from_post": "worker", "to_post": "member", "promoted_on": timezone.localdate() - timedelta(days=10),
        "document": "江组〔2026〕12号", **fields,
    }  # fmt: skip
    return Promotion.objects.create(worker=worker, **values)


def make_day(worker: Worker, day: date, signed_in: str = "", signed_out: str = "", **fields: Any) -> AttendanceDay:
    """``make_day(worker, day, "08:20", "17:05")``"""
    return AttendanceDay.objects.create(
        worker=worker, day=day, signed_in_at=at(day, signed_in), signed_out_at=at(day, signed_out), **fields
    )


def at(day: date, clock: str) -> datetime | None:
    """A time of a day in the district's time; nothing for an empty text."""
    if not clock:
        return None
    hour, minute = clock.split(":")
    return datetime(day.year, day.month, day.day, int(hour), int(minute), tzinfo=timezone.get_current_timezone())


def make_sheet(unit: Unit, month: date, **fields: Any) -> AttendanceSheet:
    return AttendanceSheet.objects.get_or_create(unit=unit, month=month, defaults={"people": 1, **fields})[0]


def make_total(sheet: AttendanceSheet, worker: Worker, **fields: Any) -> AttendanceTotal:
    values = {"due": 21, "present": 20, "leave": 1, "late": 2, "month": sheet.month, **fields}
    return AttendanceTotal.objects.create(sheet=sheet, worker=worker, **values)
