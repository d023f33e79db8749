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
        """``at`` when the office is open, else some time of the next half day in which it is."""
        local = at.astimezone(ZONE)
        day = local.date()
        while True:
            for first, last in self._spans(day):
                if local <= first:
                    return first + (last - first) * chance.triangular(0.01, 0.97, 0.15)
                if local < last:
                    return local
            day += timedelta(days=1)

    def daytime(self, at: datetime, chance: random.Random) -> datetime:
        """``at`` between morning and evening, else some time of the (next) morning."""
        local = at.astimezone(ZONE)
        if MORNING <= local.time() < EVENING:
            return local
        day = local.date() + timedelta(days=0 if local.time() < MORNING else 1)
        return datetime.combine(day, MORNING, ZONE) + timedelta(hours=chance.triangular(0.02, 5, 1))

    def within(
        self,
        start: datetime,
        due: datetime,
        median: float,
        chance: random.Random,
        *,
        spread: float,
        pace: str,
        limit: datetime | None = None,
    ) -> datetime:
        """A moment after ``start``: log-normal about ``median`` of the span to ``due`` (1 = at ``due``).

        ``pace``: ``office`` hours, ``day`` time, or ``now`` round the clock. What is in time stays in
        time when it is moved into working time: it is not later than ``limit`` (``due`` when none).
        """
        share = math.exp(chance.gauss(math.log(median), spread))
        at = start + (due - start) * min(share, 4.0)
        if pace == "now":
            return at
        moved = self.open_from(at, chance) if pace == "office" else self.daytime(at, chance)
        limit = limit or due
        if share > 1 or moved <= limit:
            return moved
        return self._just_before(start, limit, chance)

    def _just_before(self, start: datetime, limit: datetime, chance: random.Random) -> datetime:
        """Some minutes before a limit, or the evening before when the limit falls into the night."""
        local = limit.astimezone(ZONE)
        if not MORNING <= local.time() <= EVENING:
            day = local.date() - timedelta(days=0 if local.time() > EVENING else 1)
            evening = datetime.combine(day, EVENING, ZONE) - timedelta(seconds=chance.randint(60, 9000))
            if evening > start:
                return evening
        return max(start, limit - min((limit - start) * 0.1, timedelta(seconds=chance.randint(90, 1500))))
