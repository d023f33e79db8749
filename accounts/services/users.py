"""Making, changing and closing accounts."""

from __future__ import annotations

import unicodedata
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts import events
from accounts.models import User
from accounts.passwords import one_time_password
from accounts.policies import managed_area, may_give, may_manage
from accounts.services.checks import insist, keep_an_administrator, locked, tell_auditors
from accounts.services.passwords import forget_tokens, store_password
from accounts.services.roles import assign
from common import events as history
from common.errors import Invalid, Refused
from grid.bodies import Body

TAKEN = "该用户名已被使用，请换一个。"


def user_create(
    *,
    actor: Any,
    username: str,
    display_name: str,
    role: str,
    seat: Body,
    first_day: date | None = None,
    last_day: date | None = None,
) -> tuple[User, str]:
    """A new account with its first role; also hands back the one-time password, which is kept nowhere.

    Raises ``Refused`` outside the actor's area and ``Invalid`` (field ``username`` …) for unusable input.
    """
    if not managed_area(actor):
        raise Refused("您的岗位没有“管理账号和角色”的权限，如有需要请联系系统管理员。")
    insist(may_give(actor, role, seat))
    return account_open(
        actor=actor, username=username, display_name=display_name, role=role, seat=seat, first_day=first_day,
        last_day=last_day,
    )  # fmt: skip


def account_open(
    *,
    actor: Any,
    username: str,
    display_name: str,
    role: str,
    seat: Body,
    first_day: date | None = None,
    last_day: date | None = None,
) -> tuple[User, str]:
    """As :func:`user_create` without asking who does it: for set-up from the command line (``actor`` None)."""
    user = User(username=clean_username(username), display_name=display_name.strip(), must_change_password=True)
    password = one_time_password()
    with transaction.atomic():
        if User.objects.filter(username__iexact=user.username).exists():
            raise Invalid(TAKEN, "username")
        store_password(user, password, one_time=True)
        _clean(user)
        try:
            with transaction.atomic():
                history.record(
                    user, events.USER_CREATED, actor=actor,
                    data={"username": user.username, "name": user.display_name},
                )  # fmt: skip
        except IntegrityError:  # somebody else took the name a moment ago
            raise Invalid(TAKEN, "username") from None
        assign(user=user, actor=actor, role=role, seat=seat, first_day=first_day, last_day=last_day)
    return user, password


def clean_username(username: str) -> str:
    """One spelling for each name: ``ｗａｎｇ`` typed in full width is ``wang``."""
    return unicodedata.normalize("NFKC", username).strip()


def _clean(user: User) -> None:
    try:
        user.clean_fields(exclude=["password"])
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise Invalid(messages[0], field) from None


def user_change(*, user: User, actor: Any, display_name: str) -> User:
    """Correct a person's name. Raises ``Refused`` or ``Invalid``."""
    with transaction.atomic():
        current = locked(user)
        insist(may_manage(actor, current))
        old, current.display_name = current.display_name, display_name.strip()
        if current.display_name == old:
            return current
        _clean(current)
        _record_change(current, actor, f"姓名由“{old}”改为“{current.display_name}”", ("display_name",))
    return current


def user_deactivate(*, user: User, actor: Any, reason: str) -> User:
    """Close an account: sessions end with the next request, API tokens are gone. Roles stay in the record."""
    with transaction.atomic():
        current = locked(user)
        insist(may_manage(actor, current))
        if not current.is_active:
            return current
        if not reason.strip():
            raise Invalid("请填写停用的原因。", "reason")
        keep_an_administrator(current)
        current.is_active = False
        forget_tokens(current)
        _record_change(current, actor, f"停用，原因：{reason.strip()[:200]}", ("is_active",))
    return current


def user_activate(*, user: User, actor: Any) -> tuple[User, str]:
    """Open a closed account again with a new one-time password."""
    password = one_time_password()
    with transaction.atomic():
        current = locked(user)
        insist(may_manage(actor, current))
        if current.is_active:
            raise Invalid("该账号已经是启用状态。")
        current.is_active = True
        store_password(current, password, one_time=True)
        fields = ("is_active", "password", "password_changed_at", "must_change_password")
        _record_change(current, actor, "重新启用，并设一次性密码", fields)
    return current, password


def _record_change(user: User, actor: Any, summary: str, fields: tuple[str, ...]) -> None:
    data = {"username": user.username, "summary": summary}
    tell_auditors(user, history.record(user, events.USER_CHANGED, actor=actor, data=data, fields=fields))
