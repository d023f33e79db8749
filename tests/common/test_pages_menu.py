"""Every page that the menu leads to, for every role, on a desk and on a phone: opens, fits, accessible, within the policy."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model

from accounts.roles import Role
from common.navigation import frame
from tests.common.pages_fixtures import PHONE, WIDE, chromium, tab_for  # noqa: F401
from tests.factories.petitions import make_category, make_rules
from tests.petitions.conftest import Desk

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.usefixtures("transactional_db")]

STATES = ("registered", "accepted", "dispatched", "handling", "replied", "verified", "closed")


@pytest.fixture
def desk(tree, staff):
    make_rules()
    desk = Desk(tree, staff, make_category(tree.housing))
    for state in STATES:
        desk.bring_to(state)
    return desk


def pages_of(user) -> list[str]:
    entries = [entry.url for section in frame.menu(user) for entry in section.entries]
    return list(dict.fromkeys(["/", *entries]))


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["desk", "phone"])
def test_every_page_of_every_menu(tab_for, desk, size):  # noqa: F811
    """Each address once, with the first role that has it; the home page for every role."""
    wrong, seen = {}, {"/"}
    for role in Role.values:
        user = get_user_model().objects.get(pk=desk.staff[role].pk)
        tab = tab_for(user, size)
        for path in pages_of(user):
            if path != "/" and path in seen:
                continue
            seen.add(path)
            tab.open(path)
            tab.shoot(f"{role}{path.replace('/', '_').replace('?', '_')}")
            faults = tab.violations()
            if tab.overflow() > 0:
                faults.append(f"wider than the window by {tab.overflow()} pixels")
            if faults:
                wrong[f"{role} {path}"] = faults
    assert len(seen) > 15
    assert wrong == {}, "\n".join(f"{page}: {fault}" for page, faults in wrong.items() for fault in faults)
