"""The generic pages and components in a real browser: policy, accessibility, phone, keyboard."""

from __future__ import annotations

import pytest

from tests.common.pages_fixtures import PHONE, WIDE, chromium, site, tab_for  # noqa: F401
from tests.factories.grid import make_unit

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("transactional_db", "site")]

PAGES = {
    "guide": "/kit/guide/",
    "guide-wrong": "/kit/guide/?wrong=1",
    "list": "/kit/units/",
    "list-filtered": "/kit/units/?level=2&households=0&q=街道",
    "list-empty": "/kit/empty/",
    "form": "/kit/units/new",
    "jobs": "/jobs/",
    "error": "/kit/fail/refused/",
    "public": "/kit/public/",
}


@pytest.fixture
def officer(staff, tree):
    for number in range(12):
        make_unit(f"测试街道{number}", parent=tree.district, households=390 + number * 7)
    return staff["district_officer"]


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("name", PAGES)
def test_page_is_accessible_and_fits(tab_for, officer, name, size):  # noqa: F811
    tab = tab_for(officer, size)
    tab.open(PAGES[name])
    tab.shoot(name)
    assert tab.violations() == []
    assert tab.overflow() == 0
