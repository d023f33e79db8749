"""The small world in which every contract is tried: one community, its neighbour, and who works in each.

Names are those of the examples in the import templates, so that a template's own example can be sent in.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from typing import Any

from django.apps import apps
from django.db import connection

from accounts.models import User
from accounts.roles import ROLE_RULES, Role
from grid.models import Household, Unit
from petitions.models import Category
from petitions.workflow import FLOW
from tests.architecture.test_registers import OURS
from tests.contracts.routes import PUBLIC, ROUTES, SIGNED_IN
from tests.factories.accounts import make_staff, make_user
from tests.factories.grid import Tree, make_tree
from tests.factories.partyorgs import PartyTree, make_party_tree
from tests.factories.petitions import make_category, make_petition
from tests.factories.rules import make_rules
from tests.factories.volunteers import make_programme

NAMES = {"street": "江源街道", "community": "江南社区", "grid": "江南第一网格"}
# Who tries a page, the smallest area first: the first whose role holds the permission.
READERS = (
    Role.COMMUNITY_WORKER, Role.STREET_OFFICER, Role.SYSTEM_ADMIN, Role.DISTRICT_OFFICER, Role.SECURITY_ADMIN,
    Role.AUDIT_ADMIN, Role.PAYROLL_OFFICER,
)  # fmt: skip
# What a request writes beside the work it is for.
ASIDE = ("django_session", "axes_")


@dataclass
class World:
    """``staff`` work in the first street and its community, ``others`` in the street beside it."""

    tree: Tree
    staff: dict[str, User]
    others: dict[str, User]
    category: Category
    numbers: Any = field(default_factory=lambda: count(1))

    def user(self, role: str, here: bool = True) -> User:
        """The person as a fresh request would load them."""
        return User.objects.get(pk=(self.staff if here else self.others)[role].pk)

    def community(self, here: bool = True) -> Unit:
        return self.tree.community if here else self.tree.other_community

    def petition(self, here: bool = True, upto: str = "registered", **values: Any) -> Any:
        """A ticket of the community (or of its neighbour) that went through the loop up to a state."""
        ticket = make_petition(
            self.user("community_worker", here),
            **{"unit": self.community(here), "title": f"楼道灯不亮第{next(self.numbers)}盏", **values},
        )
        for state, name, role, data in self.steps(here):
            if ticket.state == upto:
                break
            ticket = FLOW.perform(name, ticket, self.user(role, here), **data)
            assert ticket.state == state
        assert ticket.state == upto, f"the straight loop does not reach {upto}"
        return ticket

    def steps(self, here: bool = True) -> list[tuple[str, str, str, dict[str, Any]]]:
        """The straight loop led by the community itself: state reached, action, who, with what."""
        own, desk = self.community(here), "community_worker"
        reply = {"reply": "已更换灯泡，照明恢复。"}
        return [
            ("accepted", "accept", desk, {"category": self.category}),
            ("dispatched", "dispatch", desk, {"lead": own, "co_handlers": [self.tree.enforcement]}),
            ("handling", "sign", desk, {}),
            ("handling", "contact", desk, {"way": "phone", "note": "已电话联系"}),
            ("replied", "reply", desk, reply),
            ("verified", "verify", desk, {}),
            ("called_back", "callback", desk, {"solved": True, "satisfaction": "satisfied"}),
            ("closed", "close", desk, {}),
        ]


@dataclass(frozen=True)
class Rows:
    """``make(world, here)`` makes one row; ``word(row)`` is a text that finds it.

    ``shared`` says why the reader sees a neighbour's rows as well; ``kwargs`` are those of the address.
    """

    make: Callable[[World, bool], Any]
    word: Callable[[Any], str] | None = None
    kwargs: Callable[[World], dict[str, Any]] = lambda world: {}
    shared: str = ""


@dataclass(frozen=True)
class PageOfReport:
    """A report that a page starts which is no list: the address, what it counts, and what is chosen on the page."""

    address: str
    rows: Rows
    raw: Callable[[World], dict[str, Any]]


def make_world() -> World:
    tree = make_tree()
    for place, name in NAMES.items():
        unit = getattr(tree, place)
        unit.name = name
        unit.save(update_fields=["name"])
    Household.objects.create(unit=tree.group, door="1单元102")
    others = {
        Role.COMMUNITY_WORKER: tree.other_community,
        Role.STREET_OFFICER: tree.other_street,
        Role.SYSTEM_ADMIN: tree.other_street,
    }
    staff = make_staff(tree)
    # The administrator of a street, so that accounts of the next street are a neighbour's; that of the district stays.
    staff["district_admin"] = staff["system_admin"]
    staff["system_admin"] = make_user(Role.SYSTEM_ADMIN, tree.street, username="street_admin")
    make_rules()
    make_programme()
    return World(
        tree, staff, {role.value: make_user(role, seat) for role, seat in others.items()},
        make_category(tree.housing),
    )  # fmt: skip


def make_party(world: World) -> PartyTree:
    """Party organisations; the street's committee has the name that the template's example names as parent."""
    party = make_party_tree(world.tree)
    party.street.name = "江源街道党工委"
    party.street.save(update_fields=["name"])
    return party


def reader_of(name: str) -> str:
    """The role that tries the page of an address: the smallest area among those that may open it."""
    needed = ROUTES[name]
    if needed in (PUBLIC, SIGNED_IN):
        return READERS[0]
    wanted = {needed} if isinstance(needed, str) else set(needed)
    return next(role for role in READERS if ROLE_RULES[role].permissions & wanted)


def stranger_to(permission: str) -> str:
    """A role that does not hold a permission."""
    return next(role for role in READERS if permission not in ROLE_RULES[role].permissions)


def contents() -> dict[str, str]:
    """A digest of every table of ours: two equal answers prove that nothing was written in between."""
    with connection.cursor() as cursor:
        cursor.execute(_digests())
        return dict(cursor.fetchall())


@cache
def _digests() -> str:
    """One statement for all tables: there are over a hundred. A sum of hashes needs no order; sorting long texts by the
    rules of a language takes ten times as long."""
    tables = [model._meta.db_table for model in apps.get_models() if model._meta.app_label in OURS]
    return " UNION ALL ".join(
        f"""SELECT '{table}', count(*) || ':' || coalesce(sum(hashtextextended(t::text, 0)), 0) FROM "{table}" AS t"""
        for table in tables
        if not table.startswith(ASIDE)
    )


def changed_since(before: dict[str, str]) -> set[str]:
    """Tables that differ from an earlier :func:`contents`."""
    after = contents()
    return {table for table in after if before.get(table) != after[table]}
