"""How a scope narrows the rows of the hierarchy."""

from __future__ import annotations

from typing import Any, Self

from django.db.models import Q

from common.scope import PublicQuerySet, Scope, ScopedQuerySet, any_of
from grid import permissions


class UnitQuerySet(ScopedQuerySet):
    view_permission = permissions.UNIT_VIEW

    def within(self, scope: Scope) -> Q:
        if scope.everything:
            return Q()
        return any_of(Q(path__startswith=path) for path in scope.unit_paths)

    def active(self) -> Self:
        return self.filter(is_active=True)

    def below(self, unit: Any) -> Self:
        """The unit itself and everything under it."""
        return self.filter(path__startswith=unit.path)


def covers(scope: Scope, unit: Any) -> bool:
    """The rule of :class:`UnitQuerySet` for one unit at hand, without a query."""
    scope = scope.holding(permissions.UNIT_VIEW)
    return scope.everything or any(unit.path.startswith(path) for path in scope.unit_paths)


class UnderUnitQuerySet(ScopedQuerySet):
    """Rows that hang on a unit by a foreign key named ``unit``."""

    view_permission = permissions.UNIT_VIEW

    def within(self, scope: Scope) -> Q:
        if scope.everything:
            return Q()
        return any_of(Q(unit__path__startswith=path) for path in scope.unit_paths)


class DepartmentQuerySet(PublicQuerySet):
    def active(self) -> Self:
        return self.filter(is_active=True)
