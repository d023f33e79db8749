"""Locks of the tree and the carrying of everything below a unit to a new place.

Order of locks: first the tree itself (:func:`lock_tree`), then rows of units in path order. Whoever
changes parents, paths or codes takes both; whoever only reads a unit's row for a post or a name
takes the row alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Any, TypeVar

from django.db import OperationalError, connection, transaction
from django.http import Http404

from common import events as history
from common.decisions import Decision, Denied
from common.errors import Conflict, Invalid, Refused
from common.models import Event
from common.scope import scope_of
from grid import events, permissions
from grid.models import Unit

# Any number will do as long as nothing else uses it: one advisory lock stands for the whole tree.
TREE_LOCK = 220_605
PATIENCE = "800ms"
ATTEMPTS = 5
LOCK_TIMEOUT, DEADLOCK = "55P03", "40P01"

Service = TypeVar("Service", bound=Callable[..., Any])


def lock_tree() -> None:
    """Wait until nobody else is changing the tree; held until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [TREE_LOCK])


def changes_tree(service: Service) -> Service:
    """Run a service in one transaction under the tree's lock, giving way to whoever registers tickets.

    A ticket being registered holds a share of the rows of its units and may wait for another of them.
    The change of the tree is the one that can be repeated, so it waits for a row for less time than
    PostgreSQL takes to look for a deadlock, gives everything back and starts again.
    Raises :class:`Conflict` when the rows do not come free.
    """

    @wraps(service)
    def inner(**values: Any) -> Any:
        if connection.in_atomic_block:  # a part of somebody else's transaction: nothing can be repeated here
            with transaction.atomic():
                lock_tree()
                return service(**values)
        for attempt in range(ATTEMPTS):
            try:
                with transaction.atomic():
                    lock_tree()
                    with connection.cursor() as cursor:
                        cursor.execute(f"SET LOCAL lock_timeout = '{PATIENCE}'")
                    return service(**values)
            except OperationalError as error:
                if getattr(error.__cause__, "pgcode", None) not in (LOCK_TIMEOUT, DEADLOCK):
                    raise
                time.sleep(0.05 * (attempt + 1))
        raise Conflict("这些单位正有人在办理业务，请过一分钟再试。")

    return inner  # type: ignore[return-value]


def locked(keys: Iterable[int]) -> dict[int, Unit]:
    """The units with these keys, re-read and locked in path order."""
    rows = Unit.objects.select_for_update(of=("self",)).filter(pk__in=set(keys)).order_by("path")
    return {unit.pk: unit for unit in rows}


def locked_subtree(unit: Unit) -> list[Unit]:
    """The unit and everything below it, re-read and locked in path order; the unit is the first."""
    return list(Unit.objects.select_for_update(of=("self",)).filter(path__startswith=unit.path).order_by("path"))


def refuse_unless(decision: Decision, field: str | None = None) -> None:
    if isinstance(decision, Denied):
        raise Invalid(decision.reason, field)


def require_over(actor: Any, unit: Unit, permission: str = permissions.UNIT_MANAGE) -> None:
    """The actor must see the unit (else ``Http404``) and hold the permission over it (else ``Refused``).

    ``None`` stands for the system itself: commands and jobs without a person.
    """
    if actor is None:
        return
    if not Unit.objects.visible_to(actor).filter(pk=unit.pk).exists():
        raise Http404
    if not scope_of(actor).may(permission):
        raise Refused("您的岗位没有维护组织架构的权限，如有需要请联系系统管理员。")
    if not Unit.objects.visible_to(actor, permission).filter(pk=unit.pk).exists():
        raise Refused(f"“{unit}”不在您负责维护的范围内。")


def replant(unit: Unit, new_path: str, summary: str, *, actor: Any, skip: Iterable[int] = ()) -> None:
    """Rewrite the paths of everything below ``unit`` to stand under ``new_path``; one UPDATE.

    ``unit`` itself still has its old path and is left to the caller, as are the keys in ``skip``.
    Each unit below gets an event of its own: its path decides who sees it, so it is sealed.
    """
    old = unit.path
    skipped = {unit.pk, *skip}
    carried = [below for below in locked_subtree(unit) if below.pk not in skipped]
    for below in carried:
        below.path = new_path + below.path[len(old) :]
    write_linked(carried, events.UNIT_CARRIED, lambda below: {"summary": summary}, actor=actor)


def write_linked(units: list[Unit], kind: str, data: Callable[[Unit], Mapping[str, Any]], *, actor: Any) -> None:
    """Write paths and one event for each of many units: one UPDATE, bulk inserts of the events."""
    if not units:
        return
    linked = [history.link(unit, kind, actor=actor, data=data(unit)) for unit in units]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE grid_unit AS u SET path = n.path, event_seq = n.seq, event_head = n.head
            FROM unnest(%s::bigint[], %s::text[], %s::int[], %s::bytea[]) AS n(id, path, seq, head)
            WHERE u.id = n.id
            """,
            [
                [unit.pk for unit in units],
                [unit.path for unit in units],
                [unit.event_seq for unit in units],
                [unit.event_head for unit in units],
            ],
        )
    Event.objects.bulk_create(linked, batch_size=2000)
