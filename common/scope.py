"""What a person may see, as one object, and the one door to rows that uses it (design §2.1).

A *grant* is one current role assignment: permissions over everything below one node of the
organisation tree, or over what is assigned to one department. A *scope* is all grants of a person.
A model says how a scope narrows its rows by subclassing :class:`ScopedQuerySet`; a model that says
nothing shows nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

from django.db import models
from django.db.models import Q


@dataclass(frozen=True)
class Grant:
    """Permissions over one place.

    ``level`` is the depth of the node in the tree (1 = the whole installation, larger = smaller
    areas) and ``unit_id`` its key; ``department_id`` is set instead for a grant over what one
    department has been given. Both ``None``: permissions that are bound to no rows.
    """

    role: str
    permissions: frozenset[str]
    level: int | None = None
    unit_id: int | None = None
    unit_path: str = ""
    department_id: int | None = None


@dataclass(frozen=True)
class Scope:
    """All grants of one person; the empty scope sees nothing."""

    grants: tuple[Grant, ...] = ()

    TOP_LEVEL = 1

    def __bool__(self) -> bool:
        return bool(self.grants)

    @cached_property
    def permissions(self) -> frozenset[str]:
        return frozenset().union(*(grant.permissions for grant in self.grants))

    def may(self, permission: str) -> bool:
        """Whether any grant carries the permission, wherever it applies."""
        return permission in self.permissions

    def holding(self, permission: str | None) -> Scope:
        """The part of the scope whose grants carry ``permission`` (``None``: all of it)."""
        if permission is None:
            return self
        return Scope(tuple(grant for grant in self.grants if permission in grant.permissions))

    @cached_property
    def everything(self) -> bool:
        """True when a grant stands at the root of the tree."""
        return any(grant.level == self.TOP_LEVEL for grant in self.grants)

    def unit_ids(self, level: int | None = None) -> frozenset[int]:
        """Nodes granted directly, of one level or of all."""
        return frozenset(
            grant.unit_id
            for grant in self.grants
            if grant.unit_id is not None and (level is None or grant.level == level)
        )

    @cached_property
    def unit_paths(self) -> tuple[str, ...]:
        return tuple(sorted({grant.unit_path for grant in self.grants if grant.unit_path}))

    @cached_property
    def department_ids(self) -> frozenset[int]:
        return frozenset(grant.department_id for grant in self.grants if grant.department_id is not None)


NOTHING = Scope()


def scope_of(user: Any) -> Scope:
    """The scope of a user; of nobody, an inactive or an anonymous user: nothing."""
    if user is None or not getattr(user, "is_active", False):
        return NOTHING
    scope = getattr(user, "scope", None)
    return scope if isinstance(scope, Scope) else NOTHING


def match_nothing() -> Q:
    return Q(pk__in=())


def any_of(parts: Iterable[Q]) -> Q:
    """OR of the parts; of none of them: nothing. An empty part means everything, and so does the whole then."""
    result: Q | None = None
    for part in parts:
        if not part:
            return part
        result = part if result is None else result | part
    return match_nothing() if result is None else result


class ScopedQuerySet(models.QuerySet):
    """Query set with ``visible_to``, the only door to rows for pages, API, exports, files and jobs.

    Subclasses set ``view_permission`` and implement :meth:`within`.
    """

    view_permission: str | None = None

    def within(self, scope: Scope) -> Q:
        """The condition that keeps the rows a non-empty scope may see; the default keeps none."""
        return match_nothing()

    def visible_to(self, user: Any, permission: str | None = None) -> Self:
        """Rows that ``user`` may see, or, with ``permission``, may use it on."""
        scope = scope_of(user).holding(self.view_permission)
        if permission is not None:
            scope = scope.holding(permission)
        if not scope:
            return self.none()
        return self.filter(self.within(scope))


class PublicQuerySet(ScopedQuerySet):
    """Reference rows (categories, calendars …) that every signed-in user may read."""

    def within(self, scope: Scope) -> Q:
        return Q()
