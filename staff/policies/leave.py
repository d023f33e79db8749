"""Leave is decided by the street or the district, and never by whoever is away (domain §6)."""

from __future__ import annotations

from typing import Any

from common.decisions import ALLOWED, Decision, Denied
from common.scope import Scope
from grid.choices import Level

NOT_ONESELF = "不能办理自己的请假，请由另一位同事办理。"


def over_street(leave: Any, scope: Scope) -> bool:
    """The worker belongs to the scope's area, and the seat is a street's or the district's."""
    office = Scope(tuple(grant for grant in scope.grants if (grant.level or 9) <= Level.STREET))
    path = leave.worker.unit.path
    return office.everything or any(path.startswith(mine) for mine in office.unit_paths)


def not_oneself(leave: Any, actor: Any) -> Decision:
    return Denied(NOT_ONESELF) if leave.worker.user_id == actor.pk else ALLOWED
