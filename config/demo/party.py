"""Party organisations of the demo, seated on the units: committee, community organisation, branch, groups."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from common.profile import Profile
from config.demo.people import name_of
from config.demo.seeds import rng
from config.demo.tree import Node
from grid.choices import Level
from grid.models import Household, Unit
from partyorgs.choices import ELECTED_KINDS, KINDS_OF_LEVEL, OrganisationKind, SetUpMode
from partyorgs.models import PartyOrganisation
from partyorgs.policies import term_end, term_years

KIND_WORDS = {
    OrganisationKind.COMMITTEE: "党委", OrganisationKind.GENERAL_BRANCH: "党总支", OrganisationKind.BRANCH: "党支部",
    OrganisationKind.GROUP: "党小组",
}  # fmt: skip
PARTNERS = ("教育局党委", "县级医院党委", "供电公司党支部", "农商银行党支部", "第一小学党支部", "司法所党支部")
# Share of buildings with a party group of their own, and of those groups with a member household.
GROUP_SHARE, HOUSEHOLD_SHARE = 0.3, 0.35
# A community whose grids have branches is at least a general branch.
COMMUNITY_MEMBERS = 55


@dataclass
class Setting:
    """What every organisation is made with. ``doors``: the first household of each building, by its code."""

    profile: Profile
    units: Mapping[str, Unit]
    doors: Mapping[str, Household]
    today: date
    seed: int
    found: list[PartyOrganisation] = field(default_factory=list)

    @property
    def groups_at_grids(self) -> bool:
        """Whether grids have groups, and buildings therefore nothing but member households (蛟河)."""
        return self.profile.party.labels["grid"].endswith("小组")


def organisations(setting: Setting, root: Node) -> list[PartyOrganisation]:
    """All organisations, parents first, with keys given."""
    _seat(setting, root, None)
    return setting.found


def _seat(setting: Setting, node: Node, parent: PartyOrganisation | None) -> None:
    chance = rng(setting.seed, "party", node.code)
    if node.level == Level.BUILDING_GROUP:
        assert parent is not None
        _seat_in_building(setting, node, parent, chance)
        return
    row = _organisation(setting, node, parent, chance)
    for child in node.children:
        _seat(setting, child, row)


def _seat_in_building(setting: Setting, node: Node, parent: PartyOrganisation, chance: random.Random) -> None:
    if chance.random() >= GROUP_SHARE:
        return
    if not setting.groups_at_grids:
        parent = _organisation(setting, node, parent, chance)
    if setting.groups_at_grids or chance.random() < HOUSEHOLD_SHARE:
        door = setting.doors[node.code]
        host = name_of(chance)
        row = PartyOrganisation(
            name=f"{node.name}{door.door}{setting.profile.party.labels['household']}"[:80],
            kind=OrganisationKind.MEMBER_HOUSEHOLD, household=door, parent=parent, unit=setting.units[node.code],
            secretary_name=host, members_count=chance.randint(1, 3), members_on=setting.today.replace(day=1),
        )  # fmt: skip
        _keep(setting, row)


def _keep(setting: Setting, row: PartyOrganisation) -> None:
    row.pk = len(setting.found) + 1
    setting.found.append(row)


def _organisation(
    setting: Setting, node: Node, parent: PartyOrganisation | None, chance: random.Random
) -> PartyOrganisation:
    members = _members(node, chance)
    kind = _kind(setting, node, members)
    mode = SetUpMode.SINGLE
    if node.level in (Level.GRID, Level.BUILDING_GROUP) and chance.random() < 0.25:
        mode = chance.choice((SetUpMode.JOINT, SetUpMode.SENT))
    row = PartyOrganisation(
        name=_name(node, kind), kind=kind, mode=mode, parent=parent, unit=setting.units[node.code],
        partners=chance.choice(PARTNERS) if mode != SetUpMode.SINGLE else "",
        secretary_name=name_of(chance), members_count=members, members_on=setting.today.replace(day=1),
    )  # fmt: skip
    if kind in ELECTED_KINDS:
        _set_term(row, setting, node, chance)
    _keep(setting, row)
    return row


def _set_term(row: PartyOrganisation, setting: Setting, node: Node, chance: random.Random) -> None:
    """Terms run out all the time: about one in eight within the months of the reminder."""
    years = term_years(row.unit)
    first = setting.today - timedelta(days=chance.randint(40, years * 365 - 20))
    row.term_years, row.term_first_day, row.term_last_day = years, first, term_end(first, years)


def _members(node: Node, chance: random.Random) -> int:
    if node.level == Level.DISTRICT:
        return chance.randint(4000, 9000)
    if node.level == Level.STREET:
        return max(120, round(node.households * chance.uniform(0.05, 0.09)))
    if node.level == Level.COMMUNITY:
        fewest = COMMUNITY_MEMBERS if node.children else 8
        return max(fewest, round((node.households or 400) * chance.uniform(0.04, 0.11)))
    if node.level == Level.GRID:
        return chance.randint(5, 45)
    return chance.randint(3, 12)


def _kind(setting: Setting, node: Node, members: int) -> str:
    """By its members, as far as the level has such a kind."""
    if node.level <= Level.STREET:
        return OrganisationKind.COMMITTEE
    if node.level == Level.BUILDING_GROUP:
        return OrganisationKind.GROUP
    if node.level == Level.GRID and setting.groups_at_grids:
        return OrganisationKind.GROUP
    wanted = setting.profile.party.kind_for(members)
    return wanted if wanted in KINDS_OF_LEVEL[node.level] else OrganisationKind.BRANCH


def _name(node: Node, kind: str) -> str:
    if node.level == Level.DISTRICT:
        return f"中共{node.name}委员会"
    if node.level == Level.STREET:
        return f"{node.name}党工委" if node.name.endswith("街道") else f"{node.name}党委"
    return f"{node.name}{KIND_WORDS[OrganisationKind(kind)]}"
