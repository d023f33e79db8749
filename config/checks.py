"""What an installation must fulfil before it serves anybody.

As Django system checks they show in ``manage.py check --deploy``; :func:`refuse_unsafe` makes the web server and
the workers fulfil them too, which start without running checks.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from celery.signals import beat_init, worker_init
from django.apps import apps
from django.conf import ENVIRONMENT_VARIABLE, settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connections

from config import demo_secrets

OPEN_SETTINGS = frozenset({"config.settings.demo", "config.settings.test", "config.settings.check"})
SECRET_KEY_CHARACTERS = 50
SEAL_KEY_BYTES = 32
PERSONAL_KEY_BYTES = 32
DISTINCT_CHARACTERS = 10
OLDEST_POSTGRESQL = 150000


def is_production() -> bool:
    """True for every settings module but the demo's and the tests': unknown ones are held to the rules."""
    return os.environ.get(ENVIRONMENT_VARIABLE) not in OPEN_SETTINGS


@register(Tags.security)
def secrets_are_own(app_configs: Sequence[Any] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Production has no demo secret, no short key, no open host list."""
    return list(_unsafe_settings()) if is_production() else []


@register()
def profile_exists(app_configs: Sequence[Any] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """The district that the installation is for has a profile."""
    if (settings.PROFILE_DIR / f"{settings.DISTRICT}.toml").is_file():
        return []
    known = "、".join(sorted(path.stem for path in settings.PROFILE_DIR.glob("[a-z]*.toml"))) or "（无）"
    return [Error(f"没有名为“{settings.DISTRICT}”的地区配置。可用的有：{known}。", id="gridwork.E010")]


@register(Tags.database)
def database_fits(
    app_configs: Sequence[Any] | None = None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """The server is new enough and can classify Chinese letters; no demo account in production."""
    return [message for alias in databases or () for message in _unfit_database(alias)]


def refuse_unsafe() -> None:
    """Raise ImproperlyConfigured in a production process that must not start.

    A database that does not answer yet is no reason: web and workers wait for it, as after a restart.
    """
    if not is_production():
        return
    messages = list(_unsafe_settings())
    try:
        messages += _demo_accounts("default")
    except DatabaseError:
        pass
    finally:
        connections["default"].close()
    if messages:
        raise ImproperlyConfigured("拒绝启动：" + " ".join(str(message.msg) for message in messages))


@worker_init.connect
@beat_init.connect
def refuse_unsafe_worker(**kwargs: Any) -> None:
    """The same for Celery, whose signals swallow every exception but SystemExit."""
    try:
        refuse_unsafe()
    except ImproperlyConfigured as error:
        sys.exit(str(error))


def _unsafe_settings() -> Iterator[CheckMessage]:
    if getattr(settings, "DEMO", False):
        yield Error("正式环境不得开启演示模式（DEMO）。", id="gridwork.E001")
    yield from _weak_key("SECRET_KEY", settings.SECRET_KEY, demo_secrets.SECRET_KEY, SECRET_KEY_CHARACTERS, "E002")
    yield from _weak_key(
        "SEAL_KEY", _characters(settings.SEAL_KEY), _characters(demo_secrets.SEAL_KEY), SEAL_KEY_BYTES, "E003"
    )
    if _characters(settings.SEAL_KEY) == settings.SECRET_KEY:
        yield Error("SECRET_KEY 与 SEAL_KEY 不得相同。", id="gridwork.E004")
    yield from _weak_personal_keys()
    if not settings.ALLOWED_HOSTS or any(host in {"*", "."} for host in settings.ALLOWED_HOSTS):
        yield Error("ALLOWED_HOSTS 须写明本系统的域名，不得为空或使用“*”。", id="gridwork.E006")
    password = str(settings.DATABASES["default"].get("PASSWORD") or "")
    if password.lower() in {"gridwork", "postgres", "password"}:
        yield Error("数据库口令是公开的默认值，请更换 DATABASE_URL 中的口令。", id="gridwork.E007")
    if settings.DEBUG:
        yield Error("正式环境不得开启调试模式（DEBUG）。", id="gridwork.E008")


def _weak_key(name: str, value: str, published: str, length: int, number: str) -> Iterator[CheckMessage]:
    if value == published:
        yield Error(f"{name} 是公开的演示密钥，请换成自己生成的密钥。", id=f"gridwork.{number}")
    elif len(value) < length or len(set(value)) < DISTINCT_CHARACTERS:
        yield Error(f"{name} 太弱：应为至少 {length} 个随机字符。", id=f"gridwork.{number}")


def _weak_personal_keys() -> Iterator[CheckMessage]:
    ring: dict[str, bytes] = settings.PERSONAL_KEYS
    if not ring:
        yield Error("PERSONAL_KEYS 为空：个人信息无法加密。", id="gridwork.E005")
    for key_id, key in ring.items():
        if key in demo_secrets.PERSONAL_KEYS.values():
            yield Error(f"PERSONAL_KEYS 中的“{key_id}”是公开的演示密钥，请换成自己生成的密钥。", id="gridwork.E005")
        elif len(key) != PERSONAL_KEY_BYTES or len(set(key)) < DISTINCT_CHARACTERS:
            yield Error(
                f"PERSONAL_KEYS 中的“{key_id}”太弱：应为 {PERSONAL_KEY_BYTES} 字节的随机密钥。", id="gridwork.E005"
            )


def _characters(key: bytes | str) -> str:
    return key if isinstance(key, str) else key.decode("latin-1")


def _unfit_database(alias: str) -> Iterator[CheckMessage]:
    connection = connections[alias]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('server_version_num')::int, current_setting('server_encoding'), upper('é') = 'É'"
        )
        version, encoding, classifies = cursor.fetchone()
    if version < OLDEST_POSTGRESQL:
        yield Error(f"PostgreSQL {version // 10000} 太旧，需要 15 或更新的版本。", id="gridwork.E020")
    if encoding != "UTF8":
        yield Error(f"数据库编码为 {encoding}，须为 UTF8。", id="gridwork.E021")
    elif not classifies:
        yield Error(
            "数据库的区域设置为 C，中文检索将查不到结果。请以 --locale=C.UTF-8 重建数据库。", id="gridwork.E022"
        )
    if is_production():
        yield from _demo_accounts(alias)


def _demo_accounts(alias: str) -> list[CheckMessage]:
    users = apps.get_model("accounts", "User")
    connection = connections[alias]
    if users._meta.db_table not in connection.introspection.table_names():  # before the first migration
        return []
    count = users._default_manager.using(alias).filter(is_demo=True, is_active=True).count()
    if not count:
        return []
    return [Error(f"数据库中有 {count} 个演示账号，正式环境不得使用演示数据。", id="gridwork.E023")]
