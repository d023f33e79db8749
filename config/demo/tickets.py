"""From arrivals to tickets with their whole lives."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from accounts.roles import Role
from common.crypto import lookup_hash
from common.profile import Profile
from config.demo import people
from config.demo.arrivals import Arrival
from config.demo.engine import Life
from config.demo.places import ROADS
from config.demo.plot import Plot, kind_of
from config.demo.seeds import rng, stable_uuid
from config.demo.texts import Scene, Writer
from config.demo.tree import Node
from config.demo.world import World
from grid.choices import Level
from grid.models import Department, Unit
from petitions.choices import Channel, State, Urgency
from petitions.models import Category, Petition, Petitioner
from petitions.services.intake import code_hash, number_of, query_code

ANONYMOUS = {"snap": 0.12, "transfer": 0.06, "meeting": 0.25, "grid_worker": 0.2, "visit": 0.08}
NO_PHONE = 0.03
PHOTOGRAPHED, PHOTOGRAPHED_LIVE = 0.02, 0.6
# Of officials' conduct half the tickets name a department.
ABOUT_CATEGORIES = frozenset({"1202", "0904", "1105"})


@dataclass
class Workshop:
    """What every ticket is made with."""

    profile: Profile
    seed: int
    world: World
    units: Mapping[str, Unit]
    categories: Mapping[str, Category]
    departments: Sequence[Department]

    def make(self, arrivals: Sequence[Arrival]) -> None:
        """Play the lives of all arrivals, in their order, into the world's ledger."""
        for arrival in arrivals:
            self._ticket(arrival)

    def _ticket(self, arrival: Arrival) -> None:
        target = arrival.target
        chance = rng(self.seed, self.profile.key, "ticket", arrival.key)
        voided = not target and self.world.quotas["voided"].hit()
        channel = Channel.IMPORT if voided else arrival.channel
        category = self.categories[arrival.category]
        writer = Writer(arrival.category, scene_of(arrival.unit, chance), chance)
        petition = self._petition(arrival, channel, writer, chance)
        petitioner = self._petitioner(petition, arrival, channel, writer, chance, certain=bool(target))
        life = Life(self.world.ledger, petition, self.world.now, contactable=_has_phone(petitioner))
        actor = petition.registered_by
        life.register(actor, {"channel": Channel(channel).label, "unit": petition.unit.name})
        self._photograph(life, bool(target), chance)
        Plot(self.world, life, category, writer, chance, target, voided).play()

    def _photograph(self, life: Life, recent: bool, chance: random.Random) -> None:
        """Some of what is seen on the spot comes with a picture or two."""
        share = PHOTOGRAPHED_LIVE if recent else PHOTOGRAPHED
        if life.petition.channel in (Channel.SNAP, Channel.GRID_WORKER) and chance.random() < share:
            for number in range(1, chance.randint(1, 2) + 1):
                life.attach(f"现场{number}.png", life.petition.registered_by, chance)

    def _petition(self, arrival: Arrival, channel: str, writer: Writer, chance: random.Random) -> Petition:
        written = writer.write(channel)
        key = stable_uuid(self.seed, self.profile.key, "request", arrival.key)
        unit = self.units[arrival.unit.code]
        petition = Petition(
            stream=stable_uuid(self.seed, self.profile.key, "stream", arrival.key),
            number=number_of(self.profile.code, arrival.at, arrival.number),
            request_key=key,
            query_hash=code_hash(query_code(key)),
            title=written.title,
            text=written.text,
            place=writer.scene.place if chance.random() < 0.8 else "",
            kind=kind_of(writer.words.kind, chance),
            channel=channel,
            urgency=Urgency.URGENT if self._is_urgent(arrival.category, chance) else Urgency.NORMAL,
            unit=unit,
            street=self._place(arrival.unit, Level.STREET),
            community=self._place(arrival.unit, Level.COMMUNITY),
            grid=self._place(arrival.unit, Level.GRID),
            received_at=arrival.at,
            state=State.REGISTERED,
        )
        if channel in (Channel.HOTLINE, Channel.TRANSFER):
            petition.external_number = f"{arrival.at:%y%m%d}{arrival.number:07d}"
        if arrival.category in ABOUT_CATEGORIES and chance.random() < 0.5:
            petition.about_department = chance.choice(self.departments)
        petition.registered_by = self._desk(petition, channel, chance)
        return self.world.ledger.key(petition)

    def _is_urgent(self, category: str, chance: random.Random) -> bool:
        return self.categories[category].limit in ("2h", "8h") or chance.random() < 0.02

    def _place(self, node: Node, level: int) -> Unit | None:
        found = node.at(level)
        return self.units[found.code] if found is not None else None

    def _desk(self, petition: Petition, channel: str, chance: random.Random) -> Any:
        """Who wrote it down: nobody for the public page, else the desk of the channel."""
        if channel == Channel.SNAP:
            return None
        if channel in (Channel.HOTLINE, Channel.TRANSFER, Channel.IMPORT):
            return self.world.staff.operator(chance)
        seats = ((Role.GRID_WORKER, petition.grid_id), (Role.BUILDING_CHIEF, petition.unit_id))
        if channel in (Channel.GRID_WORKER, Channel.VISIT):
            for role, unit in seats:
                if (role, unit) in self.world.staff.units:
                    return self.world.staff.at(role, unit, chance)
        return self.world.staff.community(petition, chance)

    def _petitioner(
        self,
        petition: Petition,
        arrival: Arrival,
        channel: str,
        writer: Writer,
        chance: random.Random,
        *,
        certain: bool,
    ) -> Petitioner | None:
        """Who asked, or ``None`` for an anonymous ticket. ``certain``: somebody who can be called back."""
        anonymous = chance.random() < ANONYMOUS.get(channel, 0.02) and not certain
        # The reverse side of the relation, so that nobody asks the database for it.
        petition._state.fields_cache["petitioner"] = None
        petition.is_anonymous = anonymous
        if anonymous:
            return None
        asks = self._who(arrival, writer, chance)
        phone = "" if chance.random() < NO_PHONE and not certain else asks.phone
        petitioner = self.world.ledger.key(
            Petitioner(
                petition=petition, name=asks.name, phone=phone, address=asks.address,
                phone_hash=lookup_hash(phone, "phone") if phone else None,
            )
        )  # fmt: skip
        self.world.ledger.petitioners.append(petitioner)
        return petitioner

    def _who(self, arrival: Arrival, writer: Writer, chance: random.Random) -> people.Person:
        """One in eight is somebody who has asked before from the same place."""
        chooser = rng(self.seed, self.profile.key, "regular", arrival.unit.code, chance.randrange(3))
        regular = chance.random() < 0.125
        source = chooser if regular else chance
        address = f"{writer.scene.place}{source.randint(1, 6)}0{source.randint(1, 2)}"
        return people.Person(people.name_of(source), people.phone_of(source), address)


def _has_phone(petitioner: Petitioner | None) -> bool:
    return petitioner is not None and petitioner.phone_hash is not None


def scene_of(node: Node, chance: random.Random) -> Scene:
    """Names for the sentences: the building, or one of the grid's or community's; a village has groups."""
    community = node.at(Level.COMMUNITY) or node
    road = chance.choice(ROADS)
    if not community.children:
        return Scene(community.name, f"{chance.choice('一二三四五六')}组", "", "村委会门前的路", community.name, True)
    here = node
    while here.children:
        here = chance.choice(here.children)
    stair = f"{chance.randint(1, 4)}单元" if node.level == Level.BUILDING_GROUP or chance.random() < 0.4 else ""
    return Scene(here.complex, here.building, stair, road, community.name)


def recent(cards: Iterable[Any], now: Any, days: int) -> list[Any]:
    """Cards of the last days, whose messages are still to be read."""
    first = now - timedelta(days=days)
    return [card for card in cards if card.issued_at >= first]
