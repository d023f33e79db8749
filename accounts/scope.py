"""A user's current role assignments as a :class:`common.scope.Scope`. One query, once per request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.roles import ROLE_RULES
from common.prepared import Prepared
from common.scope import Grant, Scope

if TYPE_CHECKING:
    from accounts.models import RoleAssignment


def current_assignments(on: Any = None) -> Q:
    """Assignments in force on a day (today in the district's time zone)."""
    day = on or timezone.localdate()
    return Q(revoked_at=None, first_day__lte=day) & (Q(last_day=None) | Q(last_day__gte=day))


def usable_assignments(user: Any) -> list[RoleAssignment]:
    """The assignments that grant something today, with their seats, the widest area first. One query."""
    rows = _ROLES.all(user=user.pk, day=timezone.localdate())
    for row in rows:
        row.user = user
    return sorted((row for row in rows if _usable(row)), key=lambda row: (row.unit.level if row.unit else 9, row.pk))


def _roles(user: Any, day: Any) -> QuerySet[RoleAssignment]:
    from accounts.models import RoleAssignment

    rows = RoleAssignment.objects.filter(current_assignments(day), user=user)
    return rows.select_related("unit", "department").order_by()


_ROLES = Prepared(_roles)  # every request of everybody asks this


def build_scope(user: Any) -> Scope:
    return Scope(tuple(_grant(row) for row in user.current_roles))


def _usable(row: Any) -> bool:
    """A role this version does not know, or one seated in a closed unit or department, grants nothing."""
    if row.role not in ROLE_RULES:
        return False
    seat = row.unit or row.department
    return seat is not None and seat.is_active


def _grant(row: Any) -> Grant:
    return Grant(
        role=row.role,
        permissions=ROLE_RULES[row.role].permissions,
        level=row.unit.level if row.unit else None,
        unit_id=row.unit_id,
        unit_path=row.unit.path if row.unit else "",
        department_id=row.department_id,
    )
