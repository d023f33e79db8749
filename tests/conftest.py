"""Fixtures for every test. Data come from ``tests/factories``; nothing here reaches the network.

``tree``        district, 2 streets, 3 communities, grids, a building group, 2 departments
``staff``       one user per role, seated in the first street (``staff["community_worker"]``)
``client_for``  ``client_for(user)`` is a browser in which the user is signed in
``api_for``     the same with an API client
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.contrib.sessions.backends.base import SessionBase
from django.test import Client
from django.utils import timezone

MODEL_BACKEND = "accounts.backends.PasswordBackend"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--write-query-counts", action="store_true", help="measure tests/contracts/query_counts.json anew and write it"
    )


@pytest.fixture(autouse=True)
def _fresh_caches() -> Iterator[None]:
    """What a process remembers for a few seconds must not leak from test to test."""
    from common import calendar, policies

    policies.forget()
    calendar.forget()
    yield
    policies.forget()
    calendar.forget()


@pytest.fixture
def tree(db):
    from tests.factories.grid import make_tree

    return make_tree()


@pytest.fixture
def staff(tree):
    from tests.factories.accounts import make_staff

    return make_staff(tree)


@pytest.fixture
def client_for(db) -> Callable[..., Client]:
    def sign_in(user: object, **defaults: str) -> Client:
        client = Client(**defaults)
        client.force_login(user, backend=MODEL_BACKEND)
        _mark_seen(client.session)
        return client

    return sign_in


@pytest.fixture
def api_for(db) -> Callable[..., object]:
    from rest_framework.test import APIClient

    def sign_in(user: object) -> APIClient:
        client = APIClient()
        client.force_authenticate(user)
        return client

    return sign_in


def _mark_seen(session: SessionBase) -> None:
    """As the sign-in page does, so that the first request does not write the session."""
    from accounts.sessions import SEEN

    session[SEEN] = int(timezone.now().timestamp())
    session.save()
