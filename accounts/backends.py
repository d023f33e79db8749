"""Signing in with a name and a password."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import ModelBackend

from accounts.models import User
from common.prepared import Prepared

_BY_KEY = Prepared(lambda key: User.objects.filter(pk=key))


class PasswordBackend(ModelBackend):
    """Django's own; the person behind a session is looked up with a prepared statement."""

    def get_user(self, user_id: Any) -> User | None:
        user = _BY_KEY.get(key=user_id)
        return user if user is not None and self.user_can_authenticate(user) else None
