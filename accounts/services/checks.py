"""What several services of accounts do first: refuse, lock, and keep one administrator."""

from __future__ import annotations

from typing import Any

from accounts.models import RoleAssignment, User
from accounts.roles import Role
from accounts.scope import current_assignments
from common.decisions import Decision, Denied
from common.errors import Conflict, Refused
from grid.choices import Level


def insist(decision: Decision) -> None:
    """Raise :class:`Refused` with the reason of a denial."""
    if isinstance(decision, Denied):
        raise Refused(decision.reason)


def locked(user: Any) -> User:
    """The account as it stands now, locked until the end of the transaction.

    Everything about one person (roles, password, tokens) is changed under this lock. It lets others
    point at the account meanwhile, so somebody whose account is being changed goes on working.
    """
    return User.objects.select_for_update(no_key=True).get(pk=user.pk)


def keep_an_administrator(leaving: User) -> None:
    """Raise :class:`Conflict` when nobody but ``leaving`` could manage the district's accounts any more.

    Locks the administrators' assignments, so that two of them cannot remove each other at once.
    """
    rows = RoleAssignment.objects.filter(current_assignments(), role=Role.SYSTEM_ADMIN, unit__level=Level.DISTRICT)
    holders = {row.user_id for row in rows.select_for_update(of=("self",), no_key=True).order_by("pk")}
    if leaving.pk not in holders:
        return
    if not User.objects.filter(pk__in=holders - {leaving.pk}, is_active=True).exists():
        raise Conflict("这是唯一在任的区级系统管理员，请先指定另一位，再收回或停用。")
