"""Two people for every manual entry (domain §5): whoever proposes never decides."""

from __future__ import annotations

from typing import Any

from common.decisions import ALLOWED, Decision, Denied
from common.scope import Scope


def over_volunteer(request: Any, scope: Scope) -> bool:
    """The volunteer of the request belongs to the scope's area."""
    path = request.volunteer.unit.path
    return scope.everything or any(path.startswith(mine) for mine in scope.unit_paths)


def another_person(request: Any, actor: Any) -> Decision:
    if actor.pk == request.proposed_by_id:
        return Denied("积分调整须由两人办理：提出的人不能复核，请由另一位同事复核。")
    return ALLOWED


def proposer(request: Any, actor: Any) -> Decision:
    if actor.pk != request.proposed_by_id:
        return Denied("只有提出的人可以撤回；不同意的，请复核为“不通过”。")
    return ALLOWED
