"""Events as lines of a timeline or a table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from common import events as history
from common.models import Event


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


def _entry(row: Event) -> Entry:
    kind = history.kind_of(row.kind)
    actor: Any = row.actor
    return Entry(row.at, kind.label, kind.describe(row.data), actor.display_name if actor else "", kind.icon)
