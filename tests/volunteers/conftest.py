"""Fixtures of the tests of activities.

``worker``    the community's worker, with the district's rules and its points programme
``office``      the worker's browser at the desk
``activity``  an activity of the community with three places, on :data:`tests.factories.activities.START`
``join``      ``join()`` is somebody who joined it the day before
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.factories.activities import DAY_BEFORE, make_activity, make_participation
from tests.factories.volunteers import make_programme, make_service_rules, make_volunteer
from tests.volunteers.activity_support import at


@pytest.fixture
def worker(staff: Any) -> Any:
    make_service_rules()
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
