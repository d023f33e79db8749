"""The accounts a demo shows on its sign-in page. Nothing is shown outside the demo."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.conf import settings


@dataclass(frozen=True)
class DemoAccount:
    role: str
    unit: str
    username: str
    password: str


def demo_accounts() -> list[DemoAccount]:
    """Accounts of the running demo, as its data loader wrote them; none when it has not."""
    if not settings.DEMO:
        return []
    try:
        content = json.loads((settings.STATE_DIR / "demo.json").read_text("utf-8"))
    except (OSError, ValueError):
        return []
    return [_account(row) for row in content.get("accounts", ()) if row.get("username") and row.get("password")]


def _account(row: dict[str, Any]) -> DemoAccount:
    return DemoAccount(*(str(row.get(name, "")) for name in ("role", "unit", "username", "password")))
