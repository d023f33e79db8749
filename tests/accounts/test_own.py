"""One's own account: page, password rules, tokens; the API of accounts."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
import time_machine
from django.contrib.auth.hashers import check_password

from accounts import events
from accounts.authentication import TokenAuthentication
from accounts.models import ApiToken, PasswordHistory, User
from accounts.roles import Role
from accounts.services.passwords import password_change
from accounts.services.tokens import MOST_TOKENS, api_token_create
from accounts.tasks import sweep
from common.errors import Conflict, Invalid
from common.events import verify
from common.models import Event
from tests.factories.accounts import PASSWORD, make_assignment, make_user

pytestmark = pytest.mark.django_db
NEW = "Qingchun#2027"


@pytest.fixture
def worker(tree):
    return make_user(Role.COMMUNITY_WORKER, tree.community, username="wangli", display_name="王丽")


class TestPage:
    def test_shows_who_one_is(self, tree, worker, client_for, django_assert_max_num_queries):
        make_assignment(worker, Role.GRID_WORKER, tree.grid)
        client = client_for(worker)
        with django_assert_max_num_queries(12):
            page = client.get("/account").content.decode()
        assert "王丽" in page
        assert "社区工作者 · 江湾社区" in page
        assert "江湾第一网格" in page

    def test_without_a_role_it_says_what_to_do(self, db, client_for):
        assert "请联系系统管理员授予角色" in client_for(make_user()).get("/account").content.decode()

    def test_lists_one_s_own_sign_ins_only(self, tree, worker, client):
        other = make_user(Role.COMMUNITY_WORKER, tree.community)
        client.post("/sign-in", {"username": other.username, "password": PASSWORD}, REMOTE_ADDR="10.9.9.9")
        client.post("/sign-out")
        client.post("/sign-in", {"username": "wangli", "password": PASSWORD}, REMOTE_ADDR="10.1.1.1")
        page = client.get("/account").content.decode()
        assert "10.1.1.1" in page
        assert "10.9.9.9" not in page


class TestPassword:
    def change(self, client, old=PASSWORD, new=NEW, again=None):
        return client.post("/account/password", {"old": old, "new": new, "again": new if again is None else again})

    def test_change_keeps_this_browser_and_ends_the_others(self, worker, client_for):
        here, there = client_for(worker), client_for(worker)
        key = here.session.session_key
        assert self.change(here).status_code == 302
        assert here.get("/account").status_code == 200
        assert here.session.session_key != key
        assert there.get("/account").status_code == 302
        worker.refresh_from_db()
        assert worker.check_password(NEW)
        event = Event.objects.get()
        assert (event.kind, event.actor, event.data["how"]) == (events.PASSWORD_CHANGED, worker, "本人更改")
        assert list(verify()) == []

    @pytest.mark.parametrize(
        ("arguments", "sentence"),
        [
            ({"old": "Wrong-2026x"}, "原密码不正确"),
            ({"again": "Qingchun#2028"}, "两次输入的新密码不一样"),
            ({"new": "Ab1#Ab1#x"}, "至少"),  # nine characters
            ({"new": "abcdefghij"}, "至少三类"),
            ({"new": "abcdefgh12"}, "至少三类"),
            ({"new": "wangli-Wangli1"}, "用户名"),
            ({"new": PASSWORD}, "最近 5 次"),
            ({"new": ""}, "新密码"),
            ({"new": "Ab1#" * 40}, "128"),
        ],
    )
    def test_rules(self, worker, client_for, arguments, sentence):
        client = client_for(worker)
        before = worker.password
        response = self.change(client, **arguments)
        assert response.status_code == 400
        assert sentence in response.content.decode()
        worker.refresh_from_db()
        assert worker.password == before
        assert Event.objects.count() == PasswordHistory.objects.count() == 0
        assert self.change(client).status_code == 302

    @pytest.mark.parametrize("new", ["Abcdefgh12", "abcdefgh1#", "ABCDEFGH1#", "密码密码密码密码a1"])
    def test_three_of_four_kinds_are_enough(self, worker, new):
        assert password_change(user=worker, old=PASSWORD, new=new).check_password(new)

    def test_the_last_five_are_refused_the_sixth_is_not(self, worker):
        chain = [PASSWORD, *(f"Qingchun#{year}" for year in range(2030, 2036))]
        for old, new in pairwise(chain):
            password_change(user=worker, old=old, new=new)
        for used in chain[-6:]:
            with pytest.raises(Invalid, match="最近 5 次"):
                password_change(user=worker, old=chain[-1], new=used)
        password_change(user=worker, old=chain[-1], new=PASSWORD)
        hashes = list(PasswordHistory.objects.filter(user=worker).values_list("password", flat=True))
        assert len(hashes) == 5
        assert check_password(chain[-1], hashes[0])

    def test_page_says_how_long_it_lasts(self, tree, client_for):
        with time_machine.travel(datetime(2026, 11, 20, 1, tzinfo=UTC), tick=False):
            old = datetime(2026, 8, 30, 1, tzinfo=UTC)  # 82 days ago
            user = make_user(Role.COMMUNITY_WORKER, tree.community, password_changed_at=old)
            assert "将于 2026-11-28 过期" in client_for(user).get("/account").content.decode()


class TestTokens:
    def test_made_shown_once_used_and_revoked(self, worker, client_for, client):
        mine = client_for(worker)
        response = mine.post("/account/tokens/new", {"name": "短信平台", "days": "90"})
        secret = re.search(r'id="secret">([^<]+)<', response.content.decode())[1]
        token = ApiToken.objects.get()
        assert (token.user, token.name) == (worker, "短信平台")
        assert token.expiry - token.created < timedelta(days=90, seconds=1)
        assert secret not in mine.get("/account").content.decode()
        headers = {"Authorization": f"Token {secret}"}
        assert client.get("/api/v1/me", headers=headers).json()["username"] == "wangli"
        assert mine.post(f"/account/tokens/{token.token_key}/revoke").status_code == 302
        assert client.get("/api/v1/me", headers=headers).status_code == 401
        kinds = list(Event.objects.order_by("id").values_list("kind", flat=True))
        assert kinds == [events.TOKEN_CREATED, events.TOKEN_REVOKED]
        assert secret not in str(list(Event.objects.values_list("data", flat=True)))
        assert list(verify()) == []

    def test_ends_by_itself(self, worker, client):
        with time_machine.travel(datetime(2026, 11, 20, 1, tzinfo=UTC), tick=False) as clock:
            _, secret = api_token_create(user=worker, name="平台", days=30)
            headers = {"Authorization": f"Token {secret}"}
            clock.shift(timedelta(days=30) - timedelta(seconds=1))
            assert client.get("/api/v1/me", headers=headers).status_code == 200
            clock.shift(timedelta(seconds=1))
            refused = client.get("/api/v1/me", headers=headers)
            assert refused.status_code == 401
            assert refused.json()["errors"][0]["detail"].startswith("令牌无效或已过期")
            assert ApiToken.objects.count() == 1  # a request that is refused writes nothing
            clock.shift(timedelta(seconds=1))
            sweep()
            assert not ApiToken.objects.exists()

    def test_opens_nothing_once_the_account_is_closed(self, worker, client):
        _, secret = api_token_create(user=worker, name="平台", days=30)
        headers = {"Authorization": f"Token {secret}"}
        assert client.get("/api/v1/me", headers=headers).status_code == 200
        User.objects.update(is_active=False)
        assert client.get("/api/v1/me", headers=headers).status_code == 401

    def test_is_found_with_its_owner_by_one_statement(self, worker, rf, django_assert_num_queries):
        _, secret = api_token_create(user=worker, name="平台", days=30)
        request = rf.get("/api/v1/me", headers={"Authorization": f"Token {secret}"})
        with django_assert_num_queries(1):
            user, token = TokenAuthentication().authenticate(request)
        assert (user, token.name) == (worker, "平台")

    def test_another_s_token_does_not_exist(self, tree, worker, client_for):
        token, _ = api_token_create(user=make_user(Role.COMMUNITY_WORKER, tree.community), name="别人的", days=30)
        count = Event.objects.count()
        assert client_for(worker).post(f"/account/tokens/{token.token_key}/revoke").status_code == 404
        assert ApiToken.objects.filter(pk=token.pk).exists()
        assert Event.objects.count() == count

    @pytest.mark.parametrize(
        "data", [{"name": "", "days": 90}, {"name": "甲", "days": 4000}, {"name": "甲" * 41, "days": 90}]
    )
    def test_bad_input(self, worker, client_for, data):
        assert client_for(worker).post("/account/tokens/new", data).status_code == 400
        assert not ApiToken.objects.exists()

    def test_no_more_than_ten(self, worker):
        for number in range(MOST_TOKENS):
            api_token_create(user=worker, name=f"系统{number}", days=1)
        with pytest.raises(Conflict, match="最多同时使用 10 个"):
            api_token_create(user=worker, name="又一个", days=1)
        assert ApiToken.objects.count() == MOST_TOKENS


class TestApi:
    def test_me(self, tree, worker, api_for):
        make_assignment(worker, Role.GRID_WORKER, tree.grid)
        answer = api_for(worker).get("/api/v1/me").json()
        assert [(row["role"], row["unit"], row["department"], row["seat"]) for row in answer["roles"]] == [
            ("community_worker", tree.community.code, "", "江湾社区"),
            ("grid_worker", tree.grid.code, "", "江湾第一网格"),
        ]
        codes = [row["code"] for row in answer["permissions"]]
        assert codes == sorted(worker.scope.permissions)
        assert {"code": "petitions.register", "label": "登记诉求"} in answer["permissions"]

    @pytest.mark.parametrize("header", ["", "Token", "Token gw_nonsense", "Token a b", "Basic eDp5", "Token \u4e2d"])
    def test_nobody_without_a_token(self, db, client, header):
        headers = {"Authorization": header.encode().decode("latin-1")} if header else {}
        response = client.get("/api/v1/me", headers=headers)
        assert response.status_code == 401
        assert response.json()["errors"]
