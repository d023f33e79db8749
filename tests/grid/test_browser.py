"""The pages of the hierarchy in a real browser: they fit, are accessible, and the tree opens branch by branch."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse

from grid.models import Household, Unit
from grid.pinyin import sort_key
from grid.services import post_take
from tests.factories.grid import make_unit
from tests.factories.partyorgs import make_party_tree

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("transactional_db")]

PAGES = {
    "tree": ("grid:tree", "", ""),
    "tree-found": ("grid:tree", "", "?q=江湾"),
    "tree-nothing": ("grid:tree", "", "?q=不存在的单位"),
    "units": ("grid:units", "", "?flag=size"),
    "unit-street": ("grid:unit", "street", ""),
    "unit-community": ("grid:unit", "community", ""),
    "unit-grid": ("grid:unit", "grid", ""),
    "unit-create": ("grid:unit-create", "community", ""),
    "unit-change": ("grid:unit-change", "community", ""),
    "unit-move": ("grid:unit-move", "community", ""),
    "unit-close": ("grid:unit-close", "grid", ""),
    "post-take": ("grid:post-take", "grid", ""),
    "posts": ("grid:posts", "", ""),
    "departments": ("grid:departments", "", ""),
    "department": ("grid:department-change", "housing", ""),
    "households": ("grid:households", "group", ""),
    "doors-add": ("grid:doors-add", "group", ""),
}


@pytest.fixture
def officer(staff, tree):
    """A district officer over a tree that looks like one."""
    for number in range(2, 9):
        grid = make_unit(f"江湾第{number}网格", parent=tree.community, households=180 + number * 50)
        post_take(unit=grid, actor=None, post="grid_chief", name=f"网格长{number}", first_day=date(2025, 3, 1))
    post_take(unit=tree.grid, actor=None, post="grid_chief", name="王芳", first_day=date(2025, 3, 1))
    post_take(unit=tree.community, actor=None, post="secretary", name="张华", first_day=date(2024, 7, 1))
    Household.objects.bulk_create(Household(unit=tree.group, door=f"{n // 4 + 1}单元{n % 4 + 1}01") for n in range(16))
    make_party_tree(tree)
    for unit in Unit.objects.all():
        Unit.objects.filter(pk=unit.pk).update(pinyin=sort_key(unit.name))
    return staff["district_officer"]


def test_every_page_is_accessible_and_fits(faults_of, officer, tree):
    pages = {
        f"grid-{name}": reverse(url_name, args=[getattr(tree, which).pk] if which else []) + query
        for name, (url_name, which, query) in PAGES.items()
    }
    assert faults_of(officer, pages) == {}


def test_the_tree_opens_branch_by_branch_by_keyboard(tab_for, officer, tree):
    page = tab_for(officer).open(reverse("grid:tree"))
    assert page.locator("text=江湾第一网格").count() == 0
    assert page.get_by_role("button", name="江源区的下级").get_attribute("aria-expanded") == "true"
    page.get_by_role("button", name="城墙街道的下级").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("text=江湾社区")
    page.get_by_role("button", name="江湾社区的下级").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("text=江湾第一网格")
    assert page.locator("text=少于 300 户").count() >= 1
    page.locator("a", has_text="江湾第一网格").click()
    page.wait_for_url(f"**{tree.grid.get_absolute_url()}")


def test_a_move_by_search_preview_and_confirmation(tab_for, officer, tree):
    tab = tab_for(officer)
    page = tab.open(reverse("grid:unit-move", args=[tree.community.pk]))
    page.locator(".ts-control").click()
    page.keyboard.type("sjbz", delay=20)
    page.locator(".ts-dropdown [data-selectable].active", has_text="孙家堡子街道").wait_for()
    page.keyboard.press("Enter")
    page.locator("button", has_text="下一步").click()
    page.wait_for_selector("text=确认后立即生效")
    assert page.locator("text=3 个党组织随同调整").count() == 1
    tab.shoot("grid-move-preview")
    assert tab.violations() == []
    page.locator("button", has_text="确认调整隶属").click()
    page.wait_for_selector("text=“江湾社区”已划入“孙家堡子街道”。")
    tree.community.refresh_from_db()
    assert tree.community.parent == tree.other_street
