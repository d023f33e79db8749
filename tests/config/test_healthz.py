"""``/healthz``: for the runner, Docker and a load balancer."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection
from django.test import Client
from pytest_django.fixtures import Settings as SettingsFixture

from config import views

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at")]


@pytest.fixture(autouse=True)
def _nothing_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "_migrated", False)


def test_a_working_site_says_ok_to_anybody(client: Client) -> None:
    answer = client.get("/healthz")

    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "database": True, "migrations": True, "broker": True}
    assert "no-store" in answer["Cache-Control"]


def test_a_dead_broker_is_told_but_does_not_take_the_site_down(client: Client, settings: SettingsFixture) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"

    answer = client.get("/healthz")

    assert (answer.status_code, answer.json()["status"], answer.json()["broker"]) == (200, "ok", False)


def test_a_missing_migration_is_unavailable_until_it_is_applied(client: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM django_migrations WHERE app = 'accounts' AND name = '0001_initial' RETURNING applied"
        )
        (applied,) = cursor.fetchone()
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["migrations"]) == (503, False)

    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('accounts', '0001_initial', %s)", [applied]
        )

    assert client.get("/healthz").status_code == 200


def test_a_dead_database_is_503_and_no_error(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object) -> None:
        raise DatabaseError("gone")

    monkeypatch.setattr(connection, "cursor", refuse)

    answer = client.get("/healthz")

    assert answer.status_code == 503
    assert answer.json() == {"status": "unavailable", "database": False, "migrations": False, "broker": True}


def test_it_takes_no_post(client: Client) -> None:
    assert client.post("/healthz").status_code == 405


def test_once_migrated_it_costs_one_query(client: Client, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    client.get("/healthz")

    with django_assert_num_queries(1):
        client.get("/healthz")
