"""When the things of one life happen, and whether they happen at all."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from common import calendar
from config.demo.engine import Life
from config.demo.seeds import rng
from config.demo.texts import Writer
from config.demo.world import World
from petitions.choices import ClockKind
from petitions.models import Category


class Stop(Exception):
    """The life goes no further: the next moment lies in the future, or the ticket is to stay where it is."""


class Moments:
    """One ticket between its past and now. ``target``: the state in which it is to be found (``""``: any)."""

    def __init__(
        self,
        world: World,
        life: Life,
        category: Category,
        writer: Writer,
        chance: random.Random,
        target: str = "",
        voided: bool = False,
    ) -> None:
        self.world = world
        self.life = life
        self.petition = life.petition
        self.category = category
        self.words = writer
        self.chance = chance
        self.target = target
        self.voided = voided
        self.moves_on = False
        self.staff = world.staff
        limit = calendar.Limit.parse(category.limit) if category.limit else None
        self.urgent = limit is not None and limit.unit in ("h", "wh")
        # Limits in hours run at night and at weekends: somebody is on duty then.
        self.pace = "office"
        if limit is not None and limit.unit == "h":
            self.pace = "now" if limit.amount <= 2 else "day"

    def _hit(self, name: str) -> bool:
        return not self.target and self.world.quotas[name].hit()

    def _go(self, at: datetime) -> datetime:
        """``at``, or ``Stop`` when the ticket stays where it is."""
        if self.target and self.petition.state == self.target and not self.moves_on:
            raise Stop
        if self.target:
            return min(at, self._hurry())
        if at > self.world.now:
            raise Stop
        return max(at, self.life.at + timedelta(seconds=20))

    def _hurry(self) -> datetime:
        """A moment well before now: a ticket with a target must arrive there."""
        left = self.world.now - self.life.at
        return self.life.at + left * self.chance.uniform(0.08, 0.35)

    def _after(self, low: int, high: int, office: bool = True) -> datetime:
        """Some minutes from now on, in office hours unless somebody is on duty round the clock."""
        at = self.life.at + timedelta(seconds=self.chance.randint(low * 60, high * 60))
        return self._go(self.world.office.open_from(at, self.chance) if office else at)

    def _within(self, kind: str, median: float, spread: float = 0.5) -> datetime:
        """A moment in the span of a running clock, by the pace of the category and of who leads."""
        clock = self.life.running.get(kind)
        if clock is None:
            return self._after(40, 600)
        start, due = max(self.life.at, clock.started_at), clock.due_at
        finish = self.life.running.get(ClockKind.FINISH)
        if kind in (ClockKind.SIGN, ClockKind.CONTACT) and finish is not None:
            due = min(due, finish.due_at)
        if kind == ClockKind.ACCEPT and self.pace != "office":
            due = min(due, start + timedelta(hours=4))
        pace = self.pace if kind != ClockKind.CALLBACK else "office"
        at = self.world.office.within(
            start, due, median * self._slowness(), self.chance, spread=spread, pace=pace, limit=clock.due_at
        )
        return self._go(max(at, start))

    def _slowness(self) -> float:
        """Some bodies are quicker than others, all year."""
        lead = self.petition.lead
        return 1.0 if lead is None else rng(self.world.seed, "pace", lead.code).uniform(0.75, 1.3)
