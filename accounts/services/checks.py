"""What several services of accounts do first: refuse, lock, and keep one administrator."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from accounts.models import RoleAssignment, User
from accounts.roles import SEPARATE_ROLES, Role
from accounts.scope import current_assignments
from accounts.services.notifications import message, notify
from common import events as history
from common.decisions import Decision, Denied
from common.errors import Conflict, Refused
from common.models import Event
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


def tell_auditors(user: User, event: Event) -> None:
    """A message to every audit administrator when an administrator's account or role was touched.

    Whoever resets another administrator's password could sign in with it; this is what makes it seen.
    """
    role = user.assignments.filter(role__in=SEPARATE_ROLES).order_by("-pk").first()
    if role is None:
        return
    actor = f"“{event.actor}”" if event.actor else "系统维护人员"
    label = history.kind_of(event.kind).label
    text = f"{actor}对{role.get_role_display()}“{user}”做了“{label}”，请在审计记录中核对。"
    auditors = User.objects.filter(
        is_active=True,
        pk__in=RoleAssignment.objects.filter(current_assignments(), role=Role.AUDIT_ADMIN).values("user"),
    ).exclude(pk=user.pk)
    url = reverse("accounts:audit")
    notify(message(to=auditor, text=text, key=f"audit:{event.pk}:{auditor.pk}", url=url) for auditor in auditors)
