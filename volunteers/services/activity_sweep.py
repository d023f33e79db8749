"""What time does to activities: they end, and their organisers are reminded. Repeatable at any moment."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import Notification
from accounts.services.notifications import message, notify
from common import events as history
from volunteers import events
from volunteers.choices import ActivityState, ParticipationState
from volunteers.models import Activity
from volunteers.services.participation import locked_activity, move_up

BATCH = 200
CONFIRM_WITHIN = timedelta(days=3)


def end_past_activities(now: datetime | None = None) -> int:
    """End published activities whose time is over; the number of them."""
    at, ended = now or timezone.now(), 0
    while True:
        with transaction.atomic():
            rows = Activity.objects.select_for_update(skip_locked=True, of=("self",)).filter(
                state=ActivityState.PUBLISHED, ends_at__lte=at
            )
            batch = list(rows.order_by("pk")[:BATCH])
            for row in batch:
                row.state = ActivityState.ENDED
                history.record(row, events.ACTIVITY_ENDED, data={"how": "到时间自动结束"}, at=at, fields=["state"])
        ended += len(batch)
        if len(batch) < BATCH:
            return ended


def fill_free_places(now: datetime | None = None) -> int:
    """Let people up from waiting lists wherever a place is free: somebody left the volunteers, or fits by now."""
    at, moved = now or timezone.now(), 0
    rows = Activity.objects.filter(
        state=ActivityState.PUBLISHED, starts_at__gt=at, participations__state=ParticipationState.WAITING
    )
    for pk in rows.order_by("pk").values_list("pk", flat=True).distinct():
        with transaction.atomic():
            moved += len(move_up(locked_activity(pk)))
    return moved


def remind_to_confirm(now: datetime | None = None) -> int:
    """Three days after an activity its unit, and whoever planned it, is asked for the hours; the new messages."""
    at = now or timezone.now()
    rows = Activity.objects.filter(state=ActivityState.ENDED, ends_at__lte=at - CONFIRM_WITHIN)
    late = list(rows.select_related("unit", "created_by").order_by("pk"))
    asked = [one for row in late for one in _messages(row, at)]
    keys = [one.dedupe_key for one in asked]
    with transaction.atomic():
        known = set(Notification.objects.filter(dedupe_key__in=keys).values_list("dedupe_key", flat=True))
        new = [one for one in asked if one.dedupe_key not in known]
        notify(new)
    return len(new)


def _messages(row: Activity, at: datetime) -> Iterator[Notification]:
    text = f"“{row}”已结束 {(at - row.ends_at).days} 天，还没有确认志愿者的服务时长，请尽快确认。"
    people = [row.unit, *([row.created_by] if row.created_by and row.created_by.is_active else [])]
    for who in people:
        yield message(
            to=who, text=text, tone=Notification.Tone.REMINDER, url=row.get_absolute_url(), at=at,
            key=f"activity:{row.pk}:confirm:{who._meta.model_name}",
        )  # fmt: skip
