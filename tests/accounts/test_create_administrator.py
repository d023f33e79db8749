"""The command that makes the first accounts of an installation."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts import events
from accounts.models import User
from common.models import Event

pytestmark = pytest.mark.django_db


def test_its_password_opens_once_and_must_be_changed(tree, client):
    out = StringIO()
    call_command("create_administrator", "system_admin", "chenxi", "陈曦", stdout=out)
    password = out.getvalue().split("一次性密码：")[1].split()[0]
    user = User.objects.get()
    assert (user.username, user.display_name, user.must_change_password) == ("chenxi", "陈曦", True)
    assert user.scope.permissions == {"accounts.manage", "grid.view"}
    assert client.post("/sign-in", {"username": "chenxi", "password": password}).status_code == 302
    assert client.get("/users")["Location"] == "/account/password"
    assert Event.objects.filter(kind=events.USER_CREATED, actor=None).count() == 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("system_admin", "chen xi", "陈曦"), "用户名"),
        (("system_admin", "chenxi", ""), "不能为空|空"),
        (("district_officer", "chenxi", "陈曦"), "invalid choice"),
    ],
)
def test_bad_input(tree, arguments, sentence):
    with pytest.raises(CommandError, match=sentence):
        call_command("create_administrator", *arguments, stdout=StringIO())
    assert not User.objects.exists()


def test_a_taken_name(tree):
    call_command("create_administrator", "audit_admin", "chenxi", "陈曦", stdout=StringIO())
    with pytest.raises(CommandError, match="已被使用"):
        call_command("create_administrator", "system_admin", "chenxi", "陈曦", stdout=StringIO())
    assert User.objects.get().assignments.get().role == "audit_admin"


def test_before_the_geography(db):
    with pytest.raises(CommandError, match="行政区划"):
        call_command("create_administrator", "system_admin", "chenxi", "陈曦", stdout=StringIO())
    assert not User.objects.exists()
