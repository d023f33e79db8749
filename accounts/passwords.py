"""Rules for passwords: their content, their age, and the one-time password of a new account.

Rule: GB/T 22239-2019 第 8.1.4.1 条（身份鉴别信息具有复杂度要求并定期更换）.
"""

from __future__ import annotations

import secrets
import string
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.core.exceptions import ValidationError
from django.utils import timezone

REMEMBERED = 5  # a new password differs from this many before it
CLASSES_NEEDED = 3
WARN_DAYS = 14
ONE_TIME_LENGTH = 14
# Without letters and digits that look alike on paper.
_LOWER = "abcdefghijkmnpqrstuvwxyz"
_UPPER = "ABCDEFGHJKLMNPQRSTUVWXYZ"
_DIGITS = "23456789"
_MARKS = "-+=#%"


class CharacterClassesValidator:
    """At least three of: small letters, capital letters, digits, other characters."""

    def validate(self, password: str, user: Any = None) -> None:
        if len(_classes(password)) < CLASSES_NEEDED:
            raise ValidationError(
                "密码须包含小写字母、大写字母、数字、其他符号这四类中的至少三类。", code="password_classes"
            )

    def get_help_text(self) -> str:
        return "包含小写字母、大写字母、数字、其他符号这四类中的至少三类。"


def _classes(password: str) -> set[str]:
    return {_class_of(character) for character in password}


def _class_of(character: str) -> str:
    if character in string.ascii_lowercase:
        return "lower"
    if character in string.ascii_uppercase:
        return "upper"
    return "digit" if character in string.digits else "other"


class UserNameValidator:
    """The user name is no part of the password, in small letters or capitals."""

    def validate(self, password: str, user: Any = None) -> None:
        username = getattr(user, "username", "") or ""
        if username and username.casefold() in password.casefold():
            raise ValidationError("密码中不能包含用户名。", code="password_has_username")

    def get_help_text(self) -> str:
        return "不包含用户名。"


class HistoryValidator:
    """Not the present password and not one of the last ones."""

    def validate(self, password: str, user: Any = None) -> None:
        if user is None or user.pk is None:
            return
        old = user.old_passwords.order_by("-id").values_list("password", flat=True)[:REMEMBERED]
        if any(check_password(password, encoded) for encoded in {user.password, *old}):
            raise ValidationError(f"不能使用最近 {REMEMBERED} 次用过的密码。", code="password_used_before")

    def get_help_text(self) -> str:
        return f"与最近 {REMEMBERED} 次用过的密码不同。"


def expires_at(user: Any) -> datetime | None:
    """When the password becomes too old; ``None`` when passwords do not age or it was never changed."""
    if not settings.PASSWORD_MAX_DAYS or user.password_changed_at is None:
        return None
    changed: datetime = user.password_changed_at
    return changed + timedelta(days=settings.PASSWORD_MAX_DAYS)


def is_due(user: Any) -> bool:
    """Whether the password must be changed before anything else: a one-time password, or too old."""
    if user.must_change_password:
        return True
    end = expires_at(user)
    return end is not None and end <= timezone.now()


def days_left(user: Any) -> int | None:
    """Whole days until the password is too old, when that is soon enough to warn; else ``None``."""
    end = expires_at(user)
    if end is None:
        return None
    days = (end - timezone.now()).days
    return days if days < WARN_DAYS else None


def one_time_password() -> str:
    """A random password that fulfils the rules, made of characters that are easy to copy."""
    alphabet = _LOWER + _UPPER + _DIGITS
    body = [secrets.choice(alphabet) for _ in range(ONE_TIME_LENGTH - 4)]
    body += [secrets.choice(part) for part in (_LOWER, _UPPER, _DIGITS, _MARKS)]
    secrets.SystemRandom().shuffle(body)
    return "".join(body)
