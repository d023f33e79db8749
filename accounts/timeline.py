"""Events as lines of a timeline or a table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps import apps

from common import events as history
from common.models import Event

DAY_LOG = "accounts.accesslog"


@dataclass(frozen=True)
class Entry:
    """One line: what ``components/timeline.html`` shows."""

    at: datetime
    title: str
    text: str
    actor: str
    icon: str
    tone: str = "blue"


def entries(rows: Iterable[Event]) -> list[Entry]:
    return [_entry(row) for row in rows]


def event_text(row: Event) -> str:
    """What happened, in one line."""
    return history.kind_of(row.kind).describe(row.data) or "—"


def event_object(row: Event) -> str:
    """What it happened to: the kind of row and its number; the day's log stands for no thing of its own."""
    if row.object_type == DAY_LOG:
        return "—"
    try:
        model = apps.get_model(row.object_type)
    except LookupError:
        return f"{row.object_type} {row.object_id}"
    return f"{model._meta.verbose_name} {row.object_id}"


def _entry(row: Event) -> Entry:
    kind = history.kind_of(row.kind)
    actor: Any = row.actor
    return Entry(row.at, kind.label, kind.describe(row.data), actor.display_name if actor else "", kind.icon)
