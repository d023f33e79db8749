"""技能比武 with its scores and awards, and 晋升通道: who rose by which document."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from common import events as history
from common.errors import Conflict, Invalid
from grid.models import Unit
from staff import events_growth as events
from staff import permissions
from staff.choices_growth import Award, PathPost
from staff.models import Contest, ContestResult, Promotion, Worker
from staff.services.growth import near, needed, one_of, organiser, plain_text, repeated
from staff.services.workers import known_choice, locked_worker, one_line
from volunteers.services.locks import locked

MOST_POINTS = Decimal(1000)


def contest_create(
    *, actor: Any, unit: Unit, title: str, held_on: date, about: str = "", request_key: UUID | None = None
) -> Contest:
    """A contest of a street or the district; one of the same name on a day only."""
    with transaction.atomic():
        seat = organiser(unit, actor)
        if known := repeated(Contest, request_key):
            return known
        row = Contest(
            unit=seat, title=needed(title, 60, "名称", "title"), held_on=near(held_on, "held_on"),
            about=plain_text(about, 1000, "项目和规则", "about"), request_key=request_key,
        )  # fmt: skip
        try:
            with transaction.atomic():
                history.record(row, events.CONTEST_CREATED, actor=actor, data={"day": f"{held_on:%Y-%m-%d}"})
        except IntegrityError:
            raise Conflict("这一天已登记同名的比武。") from None
    return row


def result_set(
    *, contest: Contest, actor: Any, worker: Worker, score: Decimal, award: str = Award.NONE
) -> ContestResult:
    """Somebody's score and award; another one corrects it, the same changes nothing.

    Raises ``Http404`` or ``Refused`` by the contest's unit, ``Invalid`` for somebody of elsewhere or a day to come.
    """
    known_choice(award, Award, "award")
    if not 0 <= score <= MOST_POINTS:
        raise Invalid(f"得分应在 0 与 {MOST_POINTS} 之间。", "score")
    with transaction.atomic():
        row: Contest = locked(contest, actor, permissions.GROWTH)
        if row.held_on > timezone.localdate():
            raise Invalid(f"比武日期是 {row.held_on:%Y-%m-%d}，还没有比。", "score")
        one = one_of(worker, row.unit)
        known = ContestResult.objects.filter(contest=row, worker=one).first() or ContestResult(contest=row, worker=one)
        if known.pk and (known.score, known.award) == (score, award):
            return known
        known.score, known.award = score, award
        known.save()
        data = {"number": one.number, "score": f"{score.normalize():f}", "award": Award(award).label}
        history.record(row, events.CONTEST_RESULT, actor=actor, data=data)
    return known


# --- promotion


def promotion_record(
    *, actor: Any, worker: Worker, from_post: str, to_post: str, promoted_on: date, document: str, note: str = "",
    request_key: UUID | None = None,
) -> Promotion:  # fmt: skip
    """Write down a promotion by its document; post and grade are changed where those are kept.

    Raises ``Http404`` outside the actor's area, ``Refused`` without the permission, ``Conflict`` for the same twice.
    """
    known_choice(from_post, PathPost, "from_post")
    known_choice(to_post, PathPost, "to_post")
    if from_post == to_post:
        raise Invalid("两个岗位应不同。", "to_post")
    if near(promoted_on, "promoted_on") > timezone.localdate():
        raise Invalid("日期不能晚于今天。", "promoted_on")
    with transaction.atomic():
        person = locked_worker(worker, actor, permissions.GROWTH)
        if known := repeated(Promotion, request_key):
            return known
        row = Promotion(
            worker=person, from_post=from_post, to_post=to_post, promoted_on=promoted_on,
            document=needed(document, 60, "文号", "document"), note=one_line(note, 120, "说明", "note"),
            request_key=request_key,
        )  # fmt: skip
        data = {
            "old": PathPost(from_post).label, "new": PathPost(to_post).label, "day": f"{promoted_on:%Y-%m-%d}",
            "document": row.document,
        }  # fmt: skip
        try:
            with transaction.atomic():
                history.record(row, events.PROMOTED, actor=actor, data=data)
        except IntegrityError:
            raise Conflict("这一天到同一岗位的晋升已登记。") from None
    return row


def promotion_void(*, promotion: Promotion, actor: Any, reason: str) -> Promotion:
    """Strike out a record that was wrong; it stays in the history. Done twice it changes nothing."""
    why = needed(reason, 100, "原因", "reason")
    with transaction.atomic():
        row: Promotion = locked(promotion, actor, permissions.GROWTH)
        if row.is_void:
            return row
        row.is_void = True
        history.record(row, events.PROMOTION_VOID, actor=actor, data={"reason": why}, fields=["is_void"])
    return row
