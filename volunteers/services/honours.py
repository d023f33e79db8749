"""Nominations for honours, one function per row of ``volunteers.workflow.nominations``."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.http import Http404
from django.utils import timezone

from common import events as history
from common.errors import Conflict, Invalid
from volunteers import events, permissions
from volunteers.choices import VolunteerState
from volunteers.models import Nomination, Volunteer
from volunteers.rules import honours
from volunteers.workflow.nominations import NOMINATION_FLOW

DEEDS_AT_LEAST = 20


def nominate(*, actor: Any, volunteer: Volunteer, honour: str, year: int, deeds: str) -> Nomination:
    """Put a volunteer forward for an honour of a year, with what they did.

    Raises ``Http404`` outside the actor's area, ``Invalid`` for unusable input, ``Conflict`` when the
    volunteer has been put forward already.
    """
    deeds, today = deeds.strip(), timezone.localdate()
    if honour not in honours(today):
        raise Invalid("没有这项荣誉，请重新选择。", "honour")
    if not today.year - 1 <= year <= today.year:
        raise Invalid("只能推荐今年或去年的荣誉。", "year")
    if len(deeds) < DEEDS_AT_LEAST:
        raise Invalid(f"请写明主要事迹，至少 {DEEDS_AT_LEAST} 字。", "deeds")
    with transaction.atomic():
        rows = Volunteer.objects.visible_to(actor, permissions.NOMINATE).select_for_update(of=("self",))
        locked = rows.filter(pk=volunteer.pk).first()
        if locked is None:
            raise Http404
        if locked.state != VolunteerState.ACTIVE:
            raise Invalid("只能推荐在册的志愿者。", "volunteer")
        row = Nomination(
            honour=honour, year=year, volunteer=locked, deeds=deeds, nominated_by=actor, nominated_at=timezone.now()
        )
        try:
            with transaction.atomic():
                history.record(row, events.NOMINATED, actor=actor, data={"honour": honour, "year": year})
        except IntegrityError:
            raise Conflict(f"志愿者 {locked.number} 已被推荐为 {year} 年“{honour}”，不能重复推荐。") from None
    return row


@NOMINATION_FLOW.service("recommend")
def nomination_recommend(*, nomination: Nomination, actor: Any, note: str = "") -> Nomination:
    """The street has looked at the deeds and agrees."""
    with NOMINATION_FLOW.step("recommend", nomination, actor) as step:
        step.set(recommended_by=actor, note=note)
        step.data.update(note=note)
    return step.object


@NOMINATION_FLOW.service("award")
def nomination_award(*, nomination: Nomination, actor: Any, note: str = "") -> Nomination:
    """The district gives the honour."""
    with NOMINATION_FLOW.step("award", nomination, actor) as step:
        row = step.object
        step.set(awarded_by=actor, awarded_on=timezone.localdate(step.at), note=note)
        step.data.update(honour=row.honour, year=row.year, note=note)
    return step.object


@NOMINATION_FLOW.service("deny")
def nomination_deny(*, nomination: Nomination, actor: Any, note: str) -> Nomination:
    """Not agreed, with the reason."""
    with NOMINATION_FLOW.step("deny", nomination, actor) as step:
        step.set(note=note)
        step.data.update(note=note)
    return step.object
