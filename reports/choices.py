"""By what a monthly table is divided."""

from __future__ import annotations

from dataclasses import dataclass

from common import profile
from grid.choices import Level


@dataclass(frozen=True)
class Span:
    """Rows of a table: units of one level, or departments. ``column`` is the ticket's column of that body."""

    key: str
    column: str
    level: Level | None = None

    @property
    def label(self) -> str:
        return profile.current().level_label(self.level) if self.level else "部门"


SPANS = {
    span.key: span
    for span in (
        Span("street", "street", Level.STREET),
        Span("community", "community", Level.COMMUNITY),
        Span("grid", "grid", Level.GRID),
        Span("department", "lead_department"),
    )
}
