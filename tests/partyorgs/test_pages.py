"""Pages of party organisations: what they show, to whom, in how many queries."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse
from django.utils import timezone

from grid.models import Household
from partyorgs.models import PartyOrganisation
from partyorgs.selectors import due_limit
from partyorgs.services import organisation_count
from tests.factories.partyorgs import make_organisation

pytestmark = pytest.mark.django_db
PAGES = [
    ("partyorgs:organisations", ""), ("partyorgs:tree", ""), ("partyorgs:organisation", "community"),
    ("partyorgs:branch", "community"), ("partyorgs:change", "grid"), ("partyorgs:count", "grid"),
    ("partyorgs:elect", "grid"), ("partyorgs:dissolve", "group"),
]  # fmt: skip


def text_of(response) -> str:
    return response.content.decode()


@pytest.fixture
def page(staff, client_for):
    def open_page(role: str, name: str, *args, status: int = 200, query: str = "") -> str:
        response = client_for(staff[role]).get(reverse(name, args=args) + query)
        assert response.status_code == status, text_of(response)[:500]
        return text_of(response)

    return open_page


@pytest.fixture
def send(staff, client_for):
    def post(role: str, data: dict, name: str, *args):
        return client_for(staff[role]).post(reverse(name, args=args), data)

    return post


@pytest.mark.parametrize(("name", "which"), PAGES)
def test_every_page_opens_in_few_queries_however_many_rows(
    tree, party, staff, client_for, name, which, django_assert_max_num_queries
):
    for number in range(30):
        make_organisation(tree.grid, "branch", f"支部{number}", parent=party.community, members_count=number)
    client = client_for(staff["district_officer"])
    args = [getattr(party, which).pk] if which else []
    with django_assert_max_num_queries(13):  # one is the menu's, once in half a minute (whether 打分 is shown)
        assert client.get(reverse(name, args=args)).status_code == 200


@pytest.mark.parametrize(("name", "which"), [entry for entry in PAGES if entry[1]])
def test_outside_the_scope_nothing_is_there(tree, party, page, name, which):
    page("community_worker", name, party.other_street.pk, status=404)
    page("grid_worker", name, party.grid.pk, status=403)


def test_without_the_permission_nothing_changes(party, send):
    before = list(PartyOrganisation.objects.order_by("pk").values())
    values = {"members_count": 1, "members_on": timezone.localdate().isoformat(), "version": party.grid.event_seq}
    for role in ("department_handler", "grid_worker", "hotline_operator"):
        answer = send(role, values, "partyorgs:count", party.grid.pk)
        assert answer.status_code == 403
        assert "没有“维护党组织”的权限" in text_of(answer)
    assert list(PartyOrganisation.objects.order_by("pk").values()) == before
    assert send("community_worker", values, "partyorgs:count", party.grid.pk).status_code == 302


def listed(shown: str, organisation: PartyOrganisation) -> bool:
    """Whether the list has a row of the organisation (its name also stands as the parent of others)."""
    return f'href="{organisation.get_absolute_url()}"' in shown


def test_the_tree_begins_at_the_own_scope(party, page):
    shown = page("community_worker", "partyorgs:tree")
    assert "江湾社区党总支" in shown
    assert "江湾第一网格党支部" in shown
    assert "城墙街道党工委" not in shown
    district = page("district_officer", "partyorgs:tree")
    assert "城墙街道党工委" in district
    assert "江湾社区党总支" not in district


def test_a_branch_is_fetched_when_opened(party, page):
    shown = page("district_officer", "partyorgs:branch", party.community.pk)
    assert "江湾第一网格党支部" in shown
    assert "<html" not in shown


def test_terms_that_end_can_be_found(party, page):
    today = timezone.localdate()
    rows = PartyOrganisation.objects
    rows.filter(pk=party.grid.pk).update(term_last_day=due_limit(today))
    rows.filter(pk=party.community.pk).update(term_first_day=date(2020, 1, 1), term_last_day=date(2025, 1, 1))
    ending = page("district_officer", "partyorgs:organisations", query="?term=ending")
    assert listed(ending, party.grid)
    assert not listed(ending, party.community)
    ended = page("district_officer", "partyorgs:organisations", query="?term=ended")
    assert listed(ended, party.community)
    assert "已届满" in ended
    assert not listed(ended, party.grid)


def test_odd_sizes_can_be_found_and_are_explained(party, page):
    organisation_count(organisation=party.grid, actor=None, members_count=2)
    found = page("district_officer", "partyorgs:organisations", query="?flag=size")
    assert listed(found, party.grid)
    assert not listed(found, party.community)
    assert "设党支部一般应有 3 人以上" in page("district_officer", "partyorgs:organisation", party.grid.pk)


def test_the_list_is_searched_and_filtered(party, page):
    assert listed(page("district_officer", "partyorgs:organisations", query="?q=王芳"), party.community)
    branches = page("district_officer", "partyorgs:organisations", query="?kind=branch&q=江湾")
    assert listed(branches, party.grid)
    assert not listed(branches, party.community)


def test_an_organisation_is_set_up_from_the_page_of_its_unit(tree, party, send, page):
    assert reverse("partyorgs:create", args=[tree.grid.pk]) in page("community_worker", "grid:unit", tree.grid.pk)
    assert "江湾社区党总支" in page("community_worker", "partyorgs:create", tree.grid.pk)
    response = send(
        "community_worker",
        {"name": "商圈党支部", "kind": "branch", "parent": party.community.pk, "mode": "single", "members_count": "8",
         "members_on": "2026-06-30", "term_first_day": "2026-01-01"},
        "partyorgs:create", tree.grid.pk,
    )  # fmt: skip
    made = PartyOrganisation.objects.get(name="商圈党支部")
    assert response.status_code == 302
    assert response.url == made.get_absolute_url()
    assert (made.parent, made.members_count, made.term_last_day) == (party.community, 8, date(2028, 12, 31))
    page("community_worker", "partyorgs:create", tree.other_grid.pk, status=404)


def test_a_member_household_is_chosen_from_the_doors(tree, party, send, page):
    door = Household.objects.create(unit=tree.group, door="1单元101")
    assert "1单元101" in page("community_worker", "partyorgs:create", tree.group.pk)
    values = {"name": "张华中心户", "kind": "member_household", "parent": party.group.pk, "mode": "single"}
    assert send("community_worker", values, "partyorgs:create", tree.group.pk).status_code == 400
    assert (
        send("community_worker", {**values, "household": door.pk}, "partyorgs:create", tree.group.pk).status_code == 302
    )
    assert PartyOrganisation.objects.get(name="张华中心户").household == door


def test_a_refused_form_names_the_field(tree, party, send):
    values = {"name": "甲支部", "kind": "branch", "parent": "", "mode": "joint"}
    answer = send("community_worker", values, "partyorgs:create", tree.grid.pk)
    assert answer.status_code == 400
    assert "请选择上级党组织" in text_of(answer)


def test_changes_election_count_and_dissolution_by_form(tree, party, send):
    row = party.grid
    values = {"name": "滨江党支部", "kind": "branch", "parent": party.community.pk, "mode": "single",
              "secretary_name": "赵敏", "term_first_day": "2024-07-01", "term_years": "3"}  # fmt: skip
    assert send("community_worker", {**values, "version": row.event_seq}, "partyorgs:change", row.pk).status_code == 302
    stale = send("community_worker", {**values, "name": "别名", "version": row.event_seq}, "partyorgs:change", row.pk)
    assert stale.status_code == 409
    row.refresh_from_db()
    assert (row.name, row.secretary_name) == ("滨江党支部", "赵敏")
    elected = {"elected_on": "2026-08-01", "secretary_name": "李强", "version": row.event_seq}
    assert send("community_worker", elected, "partyorgs:elect", row.pk).status_code == 302
    row.refresh_from_db()
    assert (row.secretary_name, row.term_last_day) == ("李强", date(2029, 7, 31))
    counted = {"members_count": "30", "members_on": timezone.localdate().isoformat(), "version": row.event_seq}
    assert send("community_worker", counted, "partyorgs:count", row.pk).status_code == 302
    row.refresh_from_db()
    refused = send("community_worker", {"version": row.event_seq}, "partyorgs:dissolve", row.pk)
    assert refused.status_code == 400
    group = party.group
    assert send("community_worker", {"version": group.event_seq}, "partyorgs:dissolve", group.pk).status_code == 302
    group.refresh_from_db()
    assert not group.is_active


def test_a_secretary_may_be_an_account_of_the_unit_or_above(party, send, staff):
    row, chief = party.grid, staff["grid_worker"]
    values = {"elected_on": "2026-08-01", "secretary_name": "", "version": row.event_seq}
    stranger = {**values, "secretary": staff["department_handler"].pk}
    assert send("community_worker", stranger, "partyorgs:elect", row.pk).status_code == 400
    nobody = send("community_worker", values, "partyorgs:elect", row.pk)
    assert nobody.status_code == 400
    assert "请填写当选的书记。" in text_of(nobody)
    assert send("community_worker", {**values, "secretary": chief.pk}, "partyorgs:elect", row.pk).status_code == 302
    row.refresh_from_db()
    assert (row.secretary, row.secretary_name) == (chief, chief.display_name)


def test_a_move_of_the_unit_tells_of_its_organisations(tree, party, send):
    answer = send("district_officer", {"target": tree.other_street.pk}, "grid:unit-move", tree.community.pk)
    assert "3 个党组织随同调整" in text_of(answer)
