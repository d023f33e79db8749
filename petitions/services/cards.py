"""Supervision cards that a count of faults brings about, and the answers to cards."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.db import transaction
from django.http import Http404
from django.utils import timezone

from accounts.models import Notification
from accounts.services.notifications import message, notify
from common import events as history
from common import policies
from common.errors import Conflict, Refused
from common.scope import scope_of
from grid.bodies import Body, body_key
from grid.models import Unit
from grid.selectors import district
from petitions import events, permissions
from petitions import policies as rules
from petitions.choices import CardLevel
from petitions.ladder import recipients, steps
from petitions.models import Petition, SupervisionCard


def red_card_if_dissatisfied(petition: Petition) -> None:
    """Red at once when 不满意 reaches the policy's count (domain §4). The caller's transaction holds the lock."""
    now = timezone.now()
    rules_now = policies.current("ladder", timezone.localdate(now)).data
    count = petition.dissatisfactions
    if count < rules_now["red_after_dissatisfied"]:
        return
    reason = f"第 {count} 次回访不满意"
    card, fresh = SupervisionCard.objects.get_or_create(
        petition=petition, clock=None, reason=reason,
        defaults={"level": CardLevel.RED, "due_at": now, "issued_at": now},
    )  # fmt: skip
    if not fresh:
        return
    history.record(petition, events.CARD, data={"level": CardLevel.RED.label, "reason": reason}, at=now)
    red = next(step for step in steps(now) if step["key"] == CardLevel.RED)
    keys = [key for key in (petition.community_id, petition.street_id) if key]
    notify(card_messages(card, petition, recipients(red, petition, Unit.objects.in_bulk(keys), district())))


def card_messages(card: SupervisionCard, petition: Petition, bodies: Iterable[Body]) -> Iterator[Notification]:
    """One message per body; the card's own identity makes each come once."""
    owner = f"clock:{card.clock_id}:{card.level}" if card.clock_id else f"card:{card.pk}"
    for body in bodies:
        yield message(
            to=body,
            text=f"{card.get_level_display()}：{card.reason}，工单 {petition.number}“{petition.title}”",
            url=petition.get_absolute_url(),
            tone=card.level,
            key=f"{owner}:{body_key(body)}",
            at=card.issued_at,
        )


def card_answer(*, card: SupervisionCard, actor: Any, answer: str) -> SupervisionCard:
    """The lead explains what was done about a card, once."""
    with transaction.atomic():
        petition = (
            Petition.objects.visible_to(actor).select_for_update(of=("self",)).filter(pk=card.petition_id).first()
        )
        if petition is None:
            raise Http404
        locked = SupervisionCard.objects.select_for_update().get(pk=card.pk)
        scope = scope_of(actor).holding(permissions.HANDLE)
        if not (rules.is_lead(petition, scope) or rules.in_area(petition, scope)):
            raise Refused("只有承办单位可以填写整改说明。")
        if locked.answered_at is not None:
            raise Conflict("这张督办卡已经填写过整改说明。")
        locked.answer, locked.answered_by, locked.answered_at = answer.strip(), actor, timezone.now()
        locked.save(update_fields=["answer", "answered_by", "answered_at"])
        history.record(
            petition, events.CARD_ANSWERED, actor=actor,
            data={"level": locked.get_level_display(), "answer": locked.answer},
        )  # fmt: skip
    return locked
