"""The bell: messages to a person, a unit, a department."""

from __future__ import annotations

import pytest
from django.utils import timezone

from accounts.models import Notification
from accounts.roles import Role
from accounts.selectors import unread_count
from accounts.services.notifications import mark_read, message, notify
from tests.factories.accounts import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def worker(tree):
    return make_user(Role.COMMUNITY_WORKER, tree.community)


def send(to, text: str, **fields) -> Notification:
    notify([message(to=to, text=text, key=text, **fields)])
    return Notification.objects.get(dedupe_key=text)


def shown(client, **query) -> list[str]:
    return [row.text for row in client.get("/messages", query).context["page"].rows]


class TestWhoGetsIt:
    def test_a_person_s_own_and_those_of_the_seat(self, tree, worker, client_for):
        send(worker, "给本人")
        send(tree.community, "给社区")
        for to in (tree.street, tree.grid, tree.sister_community, tree.housing, make_user()):
            send(to, f"给别处{to.pk}{type(to).__name__}")
        assert shown(client_for(worker)) == ["给社区", "给本人"]
        assert unread_count(worker) == 2

    def test_departments(self, tree, client_for):
        handler = make_user(Role.DEPARTMENT_HANDLER, tree.housing)
        send(tree.housing, "给住建局")
        send(tree.enforcement, "给城管局")
        assert shown(client_for(handler)) == ["给住建局"]

    def test_comes_once_whoever_repeats_it(self, tree, worker):
        send(worker, "提醒")
        send(worker, "提醒")
        assert Notification.objects.count() == 1

    def test_visitors_get_none(self, db, client):
        assert client.get("/messages")["Location"] == "/sign-in?next=/messages"


class TestReading:
    def test_opening_marks_it_and_leads_on(self, worker, client_for):
        row = send(worker, "请签收", url="/account")
        client = client_for(worker)
        assert client.post(f"/messages/{row.pk}/open")["Location"] == "/account"
        row.refresh_from_db()
        assert row.read_by == worker
        assert row.read_at is not None
        assert shown(client) == []
        assert shown(client, read="1") == ["请签收"]
        assert unread_count(worker) == 0

    @pytest.mark.parametrize("url", ["https://evil.example/", "//evil.example", "javascript:alert(1)", ""])
    def test_never_leads_out_of_the_site(self, worker, client_for, url):
        row = send(worker, "请签收", url=url)
        assert client_for(worker).post(f"/messages/{row.pk}/open")["Location"] == "/messages"

    def test_another_s_message_does_not_exist(self, tree, worker, client_for):
        row = send(tree.other_community, "别处")
        client = client_for(worker)
        assert client.post(f"/messages/{row.pk}/open").status_code == 404
        assert mark_read(user=worker, ids=[row.pk]) == 0
        assert client.post("/messages/read-all").status_code == 302
        row.refresh_from_db()
        assert row.read_at is None

    def test_all_at_once(self, tree, worker, client_for):
        for number in range(3):
            send(tree.community, f"消息{number}")
        client = client_for(worker)
        assert client.post("/messages/read-all").status_code == 302
        assert shown(client) == []
        assert Notification.objects.filter(read_by=worker).count() == 3

    def test_reading_needs_a_post(self, worker, client_for):
        row = send(worker, "请签收")
        client = client_for(worker)
        assert client.get(f"/messages/{row.pk}/open").status_code == 405
        assert client.get("/messages/read-all").status_code == 405
        row.refresh_from_db()
        assert row.read_at is None

    def test_bell_stops_counting_at_a_hundred(self, tree, worker, client_for, django_assert_max_num_queries):
        rows = [message(to=tree.community, text="甲", key=str(number), at=timezone.now()) for number in range(120)]
        notify(rows)
        assert client_for(worker).get("/menu/counts").json()["bell"] == "99+"
        client = client_for(worker)
        with django_assert_max_num_queries(12):
            assert len(shown(client)) == 30

    @pytest.mark.parametrize("query", [{"after": "x"}, {"before": "%"}, {"after": "W10"}])
    def test_a_position_that_is_none_of_ours(self, worker, client_for, query):
        assert client_for(worker).get("/messages", query).status_code == 400
