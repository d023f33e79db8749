"""Settings that come from the environment, each read and checked in one place.

Every reader raises ``ImproperlyConfigured`` with a sentence an operator can act on.
"""

from __future__ import annotations

import base64
import os
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured


def text(name: str, default: str | None = None) -> str:
    """The variable as it is; without a default it must be set."""
    value = os.environ.get(name, default)
    if value is None or value == "":
        if default is not None:
            return default
        raise ImproperlyConfigured(f"环境变量 {name} 未设置。请在部署环境中设置后重新启动。")
    return value


def flag(name: str, default: bool = False) -> bool:
    return os.environ.get(name, "1" if default else "0").strip().lower() in {"1", "true", "yes", "on"}


def number(name: str, default: int) -> int:
    raw = os.environ.get(name, str(default))
    try:
        return int(raw)
    except ValueError:
        raise ImproperlyConfigured(f"环境变量 {name} 应为整数，现为“{raw}”。") from None


def items(name: str, default: str = "") -> list[str]:
    return [part.strip() for part in os.environ.get(name, default).split(",") if part.strip()]


def key_ring(name: str) -> dict[str, bytes]:
    """``id:base64[,id:base64…]``: 32-byte keys by id, the first one encrypts, all decrypt."""
    ring: dict[str, bytes] = {}
    for item in text(name).split(","):
        key_id, _, encoded = item.strip().partition(":")
        try:
            key = base64.b64decode(encoded, validate=True)
        except ValueError:
            key = b""
        if not key_id or len(key) != 32:
            raise ImproperlyConfigured(f"环境变量 {name} 的格式应为“编号:32字节密钥的base64”，多个以逗号分隔。")
        ring[key_id] = key
    return ring


def database(name: str = "DATABASE_URL", default: str | None = None) -> dict[str, Any]:
    """``postgres://user:password@host:port/name?option=value`` as a Django database."""
    url = urlsplit(text(name, default))
    if url.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured(f"{name} 须以 postgres:// 开头：本系统只支持 PostgreSQL。")
    return {
        "ENGINE": "common.postgresql",
        "NAME": unquote(url.path.lstrip("/")),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": unquote(url.hostname or ""),
        "PORT": str(url.port or ""),
        # A server that vanished without a word is noticed within two minutes, and the connection given up.
        "OPTIONS": {
            "keepalives_idle": 60,
            "keepalives_interval": 15,
            "keepalives_count": 4,
            **dict(parse_qsl(url.query)),
        },
        "CONN_MAX_AGE": 600,
        # A restarted database must not cost one failed request per worker.
        "CONN_HEALTH_CHECKS": True,
    }
