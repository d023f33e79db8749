"""Party organisations for tests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from grid.models import Unit
from partyorgs.models import PartyOrganisation
from partyorgs.services import organisation_create

TERM = date(2024, 7, 1)


def make_organisation(unit: Unit, kind: str, name: str = "", **fields: Any) -> PartyOrganisation:
    """An organisation made by the service, as the system itself."""
    return organisation_create(**{"actor": None, "unit": unit, "kind": kind, "name": name or f"{unit}党组织", **fields})


@dataclass(frozen=True)
class PartyTree:
    """Street committee → community general branch → grid branch → building group, and another street's committee."""

    street: PartyOrganisation
    other_street: PartyOrganisation
    community: PartyOrganisation
    grid: PartyOrganisation
    group: PartyOrganisation


def make_party_tree(tree: Any) -> PartyTree:
    street = make_organisation(tree.street, "committee", "城墙街道党工委", term_first_day=TERM)
    other = make_organisation(tree.other_street, "committee", "孙家堡子街道党工委", term_first_day=TERM)
    community = make_organisation(
        tree.community, "general_branch", "江湾社区党总支", parent=street, members_count=62, term_first_day=TERM,
        secretary_name="王芳",
    )  # fmt: skip
    grid = make_organisation(
        tree.grid, "branch", "江湾第一网格党支部", parent=community, members_count=18, term_first_day=TERM
    )
    group = make_organisation(tree.group, "group", "1号楼党小组", parent=grid, members_count=5)
    return PartyTree(street, other, community, grid, group)
