"""How a scope narrows accounts, assignments and messages."""

from __future__ import annotations

from typing import Any, Self

from django.contrib.auth.models import BaseUserManager
from django.db.models import Q

from accounts import permissions
from accounts.roles import OUTSIDE_ROLES
from common.scope import Scope, ScopedQuerySet, any_of, scope_of


class AssignmentQuerySet(ScopedQuerySet):
    view_permission = permissions.USER_MANAGE

    def within(self, scope: Scope) -> Q:
        if scope.everything:
            return Q()
        return any_of(Q(unit__path__startswith=path) for path in scope.unit_paths)


class UserQuerySet(ScopedQuerySet):
    """Accounts a system administrator manages: those seated, now or ever, inside their own area."""

    view_permission = permissions.USER_MANAGE

    def within(self, scope: Scope) -> Q:
        if scope.everything:
            return Q()
        assignments: Any = self.model._meta.get_field("assignments").related_model
        seated = assignments.objects.filter(any_of(Q(unit__path__startswith=path) for path in scope.unit_paths))
        return Q(pk__in=seated.values("user"))


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]
    def get_by_natural_key(self, username: str | None) -> Any:
        return self.get(username=username)


class NotificationQuerySet(ScopedQuerySet):
    """Messages for the bodies a person works for, and for the person."""

    def visible_to(self, user: Any, permission: str | None = None) -> Self:
        scope = scope_of(user)
        if not scope:
            return self.none()
        working = Scope(tuple(grant for grant in scope.grants if grant.role not in OUTSIDE_ROLES))
        return self.filter(Q(user=user) | Q(unit__in=working.unit_ids()) | Q(department__in=working.department_ids))

    def unread(self) -> Self:
        return self.filter(read_at=None)
