"""Events as the lines of ``components/timeline.html``."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from common import events
from common.models.events import Event, HistoryModel

SYSTEM = "系统"
LATEST = 30


@dataclass(frozen=True)
class Entry:
    at: datetime
    title: str
    text: str
    actor: str
    icon: str
    tone: str = "blue"


def entries(rows: Iterable[Event], hide: Callable[[str], str] = str) -> list[Entry]:
    """One line per event; ``hide`` takes out of its text what the reader must not see."""
    return [_entry(row, hide) for row in rows]


def timeline_of(obj: HistoryModel, limit: int = LATEST, unseen: Collection[str] = ()) -> list[Entry]:
    """What happened to an object with a history, the newest first; without the kinds that the reader may not see."""
    return entries(events.timeline(obj).exclude(kind__in=unseen)[:limit])


def _entry(row: Event, hide: Callable[[str], str]) -> Entry:
    kind = events.kind_of(row.kind)
    return Entry(row.at, kind.label, hide(kind.describe(row.data)), str(row.actor or SYSTEM), kind.icon)
