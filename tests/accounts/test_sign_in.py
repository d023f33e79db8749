"""Signing in, lock-out, idle time-out, forced change of password."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from accounts import events
from accounts.roles import Role
from accounts.selectors import lock_opens_at
from accounts.sessions import WAS_IN_COOKIE
from common.events import verify
from common.models import Event
from tests.factories.accounts import PASSWORD, make_user

pytestmark = pytest.mark.django_db
SIGN_IN = "/sign-in"
MORNING = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)  # 09:00 in Shanghai


@pytest.fixture
def worker(tree):
    return make_user(Role.COMMUNITY_WORKER, tree.community, username="wangli", display_name="王丽")


def sign_in(client: Client, username: str = "wangli", password: str = PASSWORD, **data: str):
    return client.post(SIGN_IN, {"username": username, "password": password, **data})


def is_in(client: Client) -> bool:
    return client.get(reverse("accounts:own")).status_code == 200


def access_events() -> list[tuple[str, str | None, dict]]:
    rows = Event.objects.filter(kind__startswith="access.").order_by("id").select_related("actor")
    return [(row.kind, row.actor.username if row.actor else None, row.data) for row in rows]


class TestSignIn:
    def test_right_password_opens_a_session_under_a_new_key(self, worker, client):
        client.get(SIGN_IN)
        session = client.session
        session["before"] = 1
        session.save()
        old_key = session.session_key
        response = sign_in(client)
        assert (response.status_code, response["Location"]) == (302, "/")
        assert is_in(client)
        assert client.session.session_key != old_key
        assert not Session.objects.filter(session_key=old_key).exists()
        assert access_events() == [(events.SIGNED_IN, "wangli", {"ip": "127.0.0.1"})]

    @pytest.mark.parametrize(
        ("username", "password", "shown"),
        [("wangli", "Wrong-2026x", "wangli"), ("nobody", PASSWORD, "no…"), ("WANGLI", PASSWORD, "WA…")],
    )
    def test_wrong_ones_get_one_same_sentence(self, worker, client, username, password, shown):
        response = sign_in(client, username, password)
        assert response.status_code == 400
        assert "用户名或密码不正确" in response.content.decode()
        assert not is_in(client)
        assert access_events() == [(events.SIGN_IN_FAILED, None, {"ip": "127.0.0.1", "username": shown})]

    def test_closed_account_gets_the_same_sentence(self, worker, client):
        assert sign_in(client).status_code == 302
        client.post(reverse("accounts:sign-out"))
        worker.is_active = False
        worker.save()
        response = sign_in(client)
        assert response.status_code == 400
        assert "用户名或密码不正确" in response.content.decode()
        assert not is_in(client)

    @pytest.mark.parametrize(
        ("target", "leads_to"),
        [
            ("/account", "/account"),
            ("https://evil.example/", "/"),
            ("//evil.example/", "/"),
            ("/\\evil.example", "/"),
            ("javascript:alert(1)", "/"),
        ],
    )
    def test_goes_on_to_the_page_asked_for_if_it_is_ours(self, worker, client, target, leads_to):
        assert sign_in(client, next=target)["Location"] == leads_to

    def test_csrf_is_asked_for(self, worker):
        client = Client(enforce_csrf_checks=True)
        assert sign_in(client).status_code == 403
        assert access_events() == []

    @pytest.mark.parametrize("username", ["", "x" * 41, "a\x00b", "王 丽<script>"])
    def test_malformed_names(self, worker, client, username):
        assert sign_in(client, username).status_code == 400
        assert not is_in(client)

    def test_sign_out_needs_post_and_ends_the_session(self, worker, client):
        sign_in(client)
        key = client.session.session_key
        assert client.get(reverse("accounts:sign-out")).status_code == 405
        assert is_in(client)
        assert client.post(reverse("accounts:sign-out"))["Location"] == SIGN_IN
        assert not is_in(client)
        assert not Session.objects.filter(session_key=key).exists()
        assert [kind for kind, *_ in access_events()] == [events.SIGNED_IN, events.SIGNED_OUT]

    def test_the_days_chain_holds(self, worker, client):
        sign_in(client, password="Wrong-2026x")
        sign_in(client)
        client.post(reverse("accounts:sign-out"))
        assert [(row.object_type, row.seq) for row in Event.objects.order_by("id")] == [
            ("accounts.accesslog", 1),
            ("accounts.accesslog", 2),
            ("accounts.accesslog", 3),
        ]
        assert list(verify()) == []


class TestLockOut:
    def test_five_failures_lock_the_name_for_thirty_minutes(self, worker, client):
        with time_machine.travel(MORNING, tick=False) as clock:
            for _ in range(4):
                assert sign_in(client, password="Wrong-2026x").status_code == 400
            response = sign_in(client, password="Wrong-2026x")
            assert response.status_code == 429
            page = response.content.decode()
            assert "连续 5 次登录失败" in page
            assert "<strong>09:30</strong>" in page
            assert response["Retry-After"] == "1800"
            # The right password does not help, and knocking does not prolong the lock.
            clock.shift(timedelta(minutes=20))
            assert sign_in(client).status_code == 429
            assert not is_in(client)
            clock.shift(timedelta(minutes=9, seconds=59))
            assert sign_in(client).status_code == 429
            clock.shift(timedelta(seconds=2))
            assert sign_in(client).status_code == 302
            assert is_in(client)
        assert [kind for kind, *_ in access_events()] == [
            *[events.SIGN_IN_FAILED] * 5, events.LOCKED_OUT, events.SIGNED_IN,
        ]  # fmt: skip

    def test_it_counts_by_name_wherever_the_attempts_come_from(self, worker, tree, client):
        make_user(Role.COMMUNITY_WORKER, tree.community, username="lihua")
        for number in range(5):
            Client(REMOTE_ADDR=f"10.0.0.{number}", HTTP_USER_AGENT=f"browser {number}").post(
                SIGN_IN, {"username": "wangli", "password": "Wrong-2026x"}
            )
        assert sign_in(client).status_code == 429
        assert sign_in(client, "lihua").status_code == 302

    def test_unknown_names_lock_as_well(self, worker, client):
        answers = [sign_in(client, "nobody", "Wrong-2026x").status_code for _ in range(5)]
        assert answers == [400, 400, 400, 400, 429]

    def test_success_starts_the_count_again(self, worker, client):
        for _ in range(4):
            sign_in(client, password="Wrong-2026x")
        sign_in(client)
        for _ in range(4):
            assert sign_in(client, password="Wrong-2026x").status_code == 400

    def test_old_failures_are_forgotten_one_by_one(self, worker):
        """Three from one place, two from another ten minutes later: it opens when the first three are forgotten."""
        with time_machine.travel(MORNING, tick=False) as clock:
            here, there = Client(REMOTE_ADDR="10.0.0.1"), Client(REMOTE_ADDR="10.0.0.2")
            for _ in range(3):
                sign_in(here, password="Wrong-2026x")
            clock.shift(timedelta(minutes=10))
            for _ in range(2):
                sign_in(there, password="Wrong-2026x")
            assert lock_opens_at("wangli") == MORNING + timedelta(minutes=30)


class TestIdleTimeOut:
    def test_ends_after_thirty_idle_minutes(self, worker, client):
        with time_machine.travel(MORNING, tick=False) as clock:
            sign_in(client)
            for _ in range(4):  # working goes on as long as it likes
                clock.shift(timedelta(minutes=29))
                assert is_in(client)
            clock.shift(timedelta(minutes=30, seconds=1))
            response = client.get(reverse("accounts:own"))
            assert (response.status_code, response["Location"]) == (302, "/sign-in?next=/account")

    def test_says_once_why(self, worker, client):
        with time_machine.travel(MORNING, tick=False) as clock:
            sign_in(client)
            assert client.cookies[WAS_IN_COOKIE]["httponly"]
            clock.shift(timedelta(minutes=31))
            client.get(reverse("accounts:own"))
            assert "超过 30 分钟没有操作" in client.get(SIGN_IN).content.decode()
            assert "超过 30 分钟没有操作" not in client.get(SIGN_IN).content.decode()

    def test_htmx_moves_the_whole_page(self, client):
        response = client.get(reverse("accounts:own"), headers={"HX-Request": "true"})
        assert (response.status_code, response["HX-Redirect"]) == (204, SIGN_IN)

    def test_working_writes_the_session_once_a_minute(self, worker, client, django_assert_num_queries):
        with time_machine.travel(MORNING, tick=False) as clock:
            sign_in(client)
            clock.shift(timedelta(seconds=59))
            client.get(reverse("common:menu-counts"))
            assert Session.objects.get().expire_date == MORNING + timedelta(minutes=30)
            clock.shift(timedelta(seconds=1))
            client.get(reverse("common:menu-counts"))
            assert Session.objects.get().expire_date == MORNING + timedelta(minutes=31)

    def test_closing_an_account_ends_its_session_at_once(self, worker, client):
        sign_in(client)
        assert is_in(client)
        type(worker).objects.filter(pk=worker.pk).update(is_active=False)
        assert not is_in(client)


class TestForcedChange:
    NEW = "Qingchun#2027"

    def change(self, client, old=PASSWORD, new=NEW, again=None):
        return client.post("/account/password", {"old": old, "new": new, "again": again or new})

    @pytest.mark.parametrize(
        "fields", [{"must_change_password": True}, {"password_changed_at": MORNING - timedelta(days=90)}]
    )
    def test_nothing_else_opens_before_the_change(self, tree, client, fields):
        with time_machine.travel(MORNING, tick=False):
            make_user(Role.COMMUNITY_WORKER, tree.community, username="wangli", **fields)
            sign_in(client)
            assert client.get("/account")["Location"] == "/account/password"
            assert client.get("/account", headers={"HX-Request": "true"})["HX-Redirect"] == "/account/password"
            api = client.get("/api/v1/me")
            assert api.status_code == 403
            assert api.json()["errors"][0]["code"] == "password_expired"
            assert client.get("/account/password").status_code == 200
            assert client.get(SIGN_IN).status_code == 302
            assert self.change(client)["Location"] == "/account"
            assert is_in(client)

    def test_a_password_of_eighty_nine_days_still_opens(self, tree, client):
        with time_machine.travel(MORNING, tick=False):
            changed = MORNING - timedelta(days=89, hours=23)
            make_user(Role.COMMUNITY_WORKER, tree.community, username="wangli", password_changed_at=changed)
            response = sign_in(client)
            assert [str(message) for message in response.wsgi_request._messages] == [
                "您的密码将在 1 天后过期，请尽快在“我的账号”中更改。"
            ]
            assert is_in(client)
