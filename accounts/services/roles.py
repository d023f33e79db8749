"""Giving and taking roles. Nobody changes the own ones; the three administrators stay three people."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts import events
from accounts.models import RoleAssignment, User
from accounts.policies import fits, live, may_give, may_hold_too, may_manage
from accounts.roles import Role
from accounts.services.checks import insist, keep_an_administrator, locked, tell_auditors
from common import events as history
from common.decisions import Denied
from common.errors import Conflict, Invalid
from grid.bodies import Body, as_columns

MOST_YEARS_AHEAD = 20


def role_give(
    *,
    user: User,
    actor: Any,
    role: str,
    seat: Body,
    first_day: date | None = None,
    last_day: date | None = None,
) -> RoleAssignment:
    """Give a role from ``first_day`` (today) to ``last_day`` (open), both included.

    Raises ``Refused`` (own account, outside the area), ``Conflict`` (separation of the three
    administrators, the same role twice) or ``Invalid`` (dates, level).
    """
    with transaction.atomic():
        current = locked(user)
        insist(may_manage(actor, current))
        insist(may_give(actor, role, seat))
        if not current.is_active:
            raise Invalid("该账号已停用，请先重新启用。")
        return assign(user=current, actor=actor, role=role, seat=seat, first_day=first_day, last_day=last_day)


def assign(
    *, user: User, actor: Any, role: str, seat: Body, first_day: date | None, last_day: date | None
) -> RoleAssignment:
    """Write an assignment that fits its seat and the person's other roles; the caller holds the lock."""
    days = (first_day or timezone.localdate(), last_day)
    _check_days(*days)
    misplaced = fits(role, seat)
    if isinstance(misplaced, Denied):
        raise Invalid(misplaced.reason, "seat")
    held = list(RoleAssignment.objects.filter(live(days[0]), user=user))
    decision = may_hold_too(user, role, held, days)
    if isinstance(decision, Denied):
        raise Conflict(decision.reason)
    columns = as_columns(seat)
    row = RoleAssignment(user=user, role=role, first_day=days[0], last_day=days[1], **columns)
    if any(_is_same(row, other) for other in held):
        raise Conflict(f"“{user}”在“{seat}”已有“{Role(role).label}”角色，不必重复授予。")
    tell_auditors(user, history.record(row, events.ROLE_GIVEN, actor=actor, data=_data(row)))
    return row


def _check_days(first_day: date, last_day: date | None) -> None:
    today = timezone.localdate()
    if last_day is not None and last_day < max(first_day, today):
        raise Invalid("截止日期不能早于起始日期，也不能早于今天。", "last_day")
    horizon = today + timedelta(days=365 * MOST_YEARS_AHEAD)
    if not date(1990, 1, 1) <= first_day <= horizon:
        raise Invalid("起始日期超出合理范围，请检查年份。", "first_day")


def _is_same(new: RoleAssignment, old: RoleAssignment) -> bool:
    """The same role at the same seat on a common day."""
    same_seat = (new.role, new.unit_id, new.department_id) == (old.role, old.unit_id, old.department_id)
    return same_seat and new.first_day <= (old.last_day or date.max) and old.first_day <= (new.last_day or date.max)


def role_end(*, assignment: RoleAssignment, actor: Any, last_day: date | None = None) -> RoleAssignment:
    """End a role after ``last_day`` (today or later), or take it back at once when no day is given."""
    with transaction.atomic():
        user = locked(assignment.user)
        insist(may_manage(actor, user))
        # The lock on the person is enough: a row of theirs changes under it only.
        row = RoleAssignment.objects.select_related("unit", "department").get(pk=assignment.pk)
        row.user = user
        if not _is_live(row):
            raise Conflict("这个角色已经结束，不必再次收回。")
        if row.role == Role.SYSTEM_ADMIN:
            keep_an_administrator(user)
        if last_day is None:
            row.revoked_at = timezone.now()
            until = "即时收回"
        else:
            _check_end(row, last_day)
            row.last_day = last_day
            until = f"截至 {last_day:%Y-%m-%d}"
        data = {**_data(row), "last_day": until}
        fields = ("last_day", "revoked_at")
        tell_auditors(user, history.record(row, events.ROLE_ENDED, actor=actor, data=data, fields=fields))
    return row


def _is_live(row: RoleAssignment) -> bool:
    return row.revoked_at is None and (row.last_day is None or row.last_day >= timezone.localdate())


def _check_end(row: RoleAssignment, last_day: date) -> None:
    if last_day < max(row.first_day, timezone.localdate()):
        raise Invalid("截止日期不能早于起始日期，也不能早于今天；要立即收回，请不填截止日期。", "last_day")
    if row.last_day is not None and last_day > row.last_day:
        raise Invalid("不能借收回把任期延长；如需延长，请重新授予。", "last_day")


def _data(row: RoleAssignment) -> dict[str, str]:
    return {
        "user": row.user.display_name,
        "username": row.user.username,
        "role": Role(row.role).label,
        "seat": str(row.seat),
        "first_day": row.first_day.isoformat(),
        "last_day": f"至 {row.last_day:%Y-%m-%d}" if row.last_day else "长期",
    }
