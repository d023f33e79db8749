"""Every page that the menu leads to, on a desk and on a phone: opens, fits, accessible, within the policy.

The home page of every role, with its menu, is looked at in ``tests/reports/test_browser.py``.
"""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model

from accounts.roles import Role
from common.navigation import frame
from tests.browser import PHONE, WIDE, Tab
from tests.factories.petitions import make_category
from tests.factories.rules import make_rules
from tests.factories.staff import make_worker
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
    return [path for path in dict.fromkeys(entries) if path != "/"]


def test_every_page_of_every_menu(tab_for, desk):
    """Each address once, with the first role that has it."""
    wrong: dict[str, list[str]] = {}
    seen: set[str] = set()
    for role in Role.values:
        user = get_user_model().objects.get(pk=desk.staff[role].pk)
        tab = tab_for(user)
        for path in pages_of(user):
            if path in seen:
                continue
            seen.add(path)
            wrong |= faults_of_page(tab, path, f"{role}{path.replace('/', '_').replace('?', '_')}")
        tab.close()
    assert len(seen) > 15
    assert wrong == {}, "\n".join(f"{page}: {fault}" for page, faults in wrong.items() for fault in faults)


def faults_of_page(tab: Tab, path: str, name: str) -> dict[str, list[str]]:
    """What axe finds on the page, and whether it fits a phone too: axe looks at phones in the tests of each app."""
    tab.open(path)
    found = []
    for size in (tab.size, PHONE if tab.size == WIDE else WIDE):
        tab.resize(size)
        tab.shoot(name)
        if size == WIDE:
            found += tab.faults(menu=False)
        elif (wider := tab.overflow()) > 0:
            found.append(f"{wider} pixels wider than a phone")
    return {name: found} if found else {}


def test_a_part_of_the_menu_opens_by_keyboard_and_stays_open(tab_for, staff, tree):
    make_worker(tree.community, grade=None)
    tab = tab_for(staff["district_officer"])
    page = tab.open("/staff/people/")
    people, pay = (page.locator(f"details[data-gw-group='staff.{key}']") for key in ("people", "pay"))
    assert [people.get_attribute("open"), pay.get_attribute("open")] == ["", None]
    current = page.locator("#gw-menu [aria-current]").bounding_box()
    assert 0 < current["y"] < page.viewport_size["height"], "the menu begins where the page is"
    count = pay.locator("summary .gw-count")
    count.wait_for()
    assert count.inner_text().split() == ["1", "件"], "what waits in a folded part is said on it"
    pay.locator("summary").focus()
    page.keyboard.press("Enter")
    pay.get_by_role("link", name="还没有定级的人").wait_for()
    assert not count.is_visible()
    assert tab.faults() == []
    people.locator("summary").click()
    tab.open("/")
    assert [people.get_attribute("open"), pay.get_attribute("open")] == [None, ""]
    tab.open("/staff/people/")
    assert people.get_attribute("open") == "", "the part of the page is open in any case"
