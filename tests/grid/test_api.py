"""The API of units and departments: shape, scope, conditions, pages."""

from __future__ import annotations

from datetime import date

import pytest

from grid.services import post_take, unit_close
from tests.factories.grid import make_unit

pytestmark = pytest.mark.django_db


def names(answer) -> list[str]:
    assert answer.status_code == 200, answer.content[:300]
    return [row["name"] for row in answer.json()["results"]]


def test_units_come_in_organisation_order_inside_the_scope(tree, staff, api_for):
    assert names(api_for(staff["community_worker"]).get("/api/v1/units/")) == ["江湾社区", "江湾第一网格", "1号楼"]
    everything = names(api_for(staff["district_officer"]).get("/api/v1/units/"))
    assert everything[0] == "江源区"
    assert len(everything) == 9


def test_conditions_are_those_of_the_page(tree, staff, api_for):
    client = api_for(staff["district_officer"])
    make_unit("小网格", parent=tree.community, households=12)
    assert names(client.get("/api/v1/units/?flag=size")) == ["小网格"]
    assert names(client.get(f"/api/v1/units/?level=3&street={tree.other_street.pk}")) == ["新建社区"]
    assert names(client.get("/api/v1/units/?q=和平")) == ["和平社区"]
    for bad in ("level=9", "level=x", "street=0", "flag=all"):
        answer = client.get(f"/api/v1/units/?{bad}")
        assert answer.status_code == 400, bad
        assert answer.json()["errors"][0]["attr"] == bad.split("=")[0]


def test_pages_are_cut_by_position(tree, staff, api_for, django_assert_max_num_queries):
    client = api_for(staff["district_officer"])
    for number in range(30):
        make_unit(f"网格{number}", parent=tree.community)
    found: list[str] = []
    address = "/api/v1/units/?limit=7"
    while address:
        with django_assert_max_num_queries(9):
            answer = client.get(address)
        found += names(answer)
        address = answer.json()["next"]
    assert len(found) == len(set(found)) == 39
    assert client.get("/api/v1/units/?limit=100000").status_code == 400


def test_a_unit_with_those_above_and_its_people(tree, staff, api_for, django_assert_max_num_queries):
    post_take(unit=tree.grid, actor=None, post="grid_chief", name="王芳", first_day=date(2025, 3, 1))
    client = api_for(staff["community_worker"])
    with django_assert_max_num_queries(8):
        answer = client.get(f"/api/v1/units/{tree.grid.pk}/").json()
    assert [unit["name"] for unit in answer["ancestors"]] == ["江湾社区"]
    assert answer["posts"][0] | {"id": 0} == {
        "id": 0, "post": "grid_chief", "title": "网格长", "seat": 1, "name": "王芳", "first_day": "2025-03-01",
    }  # fmt: skip
    assert (answer["level_label"], answer["child_count"], answer["size_fault"]) == ("网格", 1, "")
    assert answer["households"] == 400
    assert client.get(f"/api/v1/units/{tree.community.pk}/").json()["households"] == 400
    assert names(client.get(f"/api/v1/units/{tree.grid.pk}/children/")) == ["1号楼"]
    unit_close(unit=tree.group, actor=None)
    assert names(client.get(f"/api/v1/units/{tree.grid.pk}/children/")) == []


def test_outside_the_scope_nothing_is_there(tree, staff, api_for, client):
    for address in (f"/api/v1/units/{tree.other_grid.pk}/", f"/api/v1/units/{tree.other_grid.pk}/children/"):
        assert api_for(staff["community_worker"]).get(address).status_code == 404
        assert api_for(staff["department_handler"]).get(address).status_code == 403
        assert client.get(address).status_code == 401
    assert api_for(staff["security_admin"]).get("/api/v1/units/").status_code == 403


def test_departments_are_reference_data(tree, staff, api_for, client):
    answer = api_for(staff["department_handler"]).get("/api/v1/departments/")
    assert names(answer) == ["区住建局", "区城管执法局"]
    one = api_for(staff["grid_worker"]).get(f"/api/v1/departments/{tree.housing.pk}/").json()
    assert one["name"] == "区住建局"
    assert api_for(staff["grid_worker"]).get("/api/v1/departments/0/").status_code == 404
    assert client.get("/api/v1/departments/").status_code == 401


def test_nothing_is_written_through_these_addresses(tree, staff, api_for):
    client = api_for(staff["district_officer"])
    for address in ("/api/v1/units/", f"/api/v1/units/{tree.grid.pk}/", "/api/v1/departments/"):
        for verb in ("post", "put", "patch", "delete"):
            assert getattr(client, verb)(address, {}).status_code == 405
