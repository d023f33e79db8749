"""Pages of the system administrator: list, account, roles, passwords, tokens."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.test import Client
from django.utils import timezone

from accounts import events
from accounts.models import ApiToken, PasswordHistory, RoleAssignment, User
from accounts.passwords import CharacterClassesValidator, one_time_password
from accounts.roles import Role
from accounts.services.tokens import api_token_create
from common.events import verify
from common.models import Event
from grid.bodies import body_key
from tests.factories.accounts import PASSWORD, make_assignment, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(tree):
    return make_user(Role.SYSTEM_ADMIN, tree.district, username="xitong1", display_name="严正行")


@pytest.fixture
def street_admin(tree):
    return make_user(Role.SYSTEM_ADMIN, tree.street, username="xitong3")


@pytest.fixture
def worker(tree):
    return make_user(Role.COMMUNITY_WORKER, tree.community, username="wangli", display_name="王丽")


@pytest.fixture
def stranger(tree):
    return make_user(Role.COMMUNITY_WORKER, tree.other_community, username="sunhao", display_name="孙浩")


def everything() -> list:
    """What a refused request must not change."""
    users = User.objects.order_by("pk").values_list("username", "display_name", "is_active", "password")
    return [list(users), RoleAssignment.objects.count(), ApiToken.objects.count(), Event.objects.count()]


def new_account(tree, **changes) -> dict:
    return {
        "display_name": "李春", "username": "lichun", "role": Role.COMMUNITY_WORKER,
        "seat": body_key(tree.community), "first_day": "2026-01-05", "last_day": "", **changes,
    }  # fmt: skip


PAGES = ("/users/{pk}", "/users/{pk}/edit", "/users/{pk}/deactivate", "/users/{pk}/password", "/users/{pk}/roles/new")


class TestWhoMaySee:
    @pytest.mark.parametrize("role", [role for role in Role if role != Role.SYSTEM_ADMIN])
    @pytest.mark.parametrize("page", ["/users", "/users/new", "/users/seats", *PAGES])
    def test_nobody_without_the_permission(self, staff, client_for, role, page):
        page = page.format(pk=staff["community_worker"].pk)
        response = client_for(staff[role]).get(page)
        assert response.status_code == 403
        assert "管理账号和角色" in response.content.decode()
        assert client_for(staff["system_admin"]).get(page).status_code == 200

    @pytest.mark.parametrize("page", PAGES)
    def test_accounts_outside_the_area_do_not_exist(self, street_admin, worker, stranger, client_for, page):
        client = client_for(street_admin)
        assert client.get(page.format(pk=stranger.pk)).status_code == 404
        assert client.get(page.format(pk=worker.pk)).status_code == 200

    def test_posts_outside_change_nothing(self, tree, street_admin, worker, stranger, client_for):
        client = client_for(street_admin)
        role = stranger.assignments.get()
        token, _ = api_token_create(user=stranger, name="平台", days=30)
        posts = {
            "/edit": {"display_name": "改名", "version": stranger.event_seq},
            "/deactivate": {"reason": "试"},
            "/password": {},
            "/roles/new": {"role": Role.GRID_WORKER, "seat": body_key(tree.grid), "first_day": "2026-01-05"},
            f"/roles/{role.pk}/end": {},
            f"/tokens/{token.token_key}/revoke": {},
        }
        before = everything()
        for path, data in posts.items():
            assert client.post(f"/users/{stranger.pk}{path}", data).status_code == 404, path
        # Nor through an account that is inside: the role and the token belong to another.
        assert client.post(f"/users/{worker.pk}/roles/{role.pk}/end").status_code == 404
        assert client.post(f"/users/{worker.pk}/tokens/{token.token_key}/revoke").status_code == 404
        assert everything() == before

    def test_visitors_are_led_to_the_sign_in(self, client):
        assert client.get("/users")["Location"] == "/sign-in?next=/users"

    def test_one_s_own_account_shows_but_offers_nothing(self, admin, client_for):
        client = client_for(admin)
        page = client.get(f"/users/{admin.pk}").content.decode()
        assert "另一位系统管理员" in page
        assert "重置密码" not in page
        before = everything()
        assert client.post(f"/users/{admin.pk}/password").status_code == 403
        assert client.post(f"/users/{admin.pk}/deactivate", {"reason": "试"}).status_code == 403
        assert everything() == before


class TestList:
    def rows(self, client: Client, query: str = "") -> list[str]:
        page = client.get(f"/users{query}")
        assert page.status_code == 200
        return [row.username for row in page.context["page"].rows]

    def test_shows_the_area(self, admin, street_admin, worker, stranger, client_for):
        assert self.rows(client_for(admin)) == ["sunhao", "wangli", "xitong1", "xitong3"]
        assert self.rows(client_for(street_admin)) == ["wangli", "xitong3"]

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("?q=王", ["wangli"]),
            ("?q=SUNH", ["sunhao"]),
            ("?role=system_admin", ["xitong1"]),
            ("?active=0", ["sunhao"]),
            ("?q=%00", ["sunhao", "wangli", "xitong1"]),
            ("?role=nonsense", []),
            ("?sort=-username", ["xitong1", "wangli", "sunhao"]),
        ],
    )
    def test_search_filter_sort(self, admin, worker, stranger, client_for, query, found):
        User.objects.filter(pk=stranger.pk).update(is_active=False)
        if "%00" in query:
            assert client_for(admin).get(f"/users{query}").status_code == 400
            return
        assert self.rows(client_for(admin), query) == found

    def test_by_unit_with_all_below(self, tree, admin, worker, stranger, client_for):
        client = client_for(admin)
        assert self.rows(client, f"?unit={tree.street.pk}") == ["wangli"]
        assert self.rows(client, f"?unit={tree.community.pk}") == ["wangli"]
        assert self.rows(client, f"?unit={tree.other_street.pk}") == ["sunhao"]

    def test_costs_the_same_for_any_number(self, tree, admin, client_for, django_assert_max_num_queries):
        for number in range(15):
            make_assignment(
                make_user(Role.COMMUNITY_WORKER, tree.community, display_name=f"人{number}"),
                Role.GRID_WORKER,
                tree.grid,
            )
        client = client_for(admin)
        with django_assert_max_num_queries(12):
            client.get("/users")


class TestCreate:
    def test_hands_out_a_one_time_password_that_must_be_changed(self, tree, admin, client_for, client):
        response = client_for(admin).post("/users/new", new_account(tree))
        assert response.status_code == 200
        password = re.search(r'id="one-time-password">([^<]+)<', response.content.decode())[1]
        user = User.objects.get(username="lichun")
        assert (user.display_name, user.must_change_password, user.is_active) == ("李春", True, True)
        assert [(row.role, row.unit, row.first_day, row.last_day) for row in user.assignments.all()] == [
            (Role.COMMUNITY_WORKER, tree.community, date(2026, 1, 5), None)
        ]
        assert [(row.kind, row.actor, row.data["username"]) for row in Event.objects.order_by("id")] == [
            (events.USER_CREATED, admin, "lichun"),
            (events.ROLE_GIVEN, admin, "lichun"),
        ]
        assert password not in str(list(Event.objects.values_list("data", flat=True)))
        assert client.post("/sign-in", {"username": "lichun", "password": password})["Location"] == "/"
        assert client.get("/account")["Location"] == "/account/password"
        assert list(verify()) == []

    @pytest.mark.parametrize("username", ["wangli", "WangLi", "ｗａｎｇｌｉ"])
    def test_a_name_that_is_taken(self, tree, admin, worker, client_for, username):
        before = everything()
        response = client_for(admin).post("/users/new", new_account(tree, username=username))
        assert response.status_code == 400
        assert "该用户名已被使用" in response.content.decode()
        assert everything() == before

    @pytest.mark.parametrize(
        ("change", "sentence"),
        [
            ({"username": "有 空格"}, "用户名"),
            ({"username": ""}, "用户名"),
            ({"display_name": ""}, "姓名"),
            ({"display_name": "长" * 41}, "姓名"),
            ({"role": "emperor"}, "角色"),
            ({"seat": "u999999"}, "找不到所选的单位或部门"),
            ({"seat": "x"}, "找不到所选的单位或部门"),
            ({"seat": ""}, "请选择任职单位或部门"),
            ({"first_day": "昨天"}, "起始日期"),
            ({"last_day": "2020-01-01"}, "截止日期不能早于"),
        ],
    )
    def test_bad_input_is_told_and_nothing_is_written(self, tree, admin, client_for, change, sentence):
        before = everything()
        response = client_for(admin).post("/users/new", new_account(tree, **change))
        assert response.status_code == 400
        assert sentence in response.content.decode()
        assert everything() == before
        assert client_for(admin).post("/users/new", new_account(tree)).status_code == 200

    def test_a_street_s_administrator_creates_inside_the_street(self, tree, street_admin, client_for):
        client = client_for(street_admin)
        before = everything()
        response = client.post("/users/new", new_account(tree, seat=body_key(tree.other_community)))
        assert response.status_code == 403
        assert everything() == before
        assert client.post("/users/new", new_account(tree)).status_code == 200

    def test_the_wrong_level_is_told_at_the_field(self, tree, admin, client_for):
        response = client_for(admin).post("/users/new", new_account(tree, seat=body_key(tree.grid)))
        assert response.status_code == 403
        assert "须在社区任职" in response.content.decode()
        assert not User.objects.filter(username="lichun").exists()


class TestChange:
    def test_name(self, admin, worker, client_for):
        response = client_for(admin).post(f"/users/{worker.pk}/edit", {"display_name": "王莉", "version": 0})
        assert response.status_code == 302
        worker.refresh_from_db()
        assert worker.display_name == "王莉"
        event = Event.objects.get(kind=events.USER_CHANGED)
        assert event.data == {"username": "wangli", "summary": "姓名由“王丽”改为“王莉”"}
        assert list(verify()) == []

    def test_a_stale_page_changes_nothing(self, admin, worker, client_for):
        client = client_for(admin)
        client.post(f"/users/{worker.pk}/edit", {"display_name": "王莉", "version": 0})
        before = everything()
        response = client.post(f"/users/{worker.pk}/edit", {"display_name": "汪丽", "version": 0})
        assert response.status_code == 409
        assert everything() == before

    def test_closing_ends_sessions_and_tokens_at_once(self, admin, worker, client_for, client):
        theirs = client_for(worker)
        _, secret = api_token_create(user=worker, name="平台", days=30)
        headers = {"Authorization": f"Token {secret}"}
        assert theirs.get("/account").status_code == 200
        assert client.get("/api/v1/me", headers=headers).status_code == 200
        response = client_for(admin).post(f"/users/{worker.pk}/deactivate", {"reason": "调离"})
        assert response.status_code == 302
        assert theirs.get("/account").status_code == 302
        assert client.get("/api/v1/me", headers=headers).status_code == 401
        assert not ApiToken.objects.exists()
        assert Event.objects.get(kind=events.USER_CHANGED).data["summary"] == "停用，原因：调离"

    def test_closing_needs_a_reason(self, admin, worker, client_for):
        before = everything()
        assert client_for(admin).post(f"/users/{worker.pk}/deactivate", {"reason": " "}).status_code == 400
        assert everything() == before

    def test_opening_again_brings_a_new_password(self, admin, worker, client_for, client):
        boss = client_for(admin)
        boss.post(f"/users/{worker.pk}/deactivate", {"reason": "调离"})
        assert client.post("/sign-in", {"username": "wangli", "password": PASSWORD}).status_code == 400
        page = boss.post(f"/users/{worker.pk}/activate").content.decode()
        password = re.search(r'id="one-time-password">([^<]+)<', page)[1]
        assert client.post("/sign-in", {"username": "wangli", "password": PASSWORD}).status_code == 400
        assert client.post("/sign-in", {"username": "wangli", "password": password}).status_code == 302

    def test_reset_ends_sessions_and_the_old_password(self, admin, worker, client_for, client):
        theirs = client_for(worker)
        page = client_for(admin).post(f"/users/{worker.pk}/password").content.decode()
        password = re.search(r'id="one-time-password">([^<]+)<', page)[1]
        assert theirs.get("/account").status_code == 302
        assert client.post("/sign-in", {"username": "wangli", "password": PASSWORD}).status_code == 400
        assert client.post("/sign-in", {"username": "wangli", "password": password}).status_code == 302
        assert Event.objects.get(kind=events.PASSWORD_CHANGED).data["how"] == "由系统管理员重置为一次性密码"
        assert PasswordHistory.objects.filter(user=worker).count() == 1

    def test_role_given_and_ended_on_the_pages(self, tree, admin, worker, client_for):
        boss, theirs = client_for(admin), client_for(worker)
        today = timezone.localdate().isoformat()
        data = {"role": Role.GRID_WORKER, "seat": body_key(tree.grid), "first_day": today}
        assert boss.post(f"/users/{worker.pk}/roles/new", data).status_code == 302
        assert "江湾第一网格" in theirs.get("/account").content.decode()
        row = worker.assignments.get(role=Role.GRID_WORKER)
        assert boss.get(f"/users/{worker.pk}/roles/{row.pk}/end").status_code == 200
        assert boss.post(f"/users/{worker.pk}/roles/{row.pk}/end").status_code == 302
        assert "江湾第一网格" not in theirs.get("/account").content.decode()

    def test_the_conflict_is_shown_in_the_form(self, tree, admin, worker, client_for):
        before = everything()
        data = {"role": Role.AUDIT_ADMIN, "seat": body_key(tree.district), "first_day": "2026-01-05"}
        response = client_for(admin).post(f"/users/{worker.pk}/roles/new", data)
        assert response.status_code == 409
        assert "须由不同的人担任" in response.content.decode()
        assert everything() == before

    def test_a_token_of_a_managed_account(self, admin, worker, client_for):
        token, _ = api_token_create(user=worker, name="平台", days=30)
        client = client_for(admin)
        assert "平台" in client.get(f"/users/{worker.pk}").content.decode()
        assert client.post(f"/users/{worker.pk}/tokens/{token.token_key}/revoke").status_code == 302
        assert not ApiToken.objects.exists()
        assert Event.objects.get(kind=events.TOKEN_REVOKED).actor == admin

    def test_account_page_costs_little(self, tree, admin, worker, client_for, django_assert_max_num_queries):
        client = client_for(admin)
        with django_assert_max_num_queries(13):  # one is the menu's, once in half a minute (whether 打分 is shown)
            assert client.get(f"/users/{worker.pk}").status_code == 200


class TestSeats:
    def test_search(self, tree, admin, street_admin, client_for):
        rows = client_for(admin).get("/users/seats", {"q": "江湾"}).json()
        assert rows == [
            {"value": body_key(tree.community), "text": "江湾社区（城墙街道）"},
            {"value": body_key(tree.grid), "text": "江湾第一网格（城墙街道江湾社区）"},
        ]
        assert client_for(admin).get("/users/seats", {"q": "住建"}).json() == [
            {"value": body_key(tree.housing), "text": "区住建局（职能部门）"}
        ]
        for text in ("新建", "住建", "江源区"):
            assert client_for(street_admin).get("/users/seats", {"q": text}).json() == []


def test_one_time_passwords_fulfil_the_rules():
    made = {one_time_password() for _ in range(200)}
    assert len(made) == 200
    for password in made:
        assert len(password) == 14
        CharacterClassesValidator().validate(password)
