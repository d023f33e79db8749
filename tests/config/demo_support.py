"""Loading a demo for tests: inside one transaction that is rolled back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.db import connection, transaction

from common import calendar, policies
from common.calendar.reckoning import ZONE

TODAY = "2026-11-18T15:00"  # a Wednesday
NOW = datetime.fromisoformat(TODAY).replace(tzinfo=ZONE)


@contextmanager
def rolled_back() -> Iterator[None]:
    """A transaction that leaves nothing behind; caches of rules are forgotten on both sides."""
    policies.forget()
    calendar.forget()
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
    policies.forget()
    calendar.forget()


def check_references() -> None:
    """Foreign keys are checked when a transaction ends; this one never will."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def load(folder: Path, *, today: str = TODAY, **options: Any) -> dict[str, Any]:
    """Run ``load_demo`` and hand back what it wrote about accounts."""
    file = folder / "accounts.json"
    call_command("load_demo", today=today, accounts_file=file, verbosity=0, **options)
    check_references()
    return json.loads(file.read_text("utf-8"))
