"""Fixtures for every test. Data come from ``tests/factories``; nothing here reaches the network.

``tree``        district, 2 streets, 3 communities, grids, a building group, 2 departments
``staff``       one user per role, seated in the first street (``staff["community_worker"]``)
``client_for``  ``client_for(user)`` is a browser in which the user is signed in
``api_for``     the same with an API client
``tab_for``     a tab of a real browser in which the user is signed in; ``faults_of`` what is wrong with pages in it
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import psycopg2
import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis

from tests.browser import chromium, faults_of, tab_for  # noqa: F401

# Seconds are no finding: the machine runs other tests beside. Examples share a fixture's rows and undo what they write.
hypothesis.register_profile(
    "suite", deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
hypothesis.load_profile("suite")

if TYPE_CHECKING:
    from accounts.models import User

MODEL_BACKEND = "accounts.backends.PasswordBackend"


# Tests that share what takes long to make (a loaded demo, a running site, the real messages) stay in one process, first.
# By path: marks (--dist=loadgroup) do nothing with pytest 9.2, whose node ids pytest-xdist 3.8 cannot change.
TOGETHER = ("tests/config/test_demo", "tests/e2e/", "tests/faults/", "tests/real/")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    from xdist.scheduler import LoadScopeScheduling

    class Together(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return next((place for place in TOGETHER if nodeid.startswith(place)), nodeid)

    return Together(config, log)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--write-query-counts", action="store_true", help="measure tests/contracts/query_counts.json anew and write it"
    )


VACUUM_EVERY = 250  # tests
_run = itertools.count(1)
_last = 0


def pytest_runtest_logfinish() -> None:
    """Rows of tests that were rolled back would slow every later one down (autovacuum is off: config/local/testing.py).

    Not while a module's rows stand uncommitted: they would be counted as none.
    """
    global _last
    done = next(_run)
    if done - _last < VACUUM_EVERY or connection.in_atomic_block:
        return
    if "test" not in (name := str(connection.settings_dict["NAME"])):
        return
    _last = done
    with contextlib.closing(psycopg2.connect(**{**connection.get_connection_params(), "dbname": name})) as own:
        own.autocommit = True
        with own.cursor() as cursor:
            cursor.execute("VACUUM")


# Written once by the migrations, the same for every test.
KEPT = {"django_content_type", "auth_permission"}


@pytest.fixture(scope="session", autouse=True)
def _quick_flush() -> Iterator[None]:
    """After a test with transactions of its own only the tables that have rows are emptied: emptying all two hundred, and
    writing content types anew, takes longer than most of these tests."""
    from django.core.management.commands import flush

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flush, "sql_flush", lambda style, connection, **options: _emptied(connection))
        patch.setattr(flush, "emit_post_migrate_signal", lambda *arguments: None)
        yield


def _emptied(connection: BaseDatabaseWrapper) -> list[str]:
    """Statements that empty every table with rows; the triggers of append-only tables and foreign keys do not look."""
    tables = [
        connection.ops.quote_name(name)
        for name in connection.introspection.django_table_names(only_existing=True, include_views=False)
        if name not in KEPT
    ]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT FROM {name})" for name in tables))
        filled = [row[0] for row in cursor.fetchall()]
    return ["SET LOCAL session_replication_role = replica", *(f"DELETE FROM {name}" for name in filled)]


@pytest.fixture(autouse=True)
def _fresh_caches() -> Iterator[None]:
    """What a process remembers for a few seconds must not leak from test to test."""
    from common import calendar, policies
    from staff.selectors.appraisal import forget_judges

    for forget in (policies.forget, calendar.forget, forget_judges):
        forget()
    yield
    for forget in (policies.forget, calendar.forget, forget_judges):
        forget()


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
    def sign_in(user: User, **defaults: str) -> Client:
        client = Client(**defaults)
        client.cookies[settings.SESSION_COOKIE_NAME] = _session_of(user)
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


def _session_of(user: User) -> str:
    """Key of a session as the sign-in page leaves it, in one statement: most tests begin with it."""
    from accounts.session_store import SessionStore
    from accounts.sessions import SEEN

    session = SessionStore()
    session.update({
        SESSION_KEY: str(user.pk), BACKEND_SESSION_KEY: MODEL_BACKEND, HASH_SESSION_KEY: user.get_session_auth_hash(),
        SEEN: int(timezone.now().timestamp()),
    })  # fmt: skip
    session.save(must_create=True)
    return str(session.session_key)
