"""The API and the export of party organisations."""

from __future__ import annotations

import pytest

from common.reporting import registry
from common.reporting.report import prepare
from partyorgs.services import organisation_count

pytestmark = pytest.mark.django_db
ADDRESS = "/api/v1/party-organisations/"


def names(answer) -> list[str]:
    assert answer.status_code == 200, answer.content[:300]
    return [row["name"] for row in answer.json()["results"]]


def test_organisations_come_inside_the_scope(party, staff, api_for, django_assert_max_num_queries):
    client = api_for(staff["community_worker"])
    with django_assert_max_num_queries(8):
        assert names(client.get(ADDRESS)) == ["江湾社区党总支", "江湾第一网格党支部", "1号楼党小组"]
    assert names(client.get(f"{ADDRESS}?kind=branch")) == ["江湾第一网格党支部"]
    assert names(client.get(f"{ADDRESS}{party.community.pk}/children/")) == ["江湾第一网格党支部"]


def test_one_organisation_in_full(party, staff, api_for):
    organisation_count(organisation=party.grid, actor=None, members_count=2)
    answer = api_for(staff["street_officer"]).get(f"{ADDRESS}{party.grid.pk}/").json()
    assert answer["unit"]["name"] == "江湾第一网格"
    assert (answer["parent"], answer["kind_label"], answer["members_count"]) == (party.community.pk, "党支部", 2)
    assert (answer["term_first_day"], answer["term_years"], answer["term_last_day"]) == ("2024-07-01", 3, "2027-06-30")
    assert "设党支部一般应有 3 人以上" in answer["size_warning"]


def test_denied(party, staff, api_for, client):
    for address in (f"{ADDRESS}{party.other_street.pk}/", f"{ADDRESS}{party.other_street.pk}/children/"):
        assert api_for(staff["community_worker"]).get(address).status_code == 404
        assert api_for(staff["grid_worker"]).get(address).status_code == 403
        assert client.get(address).status_code == 401
    assert api_for(staff["district_officer"]).get(f"{ADDRESS}?term=soon").status_code == 400
    assert api_for(staff["district_officer"]).post(ADDRESS, {}).status_code == 405


def test_the_export_holds_what_the_list_shows(party, staff):
    raw = {"query": "kind=branch", "columns": ["name", "parent", "members_count", "term_last_day"]}
    rows = list(prepare(registry.get("partyorgs.organisations"), staff["community_worker"], raw).rows)
    assert rows == [
        {
            "name": "江湾第一网格党支部", "parent": "江湾社区党总支", "members_count": 18,
            "term_last_day": party.grid.term_last_day,
        }
    ]  # fmt: skip
