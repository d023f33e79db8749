"""The pages of party organisations in a real browser: they fit, are accessible, and an election is recorded."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse

from grid.models import Household
from partyorgs.models import PartyOrganisation
from partyorgs.services import organisation_count
from tests.factories.partyorgs import make_organisation

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("transactional_db")]

PAGES = {
    "tree": ("tree", ""), "list": ("organisations", ""), "detail": ("organisation", "community"),
    "branch": ("organisation", "grid"), "change": ("change", "grid"), "count": ("count", "grid"),
    "elect": ("elect", "grid"), "dissolve": ("dissolve", "group"),
}  # fmt: skip


@pytest.fixture
def officer(staff, tree, party):
    organisation_count(organisation=party.grid, actor=staff["community_worker"], members_count=2)
    make_organisation(
        tree.community, "branch", "江湾社区居民党支部", parent=party.community, members_count=21, secretary_name="赵敏",
        term_first_day=date(2021, 7, 1), mode="joint", partners="江湾物业公司、滨江商会",
    )  # fmt: skip
    door = Household.objects.create(unit=tree.group, door="1单元101")
    make_organisation(tree.group, "member_household", "李强党员中心户", parent=party.group, household=door)
    return staff["district_officer"]


def test_every_page_is_accessible_and_fits(faults_of, officer, tree, party):
    pages = {
        f"party-{name}": reverse(f"partyorgs:{url_name}", args=[getattr(party, which).pk] if which else [])
        for name, (url_name, which) in PAGES.items()
    }
    assert faults_of(officer, pages | {"party-create": reverse("partyorgs:create", args=[tree.group.pk])}) == {}


def test_an_election_is_recorded_from_the_tree(tab_for, officer, party):
    page = tab_for(officer).open(reverse("partyorgs:tree"))
    page.get_by_role("button", name="城墙街道党工委的下级").click()
    page.locator("a", has_text="江湾社区党总支").click()
    page.wait_for_url(f"**{party.community.get_absolute_url()}")
    page.locator("a", has_text="换届选举").click()
    page.fill("input[name=elected_on]", "2026-07-10")
    page.fill("input[name=secretary_name]", "赵敏")
    page.locator("button", has_text="记录选举结果").click()
    page.wait_for_selector("text=新一届任期至 2031-07-09。")
    row = PartyOrganisation.objects.get(pk=party.community.pk)
    assert (row.secretary_name, row.term_last_day) == ("赵敏", date(2031, 7, 9))
