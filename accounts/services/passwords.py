"""Changing and resetting passwords."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts import events
from accounts.models import ApiToken, PasswordHistory, User
from accounts.passwords import REMEMBERED, one_time_password
from accounts.policies import may_manage
from accounts.services.checks import insist, locked, tell_auditors
from common import events as history
from common.errors import Invalid
from common.models import Event

FIELDS = ("password", "password_changed_at", "must_change_password")


def password_change(*, user: User, old: str, new: str) -> User:
    """The person's own change. Raises ``Invalid`` for a wrong old password or a new one against the rules."""
    with transaction.atomic():
        current = locked(user)
        if not current.check_password(old):
            raise Invalid("原密码不正确。", "old")
        try:
            validate_password(new, current)
        except ValidationError as error:
            raise Invalid("".join(error.messages), "new") from None
        store_password(current, new, one_time=False)
        _record(current, current, "本人更改")
    return current


def password_reset(*, user: User, actor: Any) -> tuple[User, str]:
    """A new one-time password, handed back once. Ends the account's sessions and API tokens."""
    password = one_time_password()
    with transaction.atomic():
        current = locked(user)
        insist(may_manage(actor, current))
        if not current.is_active:
            raise Invalid("该账号已停用，请先重新启用。")
        store_password(current, password, one_time=True)
        forget_tokens(current)
        tell_auditors(current, _record(current, actor, "由系统管理员重置为一次性密码"))
    return current, password


def store_password(user: User, password: str, *, one_time: bool) -> None:
    """Set a password on the object and remember the old one; the caller saves and records."""
    if user.pk and user.password:
        PasswordHistory.objects.create(user=user, password=user.password)
        keep = user.old_passwords.order_by("-id").values("pk")[:REMEMBERED]
        user.old_passwords.exclude(pk__in=keep).delete()
    user.password = make_password(password)
    user.password_changed_at = timezone.now()
    user.must_change_password = one_time


def forget_tokens(user: User) -> None:
    ApiToken.objects.filter(user=user).delete()


def _record(user: User, actor: Any, how: str) -> Event:
    data = {"username": user.username, "how": how}
    return history.record(user, events.PASSWORD_CHANGED, actor=actor, data=data, fields=FIELDS)
