"""Party organisations of the demo, seated on the units: committee, community organisation, branch, groups."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from common.profile import Profile
from config.demo.people import name_of
from config.demo.seeds import rng
from config.demo.tree import Node
from grid.choices import Level
from grid.models import Unit
from partyorgs import events
from partyorgs.choices import ELECTED_KINDS, KINDS_OF_LEVEL, OrganisationKind, SetUpMode
from partyorgs.models import PartyOrganisation

KIND_WORDS = {
    OrganisationKind.COMMITTEE: "党委", OrganisationKind.GENERAL_BRANCH: "党总支", OrganisationKind.BRANCH: "党支部",
    OrganisationKind.GROUP: "党小组",
}  # fmt: skip
PARTNERS = ("区教育局党委", "区医院党委", "供电公司党支部", "农商银行党支部", "第一小学党支部", "街道司法所党支部")
GROUP_SHARE = 0.3  # of the buildings have a group of their own
"""Share of buildings in which a party group meets."""


@dataclass
class Seated:
    """One organisation with the event that founded it."""

    organisation: PartyOrganisation
    event: str
    data: dict[str, Any]


def organisations(profile: Profile, root: Node, units: Mapping[str, Unit], today: date, seed: int) -> list[Seated]:
    """All organisations, parents first, with keys given."""
    found: list[Seated] = []
    _seat(profile, root, None, units, today, seed, found)
    return found


def _seat(
    profile: Profile,
    node: Node,
    parent: PartyOrganisation | None,
    units: Mapping[str, Unit],
    today: date,
    seed: int,
    found: list[Seated],
) -> None:
    chance = rng(seed, "party", node.code)
    if node.level == Level.BUILDING_GROUP and chance.random() >= GROUP_SHARE:
        return
    row = _organisation(profile, node, parent, units[node.code], today, chance)
    row.pk = len(found) + 1
    data = {"name": row.name, "unit": node.name, "kind": row.get_kind_display(), "secretary": row.secretary_name}
    found.append(Seated(row, events.CREATED, data))
    for child in node.children:
        _seat(profile, child, row, units, today, seed, found)


def _organisation(
    profile: Profile, node: Node, parent: PartyOrganisation | None, unit: Unit, today: date, chance: random.Random
) -> PartyOrganisation:
    members = _members(node, chance)
    kind = _kind(profile, node, members)
    mode = SetUpMode.SINGLE
    if node.level in (Level.GRID, Level.BUILDING_GROUP) and chance.random() < 0.25:
        mode = chance.choice((SetUpMode.JOINT, SetUpMode.SENT))
    row = PartyOrganisation(
        name=_name(profile, node, kind), kind=kind, mode=mode, parent=parent, unit=unit,
        partners=chance.choice(PARTNERS) if mode != SetUpMode.SINGLE else "",
        secretary_name=name_of(chance), members_count=members, members_on=today.replace(day=1),
    )  # fmt: skip
    if kind in ELECTED_KINDS:
        row.term_years = profile.party.term_of("community" if node.level == Level.COMMUNITY else "other")
        # Terms run out all the time: about one in ten within the months of the reminder.
        end = today + timedelta(days=chance.randint(20, row.term_years * 365 - 30))
        row.term_last_day = end
        row.term_first_day = _years_before(end, row.term_years) + timedelta(days=1)
    return row


def _years_before(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # 29 February
        return day.replace(year=day.year - years, day=28)


def _members(node: Node, chance: random.Random) -> int:
    if node.level == Level.DISTRICT:
        return chance.randint(4000, 9000)
    if node.level == Level.STREET:
        return max(120, round(node.households * chance.uniform(0.05, 0.09)))
    if node.level == Level.COMMUNITY:
        return max(8, round((node.households or 120) * chance.uniform(0.04, 0.11)))
    if node.level == Level.GRID:
        return chance.randint(5, 45)
    return chance.randint(3, 12)


def _kind(profile: Profile, node: Node, members: int) -> str:
    """By its members, as far as the level has such a kind."""
    if node.level <= Level.STREET:
        return OrganisationKind.COMMITTEE
    if node.level == Level.BUILDING_GROUP:
        return OrganisationKind.GROUP
    if node.level == Level.GRID and profile.party.labels["grid"].endswith("小组"):
        return OrganisationKind.GROUP
    wanted = profile.party.kind_for(members)
    return wanted if wanted in KINDS_OF_LEVEL[node.level] else OrganisationKind.BRANCH


def _name(profile: Profile, node: Node, kind: str) -> str:
    if node.level == Level.DISTRICT:
        return f"中共{node.name}委员会"
    if node.level == Level.STREET:
        return f"{node.name}党工委" if node.name.endswith("街道") else f"{node.name}党委"
    return f"{node.name}{KIND_WORDS[OrganisationKind(kind)]}"
