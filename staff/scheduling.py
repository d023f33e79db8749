"""Who goes to which site in which half month (跟班轮训): plain values in, plain values out.

Half month by half month the people who are free are asked in a fair order: fewest turns first, then those whose last
turn lies longest back, then by number. Each is seated where they have been least; a person with little choice moves the
others (augmenting paths), so that nobody who could have a seat goes without one as long as seats are left, and the
people seated are the first in the order that can be seated together.
"""

from __future__ import annotations

from calendar import monthrange
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

MIDDLE = 16
NEVER = date.min


@dataclass(frozen=True)
class Period:
    """A half month: from the 1st to the 15th, or from the 16th to the last day."""

    first: date
    last: date


@dataclass(frozen=True)
class Site:
    """A place of rotation. ``unit``: the key of the unit it is; its own people are not sent there."""

    key: int
    unit: int


@dataclass(frozen=True)
class Person:
    """Somebody to be sent. ``away``: spans of days on which they cannot go (leave, another plan), ends included."""

    key: int
    number: str
    unit: int
    away: tuple[tuple[date, date], ...] = ()
    entered: date = NEVER
    left: date | None = None

    def free(self, period: Period) -> bool:
        """In office for the whole of it and not away on any of its days."""
        if self.entered > period.first or (self.left is not None and self.left < period.last):
            return False
        return all(last < period.first or first > period.last for first, last in self.away)


@dataclass(frozen=True)
class Turn:
    """One person at one seat of a site for a half month."""

    person: int
    site: int
    seat: int
    first: date
    last: date


@dataclass(frozen=True)
class Schedule:
    """New turns, and the seats for which nobody was free, as (first day, site, seat)."""

    turns: list[Turn]
    short: list[tuple[date, int, int]]


def period_of(day: date) -> Period:
    """The half month of a day."""
    if day.day < MIDDLE:
        return Period(day.replace(day=1), day.replace(day=MIDDLE - 1))
    return Period(day.replace(day=MIDDLE), day.replace(day=monthrange(day.year, day.month)[1]))


def periods(first: date, number: int) -> Iterator[Period]:
    """So many half months, from that of a day on."""
    period = period_of(first)
    for _ in range(number):
        yield period
        period = period_of(period.last + timedelta(days=1))


def schedule(
    wanted: Sequence[Period], sites: Sequence[Site], people: Sequence[Person], per_site: int, *,
    past: Iterable[Turn] = (), gap: int = 0,
) -> Schedule:  # fmt: skip
    """Fill the seats of the wanted half months. ``past``: turns that stand, from which fairness is counted.

    Seats taken by a turn of the past in a wanted half month stay taken. ``gap`` half months lie between two turns of one
    person at least.
    """
    known = list(past)
    turns: list[Turn] = []
    short: list[tuple[date, int, int]] = []
    for period in wanted:
        standing = [*known, *turns]
        taken = {(turn.site, turn.seat) for turn in standing if _meets(turn, period)}
        seats = [(site, seat) for seat in range(1, per_site + 1) for site in sites if (site.key, seat) not in taken]
        ready = _fair(people, standing, period, gap)
        seated = _seat(ready, seats, _visits(standing))
        for place, (site, seat) in enumerate(seats):
            if place in seated:
                turns.append(Turn(seated[place].key, site.key, seat, period.first, period.last))
            else:
                short.append((period.first, site.key, seat))
    return Schedule(turns, short)


def _meets(turn: Turn, period: Period) -> bool:
    return turn.first <= period.last and turn.last >= period.first


def _fair(people: Sequence[Person], standing: Sequence[Turn], period: Period, gap: int) -> list[Person]:
    """Who is free in a half month, in the order in which they are asked."""
    counts = Counter(turn.person for turn in standing)
    latest: dict[int, date] = {}
    busy = set()
    for turn in standing:
        latest[turn.person] = max(latest.get(turn.person, NEVER), turn.last)
        if _meets(turn, period):
            busy.add(turn.person)
    rested = _rested(period, gap)
    free = [
        one for one in people
        if one.key not in busy and one.free(period) and latest.get(one.key, NEVER) < rested
    ]  # fmt: skip
    return sorted(free, key=lambda one: (counts[one.key], latest.get(one.key, NEVER), one.number))


def _rested(period: Period, gap: int) -> date:
    """The first day of the rest that must lie behind somebody."""
    first = period.first
    for _ in range(gap):
        first = period_of(first - timedelta(days=1)).first
    return first


def _visits(standing: Iterable[Turn]) -> Mapping[tuple[int, int], int]:
    return Counter((turn.person, turn.site) for turn in standing)


def _seat(
    ready: Sequence[Person], seats: Sequence[tuple[Site, int]], visits: Mapping[tuple[int, int], int]
) -> dict[int, Person]:
    """Place in ``seats`` → person: the first in the order that can sit together, each where they were least."""
    seated: dict[int, Person] = {}
    for person in ready:
        if len(seated) == len(seats):
            break
        _place(person, seats, visits, seated, set())
    return seated


def _place(
    person: Person, seats: Sequence[tuple[Site, int]], visits: Mapping[tuple[int, int], int],
    seated: dict[int, Person], tried: set[int],
) -> bool:  # fmt: skip
    """Seat somebody; who sits there already moves on if they can (an augmenting path)."""
    fitting = [place for place, (site, _) in enumerate(seats) if site.unit != person.unit]
    fitting.sort(key=lambda place: (visits.get((person.key, seats[place][0].key), 0), place in seated, place))
    for place in fitting:
        if place in tried:
            continue
        tried.add(place)
        if place not in seated or _place(seated[place], seats, visits, seated, tried):
            seated[place] = person
            return True
    return False
