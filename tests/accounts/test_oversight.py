"""What keeps the three administrators honest, and what is swept away."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from axes.models import AccessAttempt
from django.contrib.sessions.models import Session

from accounts.models import ApiToken, Notification
from accounts.roles import Role
from accounts.services.passwords import password_reset
from accounts.services.roles import role_end, role_give
from accounts.services.tokens import api_token_create
from accounts.services.users import user_activate, user_deactivate
from accounts.tasks import sweep
from tests.factories.accounts import PASSWORD, make_assignment, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(tree):
    return make_user(Role.SYSTEM_ADMIN, tree.district, display_name="严正行")


@pytest.fixture
def auditors(tree):
    return [make_user(Role.AUDIT_ADMIN, tree.district, display_name=name) for name in ("明鉴之", "查慎行")]


def told() -> list[tuple[str, str]]:
    rows = Notification.objects.order_by("id").select_related("user")
    return [(row.user.display_name, row.text) for row in rows]


class TestAuditorsAreTold:
    def test_when_an_administrator_s_password_is_reset(self, tree, admin, auditors):
        security = make_user(Role.SECURITY_ADMIN, tree.district, display_name="卫国安")
        password_reset(user=security, actor=admin)
        text = "“严正行”对安全管理员“卫国安”做了“更改密码”，请在审计记录中核对。"
        assert told() == [("明鉴之", text), ("查慎行", text)]

    def test_the_one_concerned_is_not_the_one_who_watches(self, admin, auditors):
        password_reset(user=auditors[0], actor=admin)
        assert [name for name, _ in told()] == ["查慎行"]

    def test_when_roles_and_accounts_of_administrators_change(self, tree, admin, auditors):
        user = make_user(display_name="陈曦")
        row = role_give(user=user, actor=admin, role=Role.SECURITY_ADMIN, seat=tree.district)
        user_deactivate(user=user, actor=admin, reason="休假")
        user_activate(user=user, actor=admin)
        role_end(assignment=row, actor=admin)
        what = [text.split("做了")[1].split("，")[0] for name, text in told() if name == "明鉴之"]
        assert what == ["“授予角色”", "“修改账号”", "“修改账号”", "“收回角色”"]

    def test_not_for_ordinary_accounts(self, tree, admin, auditors):
        worker = make_user(Role.COMMUNITY_WORKER, tree.community)
        password_reset(user=worker, actor=admin)
        row = role_give(user=worker, actor=admin, role=Role.GRID_WORKER, seat=tree.grid)
        role_end(assignment=row, actor=admin)
        assert told() == []


def test_sweep_takes_only_what_has_ended(tree, client):
    with time_machine.travel(datetime(2026, 11, 20, 1, tzinfo=UTC), tick=False) as clock:
        worker = make_user(Role.COMMUNITY_WORKER, tree.community, username="wangli")
        api_token_create(user=worker, name="短", days=1)
        api_token_create(user=worker, name="长", days=30)
        client.post("/sign-in", {"username": "wangli", "password": PASSWORD})
        client.post("/sign-in", {"username": "early", "password": "x"})
        clock.shift(timedelta(days=1, minutes=1))
        client.cookies.clear()
        client.post("/sign-in", {"username": "wangli", "password": PASSWORD})
        client.post("/sign-in", {"username": "late", "password": "x"})
        assert Session.objects.count() == 2
        sweep()
        assert Session.objects.count() == 1
        assert [token.name for token in ApiToken.objects.all()] == ["长"]
        assert [row.username for row in AccessAttempt.objects.all()] == ["late"]


def test_roles_of_yesterday_make_no_administrator_of_today(tree, admin, auditors):
    """The message goes to who is an audit administrator now."""
    for auditor in auditors:
        role_end(assignment=auditor.assignments.get(), actor=admin)
    Notification.objects.all().delete()
    security = make_user(display_name="卫国安")
    make_assignment(security, Role.SECURITY_ADMIN, tree.district)
    password_reset(user=security, actor=admin)
    assert told() == []
