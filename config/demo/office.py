"""When officials do things: inside office hours, in the daytime, or at once."""

from __future__ import annotations

import math
import random
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from common import calendar
from common.calendar.reckoning import ZONE, Calendar

MORNING, EVENING = time(7, 30), time(21, 0)


class Office:
    """The district's calendar, asked for moments instead of limits."""

    def __init__(self, reckoning: Calendar | None = None) -> None:
        self.calendar = reckoning or calendar.current()
        self._spans = lru_cache(maxsize=1024)(self._spans_of)

    def _spans_of(self, day: date) -> list[tuple[datetime, datetime]]:
        """Office hours of a day; none on a day off."""
        if not self.calendar.is_working_day(day):
            return []
        midnight = datetime.combine(day, time(), ZONE)
        return [
            (midnight + timedelta(microseconds=first), midnight + timedelta(microseconds=last))
            for first, last in self.calendar.hours_on(day).spans
        ]

    def open_from(self, at: datetime, chance: random.Random) -> datetime:
        """``at`` when the office is open, else some minutes after it opens next."""
        local = at.astimezone(ZONE)
        day = local.date()
        while True:
            for first, last in self._spans(day):
                if local <= first:
                    return first + timedelta(seconds=chance.randint(180, 4500))
                if local < last:
                    return local
            day += timedelta(days=1)

    def daytime(self, at: datetime, chance: random.Random) -> datetime:
        """``at`` between morning and evening, else in the (next) morning."""
        local = at.astimezone(ZONE)
        if MORNING <= local.time() < EVENING:
            return local
        day = local.date() + timedelta(days=0 if local.time() < MORNING else 1)
        return datetime.combine(day, MORNING, ZONE) + timedelta(seconds=chance.randint(60, 5400))

    def within(
        self, start: datetime, due: datetime, median: float, chance: random.Random, *, spread: float, pace: str
    ) -> datetime:
        """A moment in the span of a limit: log-normal about ``median`` (1 = the limit itself).

        ``pace``: ``office`` hours, ``day`` time, or ``now`` round the clock. What is in time stays in
        time when it is moved into working time.
        """
        share = math.exp(chance.gauss(math.log(median), spread))
        at = start + (due - start) * min(share, 4.0)
        if pace == "now":
            return at
        moved = self.open_from(at, chance) if pace == "office" else self.daytime(at, chance)
        if share <= 1 and moved > due:
            return max(at, due - (due - start) * chance.uniform(0.01, 0.08))
        return moved
