"""What higher apps have to say before a unit or department is closed.

``register("petitions.open", check)`` in ``AppConfig.ready()``; ``check(body)`` gives ``ALLOWED`` or ``Denied`` with the
reason and runs inside the transaction that closes the body.
"""

from __future__ import annotations

from collections.abc import Callable

from common.decisions import ALLOWED, Decision
from grid.bodies import Body

Guard = Callable[[Body], Decision]
_GUARDS: dict[str, Guard] = {}


def register(key: str, guard: Guard) -> None:
    if _GUARDS.get(key, guard) is not guard:
        raise ValueError(f"guard {key} is registered twice")
    _GUARDS[key] = guard


def may_close(body: Body) -> Decision:
    """The first refusal, in the order of the keys."""
    for key in sorted(_GUARDS):
        decision = _GUARDS[key](body)
        if not decision:
            return decision
    return ALLOWED
