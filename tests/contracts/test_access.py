"""Every address against the table of ``routes.py``: who gets in, who is turned away, and how."""

from __future__ import annotations

import pytest
from django.template.backends.django import Template
from django.test import Client

from accounts.roles import ROLE_RULES
from tests.contracts.addresses import ADDRESSES
from tests.contracts.routes import PUBLIC, ROUTES, SIGNED_IN

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who gets in is decided before; what is on a page is looked at by the other contracts."""
    monkeypatch.setattr(Template, "render", lambda self, context=None, request=None: "")


def ask(client: Client, url: str) -> int:
    """The status of a GET, or of a POST where a GET is not meant."""
    status = client.get(url).status_code
    return client.post(url).status_code if status == 405 else status


def test_every_address_has_an_entry():
    assert set(ROUTES) == set(ADDRESSES), "tests/contracts/routes.py says for every address who may use it"


def test_nobody_gets_in_without_signing_in(tree):
    visitor = Client()
    for name, entry in ADDRESSES.items():
        url = entry.nowhere
        answer = visitor.get(url)
        if answer.status_code == 405:
            answer = visitor.post(url)
        if ROUTES[name] == PUBLIC:
            assert answer.status_code < 500 or name == "healthz", (name, answer.status_code)
        elif entry.is_api and name != "api-docs":
            assert answer.status_code == 401, (name, answer.status_code)
        else:
            assert (answer.status_code, answer.get("Location", "").split("?")[0]) == (302, "/sign-in"), name


@pytest.mark.parametrize("role", ROLE_RULES)
def test_each_role_gets_in_where_its_permissions_say(role, staff, client_for):
    held = ROLE_RULES[role].permissions
    client = client_for(staff[role])
    wrong = {}
    for name, entry in ADDRESSES.items():
        url, needed = entry.nowhere, ROUTES[name]
        if needed == PUBLIC:
            continue
        wanted = (needed,) if isinstance(needed, str) and needed != SIGNED_IN else needed
        expected = needed == SIGNED_IN or bool(held & set(wanted))
        status = ask(client, url)
        if status >= 500 or (status == 403) == expected:
            wrong[name] = status
    assert wrong == {}
