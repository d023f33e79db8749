"""Lives of tickets in memory, by the same table, clocks, ladder and chain as the services.

A service works on one locked row with a dozen statements; a demo of 17,600 tickets has to be there
in seconds. So the plot is played here without a database: :class:`Life` performs actions of
``petitions.workflow.FLOW`` — from-states, to-state, clocks and event come from that table — at given
moments, lets the ladder fire in between, and collects the rows to be written.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from accounts.models import User
from common import events as history
from common.models import Event
from config.demo.photos import Photo, photo_of
from petitions import clocks, events, ladder
from petitions.choices import CardLevel, ClockKind, State
from petitions.models import Assignment, Attachment, Clock, Contact, Petition, Petitioner, SupervisionCard
from petitions.workflow import FLOW

SWEEP = timedelta(seconds=7)  # from the moment a clock is due until the sweep has seen it


@dataclass
class Ledger:
    """Rows to be written, with keys given here: they refer to each other before they exist."""

    petitions: list[Petition] = field(default_factory=list)
    petitioners: list[Petitioner] = field(default_factory=list)
    assignments: list[Assignment] = field(default_factory=list)
    clocks: list[Clock] = field(default_factory=list)
    contacts: list[Contact] = field(default_factory=list)
    cards: list[SupervisionCard] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    photos: list[Photo] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    _numbers: dict[type, Any] = field(default_factory=lambda: defaultdict(lambda: count(1)))

    def tables(self) -> list[tuple[type[Any], list[Any]]]:
        """The rows by model, those that others refer to first."""
        return [
            (Petition, self.petitions), (Petitioner, self.petitioners), (Assignment, self.assignments), (Clock, self.clocks),
            (Contact, self.contacts), (SupervisionCard, self.cards), (Attachment, self.attachments), (Event, self.events),
        ]  # fmt: skip

    def key(self, row: Any) -> Any:
        """The row with the next key of its table."""
        row.pk = next(self._numbers[type(row)])
        return row


class Life:
    """One ticket from its registration on. Moments only go forward; nothing happens after ``now``."""

    def __init__(self, ledger: Ledger, petition: Petition, now: datetime, *, contactable: bool) -> None:
        self.ledger = ledger
        self.petition = petition
        self.now = now
        self.at = petition.received_at
        self.contactable = contactable
        self.running: dict[str, Clock] = {}
        self.open_cards: dict[int, list[SupervisionCard]] = {}
        self.answers: list[tuple[datetime, SupervisionCard, User, str]] = []
        self.fresh_cards: list[SupervisionCard] = []
        self.pictures = 0

    # --- writing

    def note(self, kind: str, at: datetime, actor: User | None, data: Mapping[str, Any]) -> None:
        """Append an event to the ticket's chain."""
        self.ledger.events.append(history.link(self.petition, kind, actor=actor, data=data, at=at))
        self.at = at

    def register(self, actor: User | None, data: Mapping[str, Any]) -> None:
        """The first event, with the clock that times the acceptance."""
        self.ledger.petitions.append(self.petition)
        clock = self._start(ClockKind.ACCEPT, self.petition.received_at)
        self.petition.due_at = clock.due_at
        self.note(events.REGISTERED, self.petition.received_at, actor, data)

    def act(
        self,
        name: str,
        at: datetime,
        actor: User | None,
        data: Mapping[str, Any] | None = None,
        **changes: Any,
    ) -> None:
        """Perform an action of the workflow table; ``changes`` are fields of the ticket.

        Raises ``ValueError`` for an action that the table does not allow now, or in the future.
        """
        action = FLOW.actions[name]
        petition = self.petition
        if petition.state not in action.from_states or at > self.now or at < self.at:
            raise ValueError(f"{petition.number}: {name} at {at} from {petition.state}")
        self.advance(at)
        for key, value in changes.items():
            setattr(petition, key, value)
        if action.to_state is not None:
            petition.state = action.to_state
        for kind in action.stops:
            self._stop(kind, at, in_course=name in clocks.ENDED_BY[ClockKind(kind)])
        for kind in action.starts:
            if kind not in self.running and (self.contactable or kind not in clocks.NEEDS_PHONE):
                self._start(kind, at)
        petition.due_at = clocks.nearest(self.running.values())
        self.note(action.event, at, actor, data or {})

    # --- clocks

    def _start(self, kind: str, at: datetime) -> Clock:
        clock: Clock = self.ledger.key(clocks.new_clock(kind, self.petition, at))
        self.ledger.clocks.append(clock)
        self.running[kind] = clock
        return clock

    def _stop(self, kind: str, at: datetime, *, in_course: bool) -> None:
        clock = self.running.pop(kind, None)
        if clock is None:
            return
        clock.stopped_at, clock.next_at = at, None
        if kind not in clocks.SHOWN:
            return
        due_field, outcome_field = clocks.SHOWN[ClockKind(kind)]
        if not in_course:
            setattr(self.petition, due_field, None)
            return
        earlier = getattr(self.petition, outcome_field)
        setattr(self.petition, outcome_field, earlier is not False and at <= clock.due_at)

    def stop_all(self, at: datetime) -> None:
        for kind in tuple(self.running):
            self._stop(kind, at, in_course=False)
        self.petition.due_at = None

    def pause(self, at: datetime) -> None:
        """All clocks stand still from now on (挂账)."""
        self.advance(at)
        for clock in self.running.values():
            clock.paused_at = at

    def resume(self, at: datetime) -> None:
        """The clocks go on, each limit moved by the time it stood still."""
        for clock in self.running.values():
            if clock.paused_at is not None:
                limit = clocks.calendar.Limit.parse(clock.limit)
                self.move(clock, clocks.calendar.shift(clock.due_at, clock.paused_at, at, limit.unit))

    def move(self, clock: Clock, due_at: datetime) -> None:
        """Give a running clock another limit; cards that were sent stay sent."""
        clock.paused_at = None
        clock.due_at = due_at
        last = self.open_cards.get(clock.pk, [])
        clock.next_step, clock.next_at = ladder.next_alarm(
            clock.kind, clock.started_at, due_at, last[-1].level if last else ""
        )
        if clock.kind in clocks.SHOWN:
            setattr(self.petition, clocks.SHOWN[ClockKind(clock.kind)][0], due_at)

    # --- the ladder

    def advance(self, until: datetime) -> None:
        """Let reminders, cards and answers to cards happen that fall before ``until``."""
        while True:
            clock, alarm_at = self._next_alarm()
            answer = min(self.answers, key=lambda entry: entry[0], default=None)
            if answer is not None and answer[0] < until and (alarm_at is None or answer[0] <= alarm_at):
                self.answers.remove(answer)
                self._answer(*answer)
            elif clock is not None and alarm_at is not None and alarm_at < until:
                self._fire(clock, alarm_at)
            else:
                return

    def _next_alarm(self) -> tuple[Clock | None, datetime | None]:
        """The running clock that fires next and when the sweep gets to it."""
        found, first = None, None
        for clock in self.running.values():
            moment = clock.next_at
            if moment is not None and clock.paused_at is None and (first is None or moment < first):
                found, first = clock, moment
        return found, None if first is None else max(first + SWEEP, self.at)

    def _fire(self, clock: Clock, at: datetime) -> None:
        """What ``petitions.services.chase`` does for a due clock."""
        word = ClockKind(clock.kind).label
        reason = f"{word}即将到期" if clock.next_step == CardLevel.REMINDER else f"{word}超期"
        card = self._card(clock, clock.next_step, reason, clock.next_at or at, at)
        self.open_cards.setdefault(clock.pk, []).append(card)
        clock.next_step, clock.next_at = ladder.next_alarm(clock.kind, clock.started_at, clock.due_at, clock.next_step)

    def _card(self, clock: Clock | None, level: str, reason: str, due_at: datetime, at: datetime) -> SupervisionCard:
        card = self.ledger.key(
            SupervisionCard(
                petition=self.petition, clock=clock, level=level, reason=reason, due_at=due_at, issued_at=at
            )
        )
        self.ledger.cards.append(card)
        self.fresh_cards.append(card)
        self.note(events.CARD, at, None, {"level": card.get_level_display(), "reason": reason})
        return card

    def red_card(self, at: datetime, reason: str) -> None:
        """A card that no clock but a count of faults brings about."""
        self._card(None, CardLevel.RED, reason, at, at)

    def answer_later(self, card: SupervisionCard, at: datetime, actor: User, text: str) -> None:
        """Plan the lead's explanation of a card."""
        self.answers.append((at, card, actor, text))

    def _answer(self, at: datetime, card: SupervisionCard, actor: User, text: str) -> None:
        at = max(at, self.at)
        card.answer, card.answered_by, card.answered_at = text, actor, at
        self.note(events.CARD_ANSWERED, at, actor, {"level": card.get_level_display(), "answer": text})

    def finish(self) -> None:
        """Up to now: what the ladder would have sent by itself has been sent."""
        self.advance(self.now)

    # --- rows beside the ticket

    def attach(self, name: str, actor: User | None, chance: random.Random) -> str:
        """Keep a picture with the ticket; its name."""
        self.pictures += 1
        row, photo = photo_of(self.petition, self.pictures, name, self.at, actor, chance)
        self.ledger.attachments.append(self.ledger.key(row))
        self.ledger.photos.append(photo)
        return name

    def assign(self, rows: Iterable[Assignment]) -> None:
        self.ledger.assignments += [self.ledger.key(row) for row in rows]

    @property
    def mine(self) -> list[Assignment]:
        """The ticket's assignments that have not ended."""
        rows: list[Assignment] = []
        for row in reversed(self.ledger.assignments):
            if row.petition_id != self.petition.pk:
                break
            if row.ended_at is None:
                rows.append(row)
        return rows

    def end_assignments(self, at: datetime) -> None:
        for row in self.mine:
            row.ended_at = at

    @property
    def is_open(self) -> bool:
        return self.petition.state not in (State.CLOSED, State.REFUSED, State.WITHDRAWN, State.VOIDED)
