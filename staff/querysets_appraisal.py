"""How a scope narrows the rows of appraisal.

Whoever organises sees the area. The appraisal of a unit above is seen below it, for its results are; a published
result of a community is seen by everybody who sees the roster (赛马榜), that of a worker never.
"""

from __future__ import annotations

from typing import Any, Self

from django.db.models import Q

from common.scope import Scope, ScopedQuerySet, any_of
from staff import permissions
from staff.appraisal.words import FROZEN_APPRAISALS


def above(scope: Scope, path: str) -> Q:
    """Rows of units that lie above one of the scope's own."""
    names = {mine[: place + 1] for mine in scope.unit_paths for place, sign in enumerate(mine) if sign == "/"}
    return Q(**{f"{path}__in": sorted(names)})


def under(scope: Scope, *paths: str) -> Q:
    if scope.everything:
        return Q()
    return any_of(Q(**{f"{path}__startswith": mine}) for mine in scope.unit_paths for path in paths)


class AppraisalQuerySet(ScopedQuerySet):
    view_permission = permissions.APPRAISAL_VIEW

    def within(self, scope: Scope) -> Q:
        area = under(scope, "unit__path")
        return area | above(scope, "unit__path") if area else area


class AppraisedQuerySet(ScopedQuerySet):
    """Of a seconded worker the unit of the post and that of the work both see the row."""

    view_permission = permissions.APPRAISAL_VIEW
    prefix = ""

    def within(self, scope: Scope) -> Q:
        return under(scope, f"{self.prefix}unit__path", f"{self.prefix}host_unit__path")

    def own(self, user: Any) -> Self:
        """Of the worker whose account it is, once it is published."""
        if not getattr(user, "is_active", False):
            return self.none()
        return self.filter(
            **{f"{self.prefix}worker__user": user, f"{self.prefix}appraisal__state__in": FROZEN_APPRAISALS}
        )

    def on_board(self, user: Any) -> Self:
        """Published rows of communities: open to whoever sees the roster."""
        scope = getattr(user, "scope", None)
        if not getattr(user, "is_active", False) or scope is None or not scope.may(permissions.VIEW):
            return self.none()
        return self.filter(**{f"{self.prefix}worker": None, f"{self.prefix}appraisal__state__in": FROZEN_APPRAISALS})


class OfAppraisedQuerySet(AppraisedQuerySet):
    prefix = "appraised__"


class ResultQuerySet(OfAppraisedQuerySet):
    def current(self) -> Self:
        """Without those that have been corrected."""
        return self.filter(corrected_by=None)


class AppealQuerySet(OfAppraisedQuerySet):
    def asked_by(self, user: Any) -> Self:
        return self.filter(asked_by=user) if getattr(user, "is_active", False) else self.none()


class SheetQuerySet(ScopedQuerySet):
    """Who has scored, not what: seen by those who organise the whole appraisal."""

    view_permission = permissions.APPRAISE

    def within(self, scope: Scope) -> Q:
        return under(scope, "appraisal__unit__path")

    def own(self, user: Any) -> Self:
        return self.filter(judge=user) if getattr(user, "is_active", False) else self.none()


__all__ = [
    "AppealQuerySet", "AppraisalQuerySet", "AppraisedQuerySet", "OfAppraisedQuerySet", "ResultQuerySet", "SheetQuerySet",
]  # fmt: skip
