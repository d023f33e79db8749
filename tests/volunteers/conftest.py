"""Fixtures of the tests of activities.

``worker``    the community's worker, with the district's rules and its points programme
``office``      the worker's browser at the desk
``activity``  an activity of the community with three places, on :data:`tests.factories.activities.START`
``join``      ``join()`` is somebody who joined it the day before
``desk``      what an order needs: rules, a provider and a volunteer; ``race`` the same, committed for threads
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from tests.factories.accounts import make_staff, make_user
from tests.factories.activities import DAY_BEFORE, make_activity, make_participation
from tests.factories.grid import make_tree
from tests.factories.rules import make_rules
from tests.factories.volunteers import make_programme, make_provider, make_volunteer
from tests.volunteers.activity_support import at
from tests.volunteers.orders_support import Desk


@pytest.fixture
def worker(staff: Any) -> Any:
    make_rules()
    make_programme()
    return staff["community_worker"]


@pytest.fixture
def office(worker: Any, client_for: Any) -> Any:
    return client_for(worker)


@pytest.fixture
def activity(tree: Any, worker: Any) -> Any:
    return make_activity(tree.community)


@pytest.fixture
def join(tree: Any, activity: Any) -> Callable[..., Any]:
    def joined(**fields: Any) -> Any:
        with at(DAY_BEFORE):
            return make_participation(activity, make_volunteer(tree.community, **fields))

    return joined


@pytest.fixture
def desk(tree: Any, staff: dict[str, User]) -> Desk:
    make_rules()
    make_programme()
    firm = make_provider(tree.community, staff["provider"])
    return Desk(tree, staff, firm, make_volunteer(tree.community))


@pytest.fixture
def party_member(desk: Desk) -> User:
    """A grid worker who is a volunteer too, with the account linked."""
    user = make_user("grid_worker", desk.tree.grid)
    make_volunteer(desk.tree.grid, name="赵敏", user=user, group="party_member")
    return user


@pytest.fixture
def race(transactional_db) -> Desk:
    """The same desk, committed, so that every thread sees it."""
    tree = make_tree()
    staff = make_staff(tree)
    make_rules()
    make_programme()
    return Desk(tree, staff, make_provider(tree.community, staff["provider"]), make_volunteer(tree.community))
