"""Who works in the demo: who may do what where, drawn per ticket."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass, field

from accounts.models import User
from accounts.roles import Role
from petitions.models import Petition


@dataclass
class Staff:
    """People by role and seat (key of a unit or department)."""

    units: dict[tuple[str, int], list[User]] = field(default_factory=lambda: defaultdict(list))
    departments: dict[int, list[User]] = field(default_factory=lambda: defaultdict(list))
    root: int = 0

    def add(self, user: User, role: str, unit: int | None, department: int | None) -> None:
        if department is not None:
            self.departments[department].append(user)
        elif unit is not None:
            self.units[role, unit].append(user)

    def at(self, role: str, unit: int | None, chance: random.Random) -> User:
        """Somebody with a role at a unit; ``LookupError`` when there is nobody."""
        people = self.units.get((role, unit or 0))
        if not people:
            raise LookupError(f"nobody is {role} at unit {unit}")
        return chance.choice(people)

    def operator(self, chance: random.Random) -> User:
        return self.at(Role.HOTLINE_OPERATOR, self.root, chance)

    def district(self, chance: random.Random) -> User:
        return self.at(Role.DISTRICT_OFFICER, self.root, chance)

    def street(self, petition: Petition, chance: random.Random) -> User:
        return self.at(Role.STREET_OFFICER, petition.street_id, chance)

    def community(self, petition: Petition, chance: random.Random) -> User:
        return self.at(Role.COMMUNITY_WORKER, petition.community_id, chance)

    def lead(self, petition: Petition, chance: random.Random) -> User:
        """Somebody of the body the ticket was given to."""
        if petition.lead_department_id is not None:
            return chance.choice(self.departments[petition.lead_department_id])
        if petition.lead_unit_id == petition.street_id:
            return self.street(petition, chance)
        if petition.lead_unit_id == petition.grid_id and (Role.GRID_WORKER, petition.grid_id) in self.units:
            return self.at(Role.GRID_WORKER, petition.grid_id, chance)
        return self.community(petition, chance)
