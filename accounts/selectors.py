"""Questions about accounts that more than one place asks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from axes.helpers import get_cool_off
from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import Prefetch, Q, QuerySet
from django.utils import timezone

from accounts import events
from accounts.models import ApiToken, Notification, RoleAssignment, User
from accounts.permissions import AUDIT_VIEW
from accounts.policies import managed_area
from accounts.querysets import NotificationQuerySet
from accounts.roles import ROLE_RULES
from accounts.scope import current_assignments
from common import events as history
from common.models import Event
from common.navigation import capped
from common.scope import any_of, scope_of
from grid.bodies import body_key
from grid.models import Department, Unit

# --- lock-out


@dataclass(frozen=True)
class Lock:
    """A user name that may not try again before ``opens_at``."""

    username: str
    display_name: str
    opens_at: datetime
    addresses: str


def lock_opens_at(username: str) -> datetime | None:
    """When a locked name may try again; ``None`` when it is not locked."""
    rows = AccessAttempt.objects.filter(username=username, attempt_time__gte=_since())
    return _opening([(row.attempt_time, row.failures_since_start) for row in rows])


def locks() -> list[Lock]:
    """Every locked name, the one that opens last first."""
    attempts: dict[str, list[AccessAttempt]] = {}
    for row in AccessAttempt.objects.filter(attempt_time__gte=_since()).order_by("username", "id"):
        attempts.setdefault(row.username or "", []).append(row)
    names = dict(User.objects.filter(username__in=attempts).values_list("username", "display_name"))
    found = []
    for username, rows in attempts.items():
        opens_at = _opening([(row.attempt_time, row.failures_since_start) for row in rows])
        if opens_at is not None:
            addresses = "、".join(sorted({row.ip_address for row in rows if row.ip_address}))
            found.append(Lock(username, names.get(username, ""), opens_at, addresses))
    return sorted(found, key=lambda lock: lock.opens_at, reverse=True)


def _since() -> datetime:
    cool_off = get_cool_off()
    assert cool_off is not None  # AXES_COOLOFF_TIME is set
    return timezone.now() - cool_off


def _opening(attempts: list[tuple[datetime, int]]) -> datetime | None:
    """When so many attempts are forgotten that fewer than the limit are left."""
    left = sum(failures for _, failures in attempts)
    for at, failures in sorted(attempts):
        if left < settings.AXES_FAILURE_LIMIT:
            return None
        left -= failures
        if left < settings.AXES_FAILURE_LIMIT:
            return at + (timezone.now() - _since())
    return None


# --- people


def with_roles(users: QuerySet[User]) -> QuerySet[User]:
    """Users with the roles they hold today as ``roles_now``, in two queries more."""
    held = RoleAssignment.objects.filter(current_assignments()).select_related("unit", "department").order_by("pk")
    return users.prefetch_related(Prefetch("assignments", queryset=held, to_attr="roles_now"))


def assignments_of(user: User) -> QuerySet[RoleAssignment]:
    """All roles a person holds, held or will hold, the latest first."""
    return user.assignments.select_related("unit", "department").order_by("-first_day", "-pk")


def tokens_of(user: User) -> QuerySet[ApiToken]:
    return ApiToken.objects.filter(user=user).order_by("-created")


def seated_over(unit: Unit, permission: str) -> list[RoleAssignment]:
    """Assignments of today that carry a permission over a unit, the nearest seat first, each with user and seat. One query."""
    roles = [role for role, rule in ROLE_RULES.items() if permission in rule.permissions]
    rows = RoleAssignment.objects.filter(
        current_assignments(),
        role__in=roles,
        unit__code__in=unit.path_codes,
        unit__is_active=True,
        user__is_active=True,
    )
    return list(rows.select_related("user", "unit").order_by("-unit__level", "user", "pk"))


def account_history(user: User, limit: int = 50) -> list[Event]:
    """The newest events of an account and of its roles."""
    streams = [user.stream, *user.assignments.values_list("stream", flat=True)]
    rows = Event.objects.filter(stream__in=streams).select_related("actor").order_by("-at", "-pk")
    return list(rows[:limit])


def own_sign_ins(user: User, limit: int = 10) -> list[Event]:
    """The person's own latest sign-ins and sign-outs."""
    kinds = (events.SIGNED_IN, events.SIGNED_OUT)
    return list(Event.objects.filter(actor=user, kind__in=kinds).order_by("-at")[:limit])


# --- audit


def audit_kinds() -> list[history.EventKind]:
    return [kind for kind in history.kinds() if kind.audit]


def audit_events(user: Any) -> QuerySet[Event]:
    """What the audit administrator may read: every event whose kind is registered for the audit."""
    if not scope_of(user).holding(AUDIT_VIEW):
        return Event.objects.none()
    return Event.objects.filter(kind__in=[kind.code for kind in audit_kinds()])


# --- messages


def messages_for(user: Any) -> NotificationQuerySet:
    return Notification.objects.visible_to(user)


def unread_count(user: Any) -> int:
    """Unread messages, counted up to a hundred."""
    return capped(messages_for(user).unread())


# --- where a role can be held


def seats(user: Any, text: str, limit: int = 50) -> list[tuple[str, str]]:
    """Units and departments in the area a person manages whose name holds ``text``: (body key, full name)."""
    area = managed_area(user)
    if not area:
        return []
    units = Unit.objects.active()
    if not area.everything:
        units = units.filter(any_of(Q(path__startswith=path) for path in area.unit_paths))
    found = list(units.filter(Q(name__icontains=text) | Q(code__startswith=text)).order_by("level", "path")[:limit])
    rows = [(body_key(unit), name) for unit, name in zip(found, full_names(found), strict=True)]
    if area.everything:
        departments = Department.objects.active().filter(Q(name__icontains=text) | Q(short_name__icontains=text))
        rows += [(body_key(department), f"{department}（职能部门）") for department in departments[:limit]]
    return rows


def full_names(units: Sequence[Unit]) -> list[str]:
    """``江湾社区（城墙街道）`` for each unit, in two queries at most."""
    codes = {code for unit in units for code in unit.path_codes[1:-1]}
    names = dict(Unit.objects.filter(code__in=codes).values_list("code", "name")) if codes else {}
    return [_full_name(unit, names) for unit in units]


def _full_name(unit: Unit, names: dict[str, str]) -> str:
    above = "".join(names.get(code, "") for code in unit.path_codes[1:-1])
    return f"{unit.name}（{above}）" if above else unit.name
