"""Users and their roles."""

from __future__ import annotations

from datetime import date
from itertools import count
from typing import Any

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from accounts.models import RoleAssignment, User
from accounts.roles import Role
from grid.models import Department, Unit

PASSWORD = "Mingyue-2026"
LONG_AGO = date(2020, 1, 1)
_numbers = count(1)


def make_user(role: str = "", at: Unit | Department | None = None, **fields: Any) -> User:
    """An active user whose password is :data:`PASSWORD`, with an open role at ``at`` when one is named."""
    user = _user(**fields)
    user.save()
    if role:
        assert at is not None, "a role needs a unit or department"
        make_assignment(user, role, at)
    return user


def _user(**fields: Any) -> User:
    number = next(_numbers)
    return User(
        **{
            "username": f"user{number}",
            "display_name": f"人员{number}",
            "password": make_password(PASSWORD),
            "password_changed_at": timezone.now(),
            "must_change_password": False,
            **fields,
        }
    )


def make_assignment(user: User, role: str, at: Unit | Department, **fields: Any) -> RoleAssignment:
    for name in ("current_roles", "scope"):  # looked up once per request; a test goes on with the same object
        user.__dict__.pop(name, None)
    row = _assignment(user, role, at, **fields)
    row.save()
    return row


def _assignment(user: User, role: str, at: Unit | Department, **fields: Any) -> RoleAssignment:
    seat = {"unit": at} if isinstance(at, Unit) else {"department": at}
    return RoleAssignment(**{"user": user, "role": role, "first_day": LONG_AGO, **seat, **fields})


def make_staff(tree: Any) -> dict[str, User]:
    """One user per role, seated in the first street's part of a ``tests.factories.grid.Tree``."""
    seats = {
        Role.DISTRICT_OFFICER: tree.district,
        Role.STREET_OFFICER: tree.street,
        Role.COMMUNITY_WORKER: tree.community,
        Role.GRID_WORKER: tree.grid,
        Role.BUILDING_CHIEF: tree.group,
        Role.DEPARTMENT_HANDLER: tree.housing,
        Role.HOTLINE_OPERATOR: tree.district,
        Role.PROVIDER: tree.street,
        Role.PAYROLL_OFFICER: tree.district,
        Role.SYSTEM_ADMIN: tree.district,
        Role.SECURITY_ADMIN: tree.district,
        Role.AUDIT_ADMIN: tree.district,
    }
    # In two statements: nearly every test begins with it.
    users = User.objects.bulk_create(_user(username=role.value) for role in seats)
    RoleAssignment.objects.bulk_create(
        _assignment(user, role, seat) for user, (role, seat) in zip(users, seats.items(), strict=True)
    )
    return {user.username: user for user in users}
