"""Roles and unread messages follow their unit when it is merged into another: people go on without a gap."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from accounts import events
from accounts.models import Notification, RoleAssignment, User
from accounts.policies import live
from common import events as history
from common.models import Event
from grid.models import Unit


def hand_over(*, source: Unit, target: Unit, event: Event) -> int:
    """End the roles seated at ``source`` and give the same ones at ``target``; the number of them.

    Runs in the transaction of the merge. A person who has the role at the target already keeps that one.
    """
    rows = list(RoleAssignment.objects.filter(live(), unit=source).order_by("user_id", "pk"))
    users = {user.pk: user for user in _locked({row.user_id for row in rows})}
    today, now = timezone.localdate(), timezone.now()
    for row in rows:
        row.user, row.unit, row.revoked_at = users[row.user_id], source, now
        ended = _data(row) | {"last_day": f"随单位并入“{target}”转任"}
        history.record(row, events.ROLE_ENDED, actor=event.actor, data=ended, fields=("revoked_at",))
        if RoleAssignment.objects.filter(live(), user=row.user, role=row.role, unit=target).exists():
            continue
        new = RoleAssignment(
            user=row.user, role=row.role, unit=target, first_day=max(today, row.first_day), last_day=row.last_day
        )
        history.record(new, events.ROLE_GIVEN, actor=event.actor, data=_data(new))
    # What nobody has read yet is for the people who go on at the target.
    Notification.objects.filter(unit=source, read_at=None).update(unit=target)
    return len(rows)


def _locked(keys: set[int]) -> list[User]:
    return list(User.objects.select_for_update(no_key=True).filter(pk__in=keys).order_by("pk"))


def _data(row: RoleAssignment) -> dict[str, Any]:
    return {
        "user": row.user.display_name,
        "username": row.user.username,
        "role": row.get_role_display(),
        "seat": str(row.seat),
        "first_day": row.first_day.isoformat(),
        "last_day": row.last_day.isoformat() if row.last_day else "长期",
    }
