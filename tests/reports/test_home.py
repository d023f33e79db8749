"""The home page of each role."""

from __future__ import annotations

import pytest

from accounts.roles import Role

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("role", Role.values)
def test_opens_for_every_role(client_for, staff, rules, role):
    response = client_for(staff[role]).get("/")
    assert response.status_code == 200
