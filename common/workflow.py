"""A workflow is a table (design §2.2).

:class:`Action` rows say from which states to which state, who, with what input, which clocks start
or stop and which event is written. From the table come the check under the row lock, the buttons,
the forms, the API actions, the permission tests, the help text and the diagram in ``docs/``. The
service of an action holds only what the table cannot say.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import models, transaction
from django.http import Http404
from django.utils import timezone

from common import events
from common.decisions import ALLOWED, Decision, Denied
from common.errors import Conflict, Refused
from common.models.events import HistoryModel
from common.scope import scope_of


class Input(enum.Enum):
    """Kinds of input an action may ask for; pages and API each map them to a widget once."""

    LINE = "line"
    TEXT = "text"
    CHOICE = "choice"
    YES_NO = "yes_no"
    BODY = "body"  # one unit or department
    BODIES = "bodies"
    LIMIT = "limit"
    FILES = "files"
    DATE = "date"
    TIME = "time"
    NUMBER = "number"  # a positive decimal with at most two places


@dataclass(frozen=True)
class Field:
    """One input of an action.

    ``choices``: a ``TextChoices`` class or a function of object and actor. ``resolve`` turns what was sent
    into what the service takes (a key into its row) and raises ``Invalid`` when it cannot.
    """

    name: str
    label: str
    input: Input = Input.LINE
    required: bool = True
    choices: Any = None
    help: str = ""
    max_length: int = 500
    resolve: Callable[[Any], Any] | None = None


@dataclass(frozen=True)
class Action:
    """One row of the table.

    ``to_state=None`` keeps the state. ``relation`` names a test of the workflow's ``relations``
    (what the actor must be to the object, with grants that hold ``permission``). ``guard`` is a
    last look at the object. ``starts`` and ``stops`` are clock names for the ``clocks`` hook.
    """

    name: str
    label: str
    from_states: tuple[str, ...]
    to_state: str | None
    permission: str
    event: str
    relation: str = "area"
    fields: tuple[Field, ...] = ()
    starts: tuple[str, ...] = ()
    stops: tuple[str, ...] = ()
    guard: Callable[[Any, Any], Decision] | None = None
    help: str = ""
    style: str = "primary"
    confirm: bool = False


@dataclass
class Step:
    """An action under way: the locked object, its changes so far and the data of its event."""

    action: Action
    object: Any
    actor: Any
    at: Any
    data: dict[str, Any] = field(default_factory=dict)  # of the event
    limits: dict[str, str] = field(default_factory=dict)  # for the clocks the action starts
    changed: dict[str, None] = field(default_factory=dict)
    event: Any = None

    def set(self, **values: Any) -> None:
        """Set fields of the object; they are saved, with the event, when the step ends."""
        for name, value in values.items():
            setattr(self.object, name, value)
            self.changed[name] = None


Relation = Callable[[Any, Any], bool]  # (object, scope that holds the permission)
Clocks = Callable[[Step], None]


class Workflow:
    """The table of one model. ``relations`` and ``clocks`` are the only hooks."""

    def __init__(
        self,
        key: str,
        label: str,
        *,
        states: type[models.TextChoices],
        initial: str,
        actions: Iterable[Action],
        relations: Mapping[str, Relation],
        clocks: Clocks | None = None,
        state_field: str = "state",
    ) -> None:
        self.key = key
        self.label = label
        self.states = states
        self.initial = initial
        self.actions = {action.name: action for action in actions}
        self.relations = relations
        self.clocks = clocks
        self.state_field = state_field
        self._services: dict[str, Callable[..., Any]] = {}
        self._check_table()

    def _check_table(self) -> None:
        known = set(self.states.values)
        for action in self.actions.values():
            named = {*action.from_states} | ({action.to_state} if action.to_state else set())
            if not named <= known:
                raise ValueError(f"{self.key}.{action.name} names unknown states {named - known}")
            if action.relation not in self.relations:
                raise ValueError(f"{self.key}.{action.name} names an unknown relation {action.relation}")

    # --- services

    def service(self, name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Decorate the keyword-only service that performs the action."""
        if name not in self.actions:
            raise ValueError(f"{self.key} has no action {name}")

        def add(function: Callable[..., Any]) -> Callable[..., Any]:
            self._services[name] = function
            return function

        return add

    def perform(self, name: str, obj: Any, actor: Any, *, submission: UUID | None = None, **data: Any) -> Any:
        """Call the action's service: what a page, the API and a batch do.

        ``submission`` is the key of the form that was sent. An action that leaves the state cannot be
        done twice; one that keeps it (an extension, a contact, another who is to serve) is done once for each key.
        """
        action = self.actions[name]
        leaves = action.to_state is not None and action.to_state not in action.from_states
        if submission is None or leaves:
            return self._services[name](**{self.key: obj}, actor=actor, **data)
        with transaction.atomic():
            locked = self._lock(obj, actor)
            if events.was_submitted(locked, action.event, submission):
                return locked
            obj.submission = submission  # for the step, which writes it into its event
            return self._services[name](**{self.key: obj}, actor=actor, **data)

    def missing_services(self) -> set[str]:
        return set(self.actions) - set(self._services)

    # --- deciding

    def check(self, name: str, obj: Any, actor: Any) -> Decision:
        """Whether ``actor`` may do the action on the object as it stands."""
        action = self.actions[name]
        return self._check_state(action, obj) and self.check_actor(action, obj, actor)

    def _check_state(self, action: Action, obj: Any) -> Decision:
        state = getattr(obj, self.state_field)
        if state not in action.from_states:
            return Denied(f"当前状态为“{self.states(state).label}”，不能{action.label}。请刷新页面查看最新进展。")
        return ALLOWED

    def check_actor(self, action: Action, obj: Any, actor: Any) -> Decision:
        scope = scope_of(actor).holding(action.permission)
        if not scope:
            return Denied(f"您的岗位没有“{action.label}”的权限，如有需要请联系系统管理员。")
        if not self.relations[action.relation](obj, scope):
            return Denied(f"本件不由您所在的单位{action.label}。")
        if action.guard is not None:
            return action.guard(obj, actor)
        return ALLOWED

    def require(self, name: str, obj: Any, actor: Any) -> None:
        """Raise ``Conflict`` or ``Refused`` when the action cannot be done now: before asking for its input."""
        self._refuse_unless(self.actions[name], obj, actor)

    def available(self, obj: Any, actor: Any) -> list[Action]:
        """Actions to show as buttons, in the table's order."""
        state = getattr(obj, self.state_field)
        return [
            action
            for action in self.actions.values()
            if state in action.from_states and self.check_actor(action, obj, actor)
        ]

    # --- doing

    @contextmanager
    def step(self, name: str, obj: Any, actor: Any) -> Iterator[Step]:
        """Lock, re-read, check; then, after the body, state, clocks, save and event: one transaction.

        Raises ``Http404`` outside the actor's scope, :class:`Conflict` when the object has moved on,
        :class:`Refused` when the actor may not. Nothing is written in any of these cases.
        """
        action = self.actions[name]
        with transaction.atomic():
            locked = self._lock(obj, actor)
            self._refuse_unless(action, locked, actor)
            locked.submission = obj.submission
            with self._carried_out(action, locked, actor) as step:
                yield step

    @contextmanager
    def open_step(self, name: str, locked: Any, actor: Any = None) -> Iterator[Step]:
        """The same for a person without account, or an ``actor`` about their own row: the caller has proved their right
        and holds the row lock.

        Raises :class:`Conflict` when the object has moved on.
        """
        action = self.actions[name]
        decision = self._check_state(action, locked)
        if isinstance(decision, Denied):
            raise Conflict(decision.reason)
        with self._carried_out(action, locked, actor) as step:
            yield step

    @contextmanager
    def _carried_out(self, action: Action, locked: Any, actor: Any) -> Iterator[Step]:
        step = Step(action, locked, actor, timezone.now())
        if locked.submission is not None:
            step.data["submission"] = str(locked.submission)
        yield step
        if action.to_state is not None:
            step.set(**{self.state_field: action.to_state})
        if self.clocks is not None:
            self.clocks(step)
        step.event = events.record(locked, action.event, actor=actor, data=step.data, fields=step.changed, at=step.at)

    def _lock(self, obj: Any, actor: Any) -> HistoryModel:
        rows = type(obj).objects.visible_to(actor).select_for_update(of=("self",))
        locked = rows.filter(pk=obj.pk).first()
        if locked is None:
            raise Http404
        return locked

    def _refuse_unless(self, action: Action, obj: Any, actor: Any) -> None:
        decision = self.check(action.name, obj, actor)
        if isinstance(decision, Denied):
            stale = getattr(obj, self.state_field) not in action.from_states
            raise (Conflict if stale else Refused)(decision.reason)

    # --- documents

    def diagram(self) -> str:
        """State diagram in Mermaid, one arrow per state and action."""
        lines = ["stateDiagram-v2", f"    [*] --> {self.initial}"]
        lines += [f"    {value}: {label}" for value, label in self.states.choices]
        for action in self.actions.values():
            for source in action.from_states:
                lines.append(f"    {source} --> {action.to_state or source}: {action.label}")
        return "\n".join(lines)
