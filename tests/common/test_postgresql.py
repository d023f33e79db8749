"""A kept connection is believed in as long as nothing speaks against it, and asked only then."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

pytestmark = pytest.mark.django_db


@pytest.fixture
def kept() -> Iterator[Any]:
    """A second connection as a web process keeps it from request to request."""
    own = connection.copy()
    own.ensure_connection()
    yield own
    own.close()


def _end_session(kept: Any) -> None:
    """What a restart of the server does to the connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [kept.connection.info.backend_pid])
        assert cursor.fetchone() == (True,)


def test_a_standing_connection_is_not_asked(kept):
    kept.force_debug_cursor = True
    with CaptureQueriesContext(kept) as asked:
        assert kept.is_usable()
    assert not asked.captured_queries
    assert kept.connection.info.transaction_status == 0  # idle: nothing was sent


def test_one_that_the_server_has_ended_is_found_out(kept):
    _end_session(kept)
    assert not kept.is_usable()


def test_the_next_request_gets_a_new_one(kept):
    kept.settings_dict["CONN_HEALTH_CHECKS"] = True
    before = kept.connection.info.backend_pid
    _end_session(kept)
    kept.health_check_enabled, kept.health_check_done = True, False
    with kept.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        assert cursor.fetchone()[0] != before


def test_without_the_check_the_request_fails(kept):
    """That the test above shows something: nobody looks, and the statement meets the ended session."""
    _end_session(kept)
    kept.health_check_enabled = False
    with pytest.raises(OperationalError), kept.cursor() as cursor:
        cursor.execute("SELECT 1")


def test_a_message_of_the_server_is_no_end(kept):
    with kept.cursor() as cursor:
        cursor.execute("LISTEN anything")
    with closing(connection.copy()) as other, other.cursor() as cursor:
        cursor.execute("NOTIFY anything")
    assert kept.is_usable()


def test_a_closed_one_is_not_usable(kept):
    kept.connection.close()
    assert not kept.is_usable()
