"""How a scope narrows tickets, and the worklists."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import cache
from typing import Any, Self

from django.db.models import F, Model, Q
from django.utils import timezone

from common.pages.keyset import Search
from common.prepared import Among, Prepared
from common.scope import PublicQuerySet, Scope, ScopedQuerySet, any_of, scope_of
from grid.choices import Level
from petitions import permissions
from petitions.choices import DESK_STATES, HANDLER_STATES, OPEN_STATES, AssignmentRole, CardLevel, State

MOST_LED = 1_000_000
# In one query after the ticket: the planner weighs every order of the joins it is given, and five more cost more to
# plan than to fetch.
PLACES = ("unit", "street", "community", "grid", "lead_unit")

# The column that holds a ticket's place at each level of a grant: one index range per grant.
PLACE_COLUMN = {
    Level.STREET: "street",
    Level.COMMUNITY: "community",
    Level.GRID: "grid",
    Level.BUILDING_GROUP: "unit",
}


def area(scope: Scope, prefix: str = "") -> Q:
    """Tickets whose place lies inside a grant of the scope."""
    if scope.everything:
        return Q()
    return any_of(
        Q(**{f"{prefix}{column}__in": scope.unit_ids(level)})
        for level, column in PLACE_COLUMN.items()
        if scope.unit_ids(level)
    )


def attach(rows: Sequence[Any], names: Sequence[str], only: Sequence[str] = ()) -> None:
    """Set the named foreign keys of fetched rows, one query per table; ``only`` these columns, if any."""
    if not rows:
        return
    fields = [rows[0]._meta.get_field(name) for name in names]
    wanted: dict[Any, set[int]] = defaultdict(set)
    for field in fields:
        wanted[field.related_model].update(getattr(row, field.attname) for row in rows)
    found = {model: _by_key(model, keys - {None}, only) for model, keys in wanted.items()}
    for field in fields:
        for row in rows:
            field.set_cached_value(row, found[field.related_model].get(getattr(row, field.attname)))


def _by_key(model: Any, keys: set[int], only: Sequence[str]) -> dict[int, Any]:
    if not keys:
        return {}
    if only:
        return model._base_manager.only(*only).in_bulk(keys)
    return {row.pk: row for row in _whole(model).all(keys=sorted(keys))}


@cache
def _whole(model: Any) -> Prepared[Any]:
    return Prepared(lambda keys: model._base_manager.filter(Among(F("pk"), keys)).order_by())


def as_prefetched(row: Model, name: str, related: list[Any]) -> None:
    """Let ``row.name.all()`` hand out what was fetched already, as ``prefetch_related`` does."""
    rows = getattr(row, name).all()  # with its condition: whoever filters further stays with the row's own
    rows._result_cache, rows._prefetch_done = related, True
    row.__dict__.setdefault("_prefetched_objects_cache", {})[name] = rows


class PetitionQuerySet(ScopedQuerySet):
    """A ticket is seen by the area it lies in and by the departments it was given to."""

    view_permission = permissions.VIEW
    _attached: tuple[str, ...] = ()
    searched: Search | None = None  # of the very query set that a search made, not of its clones

    def with_names(self, *names: str) -> Self:
        """Fetch the named relations (their ``name`` only) after the rows, one query per table.

        As joins they would be made for every row found, before the page is cut.
        """
        chained: Any = self.all()
        chained._attached = names
        return chained

    def _clone(self) -> Self:
        clone: Any = super()._clone()  # type: ignore[misc]
        clone._attached = self._attached
        return clone

    def _fetch_all(self) -> None:
        fresh = self._result_cache is None
        super()._fetch_all()
        # Rows of values() and values_list() are no objects.
        if fresh and self._attached and self._result_cache and isinstance(self._result_cache[0], Model):
            attach(self._result_cache, self._attached, only=("name",))

    def within(self, scope: Scope) -> Q:
        if scope.everything:
            return Q()
        parts = [area(scope)] if scope.unit_ids() else []
        if scope.department_ids:
            given: Any = self.model._meta.get_field("assignments").related_model
            parts.append(Q(pk__in=given.objects.filter(department__in=scope.department_ids).values("petition")))
        return any_of(parts)

    def counted(self) -> Self:
        """Everything but undone imports."""
        return self.exclude(state=State.VOIDED)

    def open(self) -> Self:
        return self.filter(state__in=OPEN_STATES)

    def overdue(self, now: Any = None) -> Self:
        return self.open().filter(due_at__lt=now or timezone.now())

    def due_today(self, now: Any = None) -> Self:
        now = timezone.localtime(now)
        end = now.replace(hour=23, minute=59, second=59, microsecond=999999)
        return self.open().filter(due_at__gte=now, due_at__lte=end)

    def waiting_for(self, user: Any) -> Self:
        """Open tickets on which the next move is this person's desk's or department's.

        A door of its own: whoever has the next move sees the ticket, by its place or by its lead.
        """
        scope = scope_of(user).holding(self.view_permission)
        handles = scope.holding(permissions.HANDLE)
        parts = [Q(state__in=HANDLER_STATES) & self._given_to(handles)]
        triage = scope.holding(permissions.TRIAGE)
        if triage:
            parts.append(Q(state__in=DESK_STATES) & area(triage))
        return self.open().filter(any_of(parts))

    def _given_to(self, scope: Scope) -> Q:
        return any_of(
            part
            for part, applies in (
                # Inside the area as well: a ticket that has moved away is out of sight, whoever leads it.
                (Q(lead_unit__in=scope.unit_ids()) & area(scope), scope.unit_ids()),
                (Q(lead_department__in=scope.department_ids), scope.department_ids),
            )
            if applies
        )

    def led_by(self, user: Any) -> Self:
        """Open tickets given to the user's own units or departments: a door of its own, as above."""
        return self.open().filter(self._given_to(scope_of(user).holding(self.view_permission)))

    def co_handled_by(self, user: Any) -> Self:
        """Open tickets that wait for the co-handling of the user's own units or departments: a door as above."""
        scope = scope_of(user).holding(self.view_permission).holding(permissions.HANDLE)
        given: Any = self.model._meta.get_field("assignments").related_model
        waiting = given.objects.filter(role=AssignmentRole.CO_HANDLER, ended_at=None, replied_at=None)
        parts = []
        if scope.unit_ids():
            # Inside the area as well, as for the lead.
            parts.append(Q(pk__in=waiting.filter(unit__in=scope.unit_ids()).values("petition")) & area(scope))
        if scope.department_ids:
            parts.append(Q(pk__in=waiting.filter(department__in=scope.department_ids).values("petition")))
        return self.filter(any_of(parts), state__in=HANDLER_STATES)

    def in_worklist_order(self) -> Self:
        return self.order_by(F("due_at").asc(nulls_last=True), "id")


class OfPetitionQuerySet(ScopedQuerySet):
    """Rows that belong to a ticket: seen by whoever sees the ticket."""

    view_permission = permissions.VIEW

    def within(self, scope: Scope) -> Q:
        petition: Any = self.model._meta.get_field("petition").related_model
        return Q(petition__in=petition.objects.filter(petition.objects.within(scope)).values("pk"))


class CardQuerySet(OfPetitionQuerySet):
    def to_answer_by(self, user: Any) -> Self:
        """Cards (not mere reminders) of open tickets that the user's own units or departments lead, unanswered."""
        petition: Any = self.model._meta.get_field("petition").related_model
        # The bound is never reached; it keeps the planner from joining all tickets before it looks for the few led.
        led = petition.objects.led_by(user).values("pk")[:MOST_LED]
        return self.filter(answered_at=None, petition__in=led).exclude(level=CardLevel.REMINDER)


class CategoryQuerySet(PublicQuerySet):
    def active(self) -> Self:
        return self.filter(is_active=True)
