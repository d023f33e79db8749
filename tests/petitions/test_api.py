"""The REST API from outside: list, register, act, files, personal data, errors."""

from __future__ import annotations

import json
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from common import events as history
from petitions.models import Petition
from tests.factories.accounts import make_user

pytestmark = pytest.mark.django_db
LIST = "/api/v1/petitions/"
PNG = (
    b"\x89PNG\r\n\x1a\n"
    + b"\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
    + bytes(64)
)


@pytest.fixture
def api(desk, api_for):
    return api_for(desk.user("community_worker"))


def numbers(answer) -> list[str]:
    return [row["number"] for row in answer.json()["results"]]


def test_pages_cover_everything_once_and_both_ways(desk, api):
    made = [desk.register(text=f"第{i}件：路灯不亮").number for i in range(7)]
    first = api.get(LIST, {"limit": 3})
    second = api.get(first.json()["next"])
    third = api.get(second.json()["next"])
    assert numbers(first) + numbers(second) + numbers(third) == made[::-1]
    assert third.json()["next"] is None
    assert first.json()["previous"] is None
    assert numbers(api.get(third.json()["previous"])) == numbers(second)
    assert numbers(api.get(LIST, {"sort": "-received", "limit": 2})) == made[:2]


@pytest.mark.parametrize(
    ("params", "attr"),
    [
        ({"limit": "0"}, "limit"), ({"limit": "201"}, "limit"), ({"limit": "9" * 30}, "limit"), ({"limit": "²"}, "limit"),
        ({"sort": "password"}, "sort"), ({"state": "gone"}, "state"), ({"unit": "x"}, "unit"), ({"unit": "9" * 30}, "unit"),
        ({"lead": "q1"}, "lead"), ({"month": "2026-13"}, "month"), ({"category": "0"}, "category"),
        ({"received_after": "gestern"}, "received"), ({"measure": "x"}, "measure"), ({"after": "!"}, None),
        ({"after": "W251bGwsMV0"[:-3]}, None), ({"deadline": "x"}, "deadline"),
    ],
)  # fmt: skip
def test_senseless_conditions_are_named(desk, api, params, attr):
    desk.register()
    answer = api.get(LIST, params)
    assert answer.status_code == 400
    body = answer.json()
    assert body["errors"][0]["attr"] == attr
    assert re.search("[一-鿿]", body["errors"][0]["detail"])
    assert body["request_id"]


def test_filters_and_search_narrow_the_same_as_the_page(desk, api, client_for):
    lamp = desk.register(text="小区门口路灯不亮𠮷㐱", phone="13912345678", place="江湾路12号")
    desk.register(text="供热温度不够")
    dispatched = desk.bring_to("dispatched")
    tree = desk.tree
    cases = {
        f"unit={tree.community.pk}": 3, f"unit={tree.grid.pk}": 0,
        "state=dispatched": 1, "state=dispatched&state=registered": 3, f"lead=d{tree.housing.pk}": 1, "q=路灯": 1,
        "q=路灯 江湾路": 1, "q=灯": 1, "q=𠮷㐱": 1, "q=13912345678": 1, "q=139 1234 5678": 0, f"q={lamp.number}": 1,
        "q=锅炉": 0, f"category={dispatched.category_id}": 1, f"category={dispatched.category.parent_id}": 1,
        "deadline=overdue": 0, "kind=help": 3, "channel=hotline": 0, "urgency=normal": 3,
    }  # fmt: skip
    outside = f"unit={tree.sister_community.pk}"
    browser = client_for(desk.user("community_worker"))
    assert api.get(f"{LIST}?{outside}").status_code == 400
    assert browser.get(f"/petitions/?{outside}").context["page"].count == 0
    for query, count in cases.items():
        assert len(api.get(f"{LIST}?{query}").json()["results"]) == count, query
        assert browser.get(f"/petitions/?{query}").context["page"].count == count, query


def test_a_phone_number_finds_nothing_for_those_who_do_not_register(desk, api_for):
    petition = desk.bring_to("dispatched", phone="13912345678")
    assert numbers(api_for(desk.user("department_handler")).get(LIST)) == [petition.number]
    assert numbers(api_for(desk.user("department_handler")).get(LIST, {"q": "13912345678"})) == []


def test_list_costs_the_same_for_any_number_of_rows(desk, api):
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert api.get(LIST).status_code == 200
        return len(seen)

    for _ in range(2):
        desk.bring_to("dispatched")
    queries()  # the scope is looked up once per user object
    few = queries()
    for _ in range(8):
        desk.bring_to("dispatched")
    assert queries() == few <= 12


def test_register_once_per_key_and_per_person(desk, api, api_for):
    body = {"text": "楼道堆物\n堵塞通道", "place": "3号楼", "name": "李四", "phone": "138 0000 0002"}
    first = api.post(LIST, body, format="json", HTTP_IDEMPOTENCY_KEY="abc")
    again = api.post(LIST, body, format="json", HTTP_IDEMPOTENCY_KEY="abc")
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["repeated"] is False
    assert again.json() == {**first.json(), "repeated": True}
    other = api_for(desk.user("street_officer")).post(LIST, body, format="json", HTTP_IDEMPOTENCY_KEY="abc")
    assert other.status_code == 201
    assert other.json()["petition"]["number"] != first.json()["petition"]["number"]
    petition = Petition.objects.get(number=first.json()["petition"]["number"])
    assert (petition.title, petition.unit, petition.channel) == ("楼道堆物", desk.tree.community, "counter")
    assert petition.petitioner.phone == "13800000002"


def test_serializers_that_are_kept_hold_nothing_of_the_request_before(desk, api, api_for):
    """Fields are built once per thread: the scope and the host must be those of the request at hand."""
    outsider = api_for(make_user("community_worker", desk.tree.other_community))
    body = {"text": "越界", "unit": desk.tree.community.pk}
    assert api.post(LIST, body, format="json").status_code == 201
    assert outsider.post(LIST, body, format="json").status_code == 400
    made = api.post(LIST, body, format="json", SERVER_NAME="a.example")
    assert made.json()["petition"]["url"].startswith("http://a.example/api/")
    assert api.get(LIST, SERVER_NAME="b.example").json()["results"][0]["url"].startswith("http://b.example/api/")
    assert Petition.objects.count() == 2


def test_register_and_dispatch(desk, api):
    body = {"text": "收费不公示", "category": desk.category.pk, "dispatch": True}
    petition = api.post(LIST, body, format="json").json()["petition"]
    assert (petition["state"], petition["lead"]["name"]) == ("dispatched", desk.tree.housing.name)


@pytest.mark.parametrize(
    ("body", "attr"),
    [
        ({}, "text"), ({"text": ""}, "text"), ({"text": "   "}, "text"), ({"text": None}, "text"), ({"text": ["a"]}, "text"),
        ({"text": {"a": 1}}, "text"), ({"text": "a\u0000b"}, "text"), ({"text": "\ud800"}, "text"), ({"text": "长" * 10_001}, "text"),
        ({"text": "好", "unit": "x"}, "unit"), ({"text": "好", "unit": 10**30}, "unit"), ({"text": "好", "unit": -1}, "unit"),
        ({"text": "好", "phone": "123"}, "phone"), ({"text": "好", "kind": "joke"}, "kind"), ({"text": "好", "channel": "import"}, "channel"),
        ({"text": "好", "category": 0}, "category"), ({"text": "好", "received_at": "morgen"}, "received_at"),
        ({"text": "好", "name": "名" * 41}, "name"), ({"text": "好", "about_department": 10**30}, "about_department"),
        ({"text": "好", "place": ["x"]}, "place"),
    ],
)  # fmt: skip
def test_bad_input_is_named_and_nothing_is_written(desk, api, body, attr):
    answer = api.post(LIST, json.dumps(body), content_type="application/json")
    assert answer.status_code == 400, answer.content
    assert [error["attr"] for error in answer.json()["errors"]] == [attr]
    assert not Petition.objects.exists()


@pytest.mark.parametrize("raw", [b"{", b"[]", b'"x"', b"null", b"\xff\xfe", b"[" * 100_000, b""])
def test_broken_bodies_are_refused_in_words(desk, api, raw):
    answer = api.post(LIST, raw, content_type="application/json")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["detail"]
    assert not Petition.objects.exists()


def test_long_and_rare_text_comes_back_whole(desk, api):
    text = ("㐱𠮷😀供热不达标。" * 400)[:3145]
    made = api.post(LIST, {"text": text}, format="json").json()["petition"]
    assert api.get(f"{LIST}{made['id']}/").json()["text"] == text


def test_outside_404_inside_without_permission_403_nobody_401(desk, api_for):
    petition = desk.bring_to("handling")
    urls = [f"{LIST}{petition.pk}/{tail}" for tail in ("", "timeline/", "actions/")]
    outsider = api_for(make_user("community_worker", desk.tree.other_community))
    administrator = api_for(desk.user("system_admin"))
    for url in urls:
        assert outsider.get(url).status_code == 404, url
        assert administrator.get(url).status_code == 403, url
        assert APIClient().get(url).status_code == 401, url
    assert numbers(outsider.get(LIST)) == []
    assert outsider.get(f"{LIST}{10**30}/").status_code == 404
    answer = outsider.post(LIST, {"text": "越界", "unit": desk.tree.community.pk}, format="json")
    assert answer.status_code == 400
    assert Petition.objects.count() == 1


def test_personal_data_are_masked_and_revealed_one_at_a_time(desk, api, api_for):
    petition = desk.bring_to(
        "handling", phone="13912345678", name="欧阳明", text="请打 13912345678 联系我，身份证22060519800101123X"
    )
    shown = api.get(f"{LIST}{petition.pk}/")
    assert "13912345678" not in shown.content.decode()
    assert "22060519800101123X" not in shown.content.decode()
    assert shown.json()["petitioner"]["name"] == "欧阳*"
    before = Petition.objects.get(pk=petition.pk).event_seq
    url = f"{LIST}{petition.pk}/reveal/"
    assert api.post(url, {"field": "phone"}, format="json").status_code == 400
    assert api.post(url, {"field": "state", "reason": "回访"}, format="json").status_code == 400
    assert Petition.objects.get(pk=petition.pk).event_seq == before
    answer = api.post(url, {"field": "phone", "reason": "电话回访"}, format="json")
    assert (answer.json()["value"], answer["Cache-Control"]) == ("13912345678", "no-store")
    newest = history.timeline(petition)[0]
    assert (newest.kind, newest.data) == (
        "petition.revealed",
        {"field": "电话", "reason": "电话回访", "ip": "127.0.0.1"},
    )
    grid_worker = api_for(desk.user("grid_worker"))
    assert grid_worker.post(url, {"field": "phone", "reason": "好奇"}, format="json").status_code == 404
    complained_of = desk.bring_to("handling", about_department=desk.tree.housing)
    refused = api_for(desk.user("department_handler")).post(
        f"{LIST}{complained_of.pk}/reveal/", {"field": "phone", "reason": "联系"}, format="json"
    )
    assert refused.status_code == 403
    assert "反映的是您所在的部门" in refused.json()["errors"][0]["detail"]


def test_files_go_up_and_come_down_through_the_scope(desk, api, api_for):
    petition = desk.register()
    url = f"{LIST}{petition.pk}/attachments/"
    upload = api.post(url, {"files": [SimpleUploadedFile("../../现场 照片.png", PNG, "text/html")]}, format="multipart")
    assert upload.status_code == 201, upload.content
    (file,) = upload.json()
    assert (file["name"], file["content_type"], file["size"]) == ("现场 照片.png", "image/png", len(PNG))
    down = api.get(file["url"])
    assert b"".join(down.streaming_content) == PNG
    assert down["X-Content-Type-Options"] == "nosniff"
    assert down["Content-Disposition"].startswith("attachment")
    outsider = api_for(make_user("community_worker", desk.tree.other_community))
    assert outsider.get(file["url"]).status_code == 404
    assert outsider.post(url, {"files": [SimpleUploadedFile("a.png", PNG)]}, format="multipart").status_code == 404
    assert petition.attachments.count() == 1


def test_token_and_session_both_open_the_api(desk, client_for):
    from knox.models import get_token_model

    user = desk.user("community_worker")
    _, token = get_token_model().objects.create(user)
    assert APIClient().get(LIST, HTTP_AUTHORIZATION=f"Token {token}").status_code == 200
    assert APIClient().get(LIST, HTTP_AUTHORIZATION="Token gw_wrong").status_code == 401
    assert client_for(user).get(LIST).status_code == 200


def test_schema_describes_every_action(desk, api, client_for):
    from petitions.workflow import FLOW

    schema = api.get("/api/v1/schema/").json()
    for name, action in FLOW.actions.items():
        operation = schema["paths"][f"/api/v1/petitions/{{id}}/actions/{name}/".replace("{id}", "{id}")]["post"]
        assert action.label in operation["description"]
    page = client_for(desk.user("community_worker")).get("/api/v1/docs/")
    assert page.status_code == 200
    assert "/api/v1/petitions/" in page.content.decode()


def test_timeline_tells_what_happened(desk, api):
    petition = desk.bring_to("replied")
    rows = api.get(f"{LIST}{petition.pk}/timeline/").json()
    assert [row["label"] for row in rows] == ["答复", "联系诉求人", "签收", "派单", "受理", "登记"]
    assert [row["seq"] for row in rows] == [6, 5, 4, 3, 2, 1]
