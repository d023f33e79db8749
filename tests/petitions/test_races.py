"""Two at once, on a real database: one ticket for a double click, one winner for two deciders."""

from __future__ import annotations

import uuid

import pytest
from django.test import Client
from rest_framework.test import APIClient

from common import events as history
from petitions.models import Clock, Petition
from tests.together import together

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_double_click_is_one_ticket(desk, client_for):
    user = desk.user("community_worker")
    browsers = [client_for(user) for _ in range(4)]
    data = {"text": "电梯停运", "unit": desk.tree.community.pk, "kind": "help", "urgency": "normal", "channel": "counter",
            "category": desk.category.pk, "submission": str(uuid.uuid4()), "dispatch": "1"}  # fmt: skip
    answers = together(*(lambda browser=browser: browser.post("/petitions/new/", data) for browser in browsers))
    petition = Petition.objects.get()
    assert [answer["Location"] for answer in answers] == [f"/petitions/{petition.pk}/registered/"] * 4
    assert [event.seq for event in history.timeline(petition)] == [3, 2, 1]
    assert petition.state == "dispatched"


def test_of_two_who_decide_at_once_one_wins(desk, api_for):
    petition = desk.bring_to("registered")
    accept = api_for(desk.user("community_worker"))
    refuse = api_for(desk.user("street_officer"))
    url = f"/api/v1/petitions/{petition.pk}/actions/"
    answers = together(
        lambda: accept.post(f"{url}accept/", {"category": desk.category.pk}, format="json"),
        lambda: refuse.post(f"{url}refuse/", {"reason": "secret", "note": "涉密"}, format="json"),
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    loser = next(answer for answer in answers if answer.status_code == 409)
    petition.refresh_from_db()
    assert petition.get_state_display() in loser.json()["errors"][0]["detail"]
    assert history.timeline(petition).count() == 2
    assert Clock.objects.filter(petition=petition).count() == 1
    assert list(history.verify_chain(petition, list(reversed(history.timeline(petition))))) == []


def test_the_same_action_twice_at_once_happens_once(desk, client_for):
    petition = desk.bring_to("dispatched")
    browsers = [client_for(desk.user("department_handler")) for _ in range(3)]
    answers = together(*(lambda b=browser: b.post(f"/petitions/{petition.pk}/act/sign/") for browser in browsers))
    assert sorted(answer.status_code for answer in answers) == [302, 409, 409]
    assert [event.kind for event in history.timeline(petition)].count("petition.signed") == 1


def test_one_key_from_the_api_is_one_ticket(desk, api_for):
    user = desk.user("community_worker")
    clients: list[APIClient] = [api_for(user) for _ in range(4)]
    body = {"text": "路灯不亮"}
    answers = together(
        *(
            lambda c=client: c.post("/api/v1/petitions/", body, format="json", HTTP_IDEMPOTENCY_KEY="k1")
            for client in clients
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 201]
    assert Petition.objects.count() == 1


def test_a_resident_who_taps_twice_reports_once(desk):
    data = {
        "street": desk.tree.street.pk,
        "community": "",
        "place": "门口",
        "kind": "help",
        "text": "积水",
        "submission": str(uuid.uuid4()),
    }
    browsers = [Client() for _ in range(3)]
    answers = together(*(lambda b=browser: b.post("/report/", data) for browser in browsers))
    assert [answer.status_code for answer in answers] == [302, 302, 302]
    assert Petition.objects.count() == 1
