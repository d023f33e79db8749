"""What an installation must fulfil before it serves anybody."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from pytest_django.fixtures import Settings as SettingsFixture

from config import checks, demo_secrets
from config.local.checking import production_environment

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.filterwarnings("ignore:Overriding setting DATABASES")  # read only as a setting here


@pytest.fixture
def production(settings: SettingsFixture, db: None, monkeypatch: pytest.MonkeyPatch) -> SettingsFixture:
    """Settings of a production that is as it should be."""
    monkeypatch.setattr(connection, "close", lambda: None)  # it would end the test's own transaction
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "config.settings.production")
    settings.DEMO = False
    settings.DEBUG = False
    settings.SECRET_KEY = secrets.token_urlsafe(60)
    settings.SEAL_KEY = secrets.token_urlsafe(40).encode()
    settings.PERSONAL_KEYS = {"k1": bytes(range(32))}
    settings.ALLOWED_HOSTS = ["gridwork.example.cn"]
    settings.DATABASES = {"default": {**settings.DATABASES["default"], "PASSWORD": secrets.token_urlsafe(20)}}
    return settings


def found() -> list[str | None]:
    return [message.id for message in checks.secrets_are_own()]


def test_a_proper_production_has_no_fault(production: SettingsFixture) -> None:
    assert found() == []


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (lambda s: setattr(s, "DEMO", True), "gridwork.E001"),
        (lambda s: setattr(s, "SECRET_KEY", demo_secrets.SECRET_KEY), "gridwork.E002"),
        (lambda s: setattr(s, "SECRET_KEY", secrets.token_urlsafe(60)[:49]), "gridwork.E002"),
        (lambda s: setattr(s, "SECRET_KEY", "ab" * 40), "gridwork.E002"),
        (lambda s: setattr(s, "SEAL_KEY", demo_secrets.SEAL_KEY), "gridwork.E003"),
        (lambda s: setattr(s, "SEAL_KEY", secrets.token_bytes(31)), "gridwork.E003"),
        (lambda s: setattr(s, "SEAL_KEY", s.SECRET_KEY.encode()), "gridwork.E004"),
        (lambda s: setattr(s, "PERSONAL_KEYS", {}), "gridwork.E005"),
        (
            lambda s: setattr(s, "PERSONAL_KEYS", {"k1": bytes(range(32)), **demo_secrets.PERSONAL_KEYS}),
            "gridwork.E005",
        ),
        (lambda s: setattr(s, "PERSONAL_KEYS", {"k1": bytes(range(16))}), "gridwork.E005"),
        (lambda s: setattr(s, "PERSONAL_KEYS", {"k1": bytes(32)}), "gridwork.E005"),
        (lambda s: setattr(s, "ALLOWED_HOSTS", ["a.example", "*"]), "gridwork.E006"),
        (lambda s: setattr(s, "ALLOWED_HOSTS", []), "gridwork.E006"),
        (lambda s: setattr(s, "DATABASES", {"default": {"PASSWORD": "gridwork"}}), "gridwork.E007"),
        (lambda s: setattr(s, "DEBUG", True), "gridwork.E008"),
    ],
)
def test_each_weakness_is_found(
    production: SettingsFixture, spoil: Callable[[SettingsFixture], None], fault: str
) -> None:
    spoil(production)

    assert found() == [fault]
    with pytest.raises(ImproperlyConfigured, match="^拒绝启动："):
        checks.refuse_unsafe()


def test_demo_and_tests_are_not_held_to_it_but_an_unknown_settings_module_is(
    settings: SettingsFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.SECRET_KEY = demo_secrets.SECRET_KEY
    assert found() == []
    checks.refuse_unsafe()

    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "our_district.settings")

    assert "gridwork.E002" in found()


def test_an_unknown_district_is_named_with_the_known_ones(settings: SettingsFixture) -> None:
    settings.DISTRICT = "nowhere"

    (message,) = checks.profile_exists()

    assert message.id == "gridwork.E010"
    assert "“nowhere”" in message.msg
    assert "jiangyuan、" in message.msg
    assert "_defaults" not in message.msg


@pytest.mark.django_db
class TestDatabase:
    def test_ours_fits(self) -> None:
        assert checks.database_fits(databases=["default"]) == []

    def test_an_old_server_is_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(checks, "OLDEST_POSTGRESQL", 990000)

        assert [message.id for message in checks.database_fits(databases=["default"])] == ["gridwork.E020"]

    def test_demo_accounts_keep_production_from_starting(self, production: SettingsFixture) -> None:
        from tests.factories.accounts import make_user

        make_user(is_demo=False)
        checks.refuse_unsafe()
        make_user(is_demo=True)

        with pytest.raises(ImproperlyConfigured, match="数据库中有 1 个演示账号"):
            checks.refuse_unsafe()
        assert [message.id for message in checks.database_fits(databases=["default"])] == ["gridwork.E023"]


COMMANDS = {
    "web": ["gunicorn", "config.wsgi", "--bind", "127.0.0.1:0", "--workers", "1"],
    "worker": ["celery", "-A", "config.celery", "worker", "--pool", "solo"],
    "beat": ["celery", "-A", "config.celery", "beat", "--pidfile", "", "--schedule", "{folder}/schedule"],
}


@pytest.mark.parametrize("process", COMMANDS)
def test_no_process_starts_with_published_secrets(process: str, tmp_path: Path) -> None:
    env = {
        **os.environ,
        **production_environment(),
        "SECRET_KEY": demo_secrets.SECRET_KEY,
        "DATABASE_URL": "postgres://gridwork:s0me-password@127.0.0.1:1/gridwork",
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "GRIDWORK_STATE": str(tmp_path),
    }
    command = [word.format(folder=tmp_path) for word in COMMANDS[process]]

    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False
    )

    assert done.returncode != 0
    assert "拒绝启动：SECRET_KEY 是公开的演示密钥，请换成自己生成的密钥。" in done.stderr
