"""The users who act in the benchmarks, with known tokens and passwords."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.hashers import make_password
from django.utils import timezone

from accounts.models import RoleAssignment, User
from accounts.roles import Role
from accounts.services.tokens import api_token_create
from accounts.session_store import SessionStore
from accounts.sessions import SEEN
from grid.choices import Level
from grid.models import Department, Unit

PASSWORD = "Bench-mark-2026"
BACKEND = "accounts.backends.PasswordBackend"


def make_people() -> None:
    """A worker of the first community, a handler of the first department, an officer of the district."""
    community = Unit.objects.filter(level=Level.COMMUNITY, name__endswith="社区").order_by("path").first()
    seats: dict[str, Any] = {
        Role.COMMUNITY_WORKER: {"unit": community},
        Role.DEPARTMENT_HANDLER: {"department": Department.objects.order_by("sort").first()},
        Role.PAYROLL_OFFICER: {"unit": Unit.objects.get(level=Level.DISTRICT)},
        Role.DISTRICT_OFFICER: {"unit": Unit.objects.get(level=Level.DISTRICT)},
    }
    for role, seat in seats.items():
        user = User.objects.create(
            username=role, display_name=role, password=make_password(PASSWORD), must_change_password=False,
            password_changed_at=timezone.now(),
        )  # fmt: skip
        RoleAssignment.objects.create(user=user, role=role, first_day=date(2020, 1, 1), **seat)


def person(role: str) -> User:
    """The user as a fresh request loads it."""
    return User.objects.get(username=role)


def open_doors() -> None:
    """A session and an API token for each of them, in every copy of the database made afterwards."""
    for user in User.objects.all():
        session = SessionStore()
        session.update({
            SESSION_KEY: str(user.pk), BACKEND_SESSION_KEY: BACKEND, HASH_SESSION_KEY: user.get_session_auth_hash(),
            SEEN: int(timezone.now().timestamp()) + 86_400,
        })  # fmt: skip
        session.set_expiry(86_400)
        session.create()
        _sessions[user.username] = session.session_key
        _, _tokens[user.username] = api_token_create(user=user, name="bench", days=1)


_tokens: dict[str, str] = {}
_sessions: dict[str, str] = {}


def cookie_of(role: str) -> dict[str, str]:
    """Headers of a browser that is signed in."""
    return {"Cookie": f"{settings.SESSION_COOKIE_NAME}={_sessions[role]}"}


def token_of(role: str) -> str:
    return _tokens[role]
