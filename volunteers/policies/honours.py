"""Honours: an award passes three people (志愿服务条例 art. 35; domain §5)."""

from __future__ import annotations

from typing import Any

from common.decisions import ALLOWED, Decision, Denied
from common.scope import Scope
from grid.choices import Level


def over_volunteer(nomination: Any, scope: Scope) -> bool:
    """The nominee belongs to the scope's area."""
    path = nomination.volunteer.unit.path
    return scope.everything or any(path.startswith(mine) for mine in scope.unit_paths)


def over_street(nomination: Any, scope: Scope) -> bool:
    """Streets and the district decide, never the community that nominates."""
    return over_volunteer(nomination, Scope(tuple(g for g in scope.grants if (g.level or 9) <= Level.STREET)))


def over_district(nomination: Any, scope: Scope) -> bool:
    return scope.everything


def another_person(nomination: Any, actor: Any) -> Decision:
    """Whoever nominated or recommended does not decide again."""
    if actor.pk in (nomination.nominated_by_id, nomination.recommended_by_id):
        return Denied("推荐、街道审核和区级审定须由不同的人办理，请由另一位同事办理。")
    return ALLOWED
