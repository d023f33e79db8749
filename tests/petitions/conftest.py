"""A desk ready for work: the small tree, one user per role, the rules, a category led by the department."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from accounts.models import User
from petitions.models import Category, Petition
from petitions.workflow import FLOW
from tests.factories.petitions import make_category, make_petition
from tests.factories.rules import make_rules

# How to bring a ticket to a state: who does which action with what.
STEPS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("accept", "community_worker", {}),
    ("dispatch", "community_worker", {}),
    ("sign", "department_handler", {}),
    ("contact", "department_handler", {"way": "phone", "note": "已电话联系，了解情况"}),
    ("reply", "department_handler", {"reply": "已责令物业公司公示收费标准并退还多收部分。"}),
    ("verify", "community_worker", {}),
    ("callback", "community_worker", {"solved": True, "satisfaction": "satisfied"}),
    ("close", "community_worker", {}),
)


@dataclass
class Desk:
    """Everything a ticket needs, and short ways to bring one about."""

    tree: Any
    staff: dict[str, User]
    category: Category

    def user(self, role: str) -> User:
        """The user as a fresh request would load it."""
        return User.objects.get(pk=self.staff[role].pk)

    def register(self, **values: Any) -> Petition:
        return make_petition(self.user("community_worker"), **{"unit": self.tree.community, **values})

    def act(self, petition: Petition, name: str, role: str, **data: Any) -> Petition:
        if name == "accept":
            data.setdefault("category", self.category)
        if name == "dispatch":
            data.setdefault("lead", self.tree.housing)
        return FLOW.perform(name, petition, self.user(role), **data)

    def bring_to(self, state: str, **values: Any) -> Petition:
        """A ticket that went through the loop up to a state."""
        petition = self.register(**values)
        for name, role, data in STEPS:
            if petition.state == state:
                return petition
            petition = self.act(petition, name, role, **data)
        assert petition.state == state, f"the straight loop does not reach {state}"
        return petition


@pytest.fixture
def desk(tree: Any, staff: dict[str, User]) -> Desk:
    make_rules()
    return Desk(tree, staff, make_category(tree.housing))


@pytest.fixture
def row_of() -> Callable[[Petition], dict[str, Any]]:
    """All columns of a ticket as stored, to prove that nothing changed."""

    def read(petition: Petition) -> dict[str, Any]:
        row = Petition.objects.filter(pk=petition.pk).values().get()
        return {key: bytes(value) if isinstance(value, memoryview) else value for key, value in row.items()}

    return read
