"""When tickets come, about what, from where and by which channel."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from common.calendar.reckoning import ZONE
from common.profile import Profile
from config.demo.accounts import pair_of_communities
from config.demo.seeds import Weighted, rng, shares
from config.demo.tree import Node
from grid.choices import Level, UnitKind
from petitions.choices import State

DAYS = 365
# So many tickets of the last days are kept open in every state, whatever the size of the demo.
LIVE = 36
LIVE_DAYS = 8
# Where they stand: the nearer to now, the earlier in the loop.
LIVE_STATES = (
    State.REGISTERED, State.ACCEPTED, State.DISPATCHED, State.OBJECTED, State.HANDLING, State.SUSPENDED, State.REPLIED,
    State.VERIFIED, State.CALLED_BACK,
)  # fmt: skip
# What the handlers among the named accounts have in hand: the grids of both communities, both departments.
OF_A_COMMUNITY = ("0101", "0901", "0905", "0903")
WORK_OF = (OF_A_COMMUNITY, OF_A_COMMUNITY, ("0103", "0102", "0201"), ("0402", "0405"))
# And so many have to be finished before the day is over; their categories have a limit of 24 hours.
DUE_TODAY = 6
# And so many were forgotten for weeks and have gone up the whole ladder.
FORGOTTEN = 3
OF_A_DAY = ("0301", "0303", "0308", "0302", "0202")
WEEKDAY = (1.15, 1.12, 1.06, 1.02, 1.0, 0.66, 0.6)
# A village counts as this many households when places are drawn.
VILLAGE_WEIGHT = 70

CHANNELS = Weighted(
    {"hotline": 46, "grid_worker": 24, "snap": 11, "counter": 7, "visit": 5, "meeting": 3, "transfer": 3, "import": 1}
)
# Hour of arrival: an office's day for most channels, evenings too for those that need nobody there.
OFFICE_HOURS = Weighted({8: 9, 9: 16, 10: 17, 11: 9, 13: 6, 14: 13, 15: 15, 16: 11, 17: 4})
ALL_HOURS = Weighted(
    {0: 0.6, 1: 0.3, 2: 0.2, 3: 0.2, 4: 0.2, 5: 0.6, 6: 2, 7: 5, 8: 10, 9: 12, 10: 13, 11: 8, 12: 5, 13: 6, 14: 8,
     15: 9, 16: 8, 17: 7, 18: 6, 19: 6, 20: 5, 21: 4, 22: 2.5, 23: 1.2}
)  # fmt: skip
OFFICE_CHANNELS = frozenset({"counter", "visit", "meeting", "transfer", "import"})

# How often a category is reported against the ordinary one (1).
COMMON = {
    "0306": 3, "0308": 3.2, "0301": 2.4, "0101": 2.4, "0103": 2.2, "0106": 2.6, "0402": 2.2, "0401": 2.4, "0502": 2.6,
    "0501": 2.4, "0601": 2.8, "0605": 2.4, "0702": 2.2, "0410": 1.8, "0406": 1.8, "0201": 2.2, "0303": 1.8, "0901": 1.6,
    "0801": 1.6, "0505": 1.4, "0109": 1.4, "0108": 1.4, "0309": 1.3, "0102": 1.4, "1006": 1.3, "1007": 1.2, "1105": 1.1,
    "1008": 1.1, "1003": 1.2, "0206": 1.2, "0204": 1.1, "0107": 1.3, "0404": 1.3, "0701": 1.3, "1205": 1.0,
    "0205": 0.6, "0304": 0.5, "0805": 0.4, "0208": 0.5, "1202": 0.3, "1203": 0.25, "1204": 0.3, "1201": 0.5, "0904": 0.4,
    "1110": 0.3, "1005": 0.4, "0705": 0.5, "0703": 0.6, "0806": 0.5, "0604": 0.6,
}  # fmt: skip
# Months in which a category is reported more (or hardly at all).
SEASONS: dict[str, dict[int, float]] = {
    "0408": {11: 3, 12: 6, 1: 7, 2: 5, 3: 2, **dict.fromkeys(range(4, 11), 0)},
    "0301": {6: 2, 7: 2.4, 8: 2.2},
    "0302": {6: 1.5, 7: 2, 8: 2},
    "0303": {7: 2, 8: 2, 12: 1.4, 1: 1.4},
    "0503": {6: 2, 7: 4, 8: 4, 12: 0.1, 1: 0.1, 2: 0.1},
    "0805": {6: 3, 7: 6, 8: 6, 12: 0.1, 1: 0.1, 2: 0.2},
    "0706": {10: 6, 11: 5, 3: 4, 4: 5, 6: 0.3, 7: 0.1, 8: 0.2, 12: 0.6, 1: 0.3, 2: 0.5},
    "0702": {6: 2, 7: 2.4, 8: 2.4, 9: 1.5, 12: 0.5, 1: 0.5},
    "0406": {5: 1.5, 6: 2, 7: 2.2, 8: 2, 12: 0.4, 1: 0.4},
    "0409": {5: 1.5, 6: 2, 7: 2.2, 8: 2},
    "0402": {6: 1.5, 7: 1.8, 8: 1.8, 2: 1.4},
    "0505": {4: 2, 5: 2.4, 6: 1.6, 12: 0.2, 1: 0.2},
    "0701": {5: 1.6, 6: 2, 7: 1.6, 12: 0.3, 1: 0.2, 2: 0.3},
    "0704": {3: 1.6, 4: 2, 5: 1.6, 12: 0.4, 1: 0.3},
    "1101": {5: 2, 6: 5, 7: 6, 8: 5, 9: 1.5, 11: 0.3, 12: 0.3, 1: 0.3},
    "1008": {12: 2.4, 1: 3.5, 2: 2},
    "1006": {10: 1.5, 11: 2, 12: 2.4},
    "0308": {6: 1.4, 7: 1.8, 8: 1.8, 3: 1.4},
}
# What villages report: nothing that needs a block of flats.
RURAL = (
    "0303", "0301", "0401", "0402", "0501", "0502", "0606", "0705", "0706", "0703", "0805", "0901", "0902", "0208",
    "1001", "1002", "1006", "1007", "1010", "1204", "1202", "1104", "1109", "0410",
)  # fmt: skip


@dataclass(frozen=True)
class Arrival:
    """One ticket as it comes in. ``number`` counts from 1 in the order of arrival.

    ``target``: the state in which it is to be found now, ``""`` for wherever it gets to.
    """

    number: int
    at: datetime
    channel: str
    category: str
    unit: Node
    key: str
    target: str = ""


@dataclass(frozen=True, order=True)
class Sketch:
    """An arrival before its place is known. ``category`` and ``unit`` (its code): settled beforehand, or ``""``."""

    at: datetime
    key: str
    channel: str
    target: str = ""
    category: str = ""
    unit: str = ""


class Drawer:
    """Draws arrivals of one district; ``categories`` are the codes on offer there."""

    def __init__(self, profile: Profile, root: Node, categories: tuple[str, ...], seed: int) -> None:
        self.profile = profile
        self.seed = seed
        self.categories = categories
        communities = [node for node in root.walk() if node.level == Level.COMMUNITY]
        self.homes = [_home(community) for community in pair_of_communities(root)]
        self.nodes = {node.code: node for home in self.homes for node in home}
        self.places = Weighted([(index, _weight(node)) for index, node in enumerate(communities)])
        self.communities = communities
        self._town = {month: self._weights(month, categories) for month in range(1, 13)}
        rural = tuple(code for code in RURAL if code in categories)
        self._rural = {month: self._weights(month, rural) for month in range(1, 13)}

    def _weights(self, month: int, codes: tuple[str, ...]) -> Weighted[str]:
        return Weighted({code: COMMON.get(code, 0.8) * SEASONS.get(code, {}).get(month, 1) for code in codes})

    def draw(self, count: int, moment: datetime) -> list[Arrival]:
        """``count`` arrivals of the year before ``moment``, oldest first."""
        special = (LIVE, DUE_TODAY, FORGOTTEN)
        live, due, forgotten = special if count > sum(special) else (count, 0, 0)
        drawn = [
            *self._year(count - live - due - forgotten, moment),
            *self._live(live, moment),
            *self._due_today(due, moment),
            *self._forgotten(forgotten, moment),
        ]
        return [self._arrival(number, sketch) for number, sketch in enumerate(sorted(drawn), start=1)]

    def _year(self, count: int, moment: datetime) -> Iterator[Sketch]:
        first = moment - timedelta(days=DAYS)
        days = [(first + timedelta(days=offset)).date() for offset in range(DAYS + 1)]
        for day, number in zip(days, shares(count, [self._day_weight(day) for day in days]), strict=True):
            for index in range(number):
                key = f"{day}#{index}"
                chance = rng(self.seed, self.profile.key, "arrival", key)
                channel = CHANNELS.draw(chance)
                at = _moment(day, channel, chance)
                if not first <= at <= moment:
                    at = moment - timedelta(seconds=chance.randint(300, 40_000))
                yield Sketch(at, key, channel)

    def _live(self, count: int, moment: datetime) -> Iterator[Sketch]:
        """Tickets of the last days, one every few hours, the newest just now.

        Two of four lie where the named accounts sit, so that whoever signs in finds something to do.
        """
        for index in range(count):
            chance = rng(self.seed, self.profile.key, "live", index)
            back = timedelta(days=LIVE_DAYS) * ((index + chance.uniform(0.1, 0.9)) / count)
            target = LIVE_STATES[index * len(LIVE_STATES) // count]
            channel, category, unit = CHANNELS.draw(chance), "", ""
            if index % 4 < len(self.homes):
                home = self.homes[index % 4]
                unit = home[index // 4 % len(home)].code
                channel = chance.choice(("counter", "hotline", "grid_worker", "snap"))
            if target in (State.DISPATCHED, State.HANDLING):
                category = chance.choice(WORK_OF[index % 4])
            yield Sketch(moment - back, f"live#{index}", channel, target, category, unit)

    def _due_today(self, count: int, moment: datetime) -> Iterator[Sketch]:
        """Calls of yesterday that were sent on at once: their day ends between now and midnight."""
        left = datetime.combine(moment.date() + timedelta(days=1), time(), moment.tzinfo) - moment
        codes = [code for code in OF_A_DAY if code in self.categories]
        for index in range(count):
            chance = rng(self.seed, self.profile.key, "due", index)
            at = moment - timedelta(days=1) + left * ((index + chance.uniform(0.2, 0.6)) / count)
            target = (State.HANDLING, State.DISPATCHED)[index % 2]
            yield Sketch(at, f"due#{index}", "hotline", target, chance.choice(codes))

    def _forgotten(self, count: int, moment: datetime) -> Iterator[Sketch]:
        for index in range(count):
            yield Sketch(moment - timedelta(days=42 + 9 * index, minutes=37), f"old#{index}", "hotline", State.HANDLING)

    def _day_weight(self, day: date) -> float:
        weight = WEEKDAY[day.weekday()] * rng(self.seed, self.profile.key, "day", day).uniform(0.85, 1.2)
        return weight * (1.3 if self.heated(day) and day.month in (11, 12) else 1.0)

    def heated(self, day: date) -> bool:
        """Whether homes are heated on that day."""
        season = self.profile.demo.heating
        if season is None:
            return False
        today = f"{day:%m-%d}"
        return today >= season[0] or today <= season[1]

    def _arrival(self, number: int, sketch: Sketch) -> Arrival:
        chance = rng(self.seed, self.profile.key, "place", sketch.key)
        community = self.communities[self.places.draw(chance)]
        if sketch.unit:
            unit = self.nodes[sketch.unit]
            category = sketch.category or self._category(sketch.at.date(), False, chance)
            return Arrival(number, sketch.at, sketch.channel, category, unit, sketch.key, sketch.target)
        village = community.kind != UnitKind.RESIDENTIAL
        category = sketch.category or self._category(sketch.at.date(), village, chance)
        channel = "visit" if village and sketch.channel == "grid_worker" else sketch.channel
        unit = _unit(community, channel, chance)
        return Arrival(number, sketch.at, channel, category, unit, sketch.key, sketch.target)

    def _category(self, day: date, village: bool, chance: random.Random) -> str:
        if "0306" in self.categories and not village and self.heated(day) and chance.random() < 0.2:
            return "0306"
        category = (self._rural if village else self._town)[day.month].draw(chance)
        if category in ("0306", "0307") and not self.heated(day) and chance.random() < 0.9:
            return "0301" if village else "0101"
        return category


def _home(community: Node) -> list[Node]:
    """The community, grid and building of the named accounts."""
    return [community, community.children[0], community.children[0].children[0]]


def _weight(community: Node) -> float:
    return community.households if community.children else VILLAGE_WEIGHT


def _moment(day: date, channel: str, chance: random.Random) -> datetime:
    hour = (OFFICE_HOURS if channel in OFFICE_CHANNELS else ALL_HOURS).draw(chance)
    return datetime.combine(day, time(hour, chance.randrange(60), chance.randrange(60)), ZONE)


def _unit(community: Node, channel: str, chance: random.Random) -> Node:
    """The community itself, one of its grids or one of its buildings."""
    if not community.children:
        return community
    luck = chance.random()
    if channel in ("meeting", "transfer", "import") or luck < 0.12:
        return community
    grid = community.children[Weighted(_sizes(community)).draw(chance)]
    if luck < 0.5:
        return grid
    return grid.children[Weighted(_sizes(grid)).draw(chance)]


def _sizes(node: Node) -> Mapping[Any, float]:
    return {index: child.households for index, child in enumerate(node.children)}
