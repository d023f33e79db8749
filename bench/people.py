"""The users who act in the benchmarks, with known tokens and passwords."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from accounts.models import RoleAssignment, User
from accounts.roles import Role
from grid.choices import Level
from grid.models import Department, Unit

PASSWORD = "Bench-mark-2026"


def make_people() -> None:
    """A worker of the first community, a handler of the first department, an officer of the district."""
    community = Unit.objects.filter(level=Level.COMMUNITY, name__endswith="社区").order_by("path").first()
    seats: dict[str, Any] = {
        Role.COMMUNITY_WORKER: {"unit": community},
        Role.DEPARTMENT_HANDLER: {"department": Department.objects.order_by("sort").first()},
        Role.DISTRICT_OFFICER: {"unit": Unit.objects.get(level=Level.DISTRICT)},
    }
    for role, seat in seats.items():
        user = User.objects.create(
            username=role, display_name=role, password=make_password(PASSWORD), must_change_password=False,
            password_changed_at=timezone.now(),
        )  # fmt: skip
        RoleAssignment.objects.create(user=user, role=role, first_day=date(2020, 1, 1), **seat)


def person(role: str) -> User:
    return User.objects.get(username=role)
