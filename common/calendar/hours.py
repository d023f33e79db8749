"""Office hours of one working day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

US_PER_MINUTE = 60_000_000
US_PER_HOUR = 60 * US_PER_MINUTE
US_PER_DAY = 24 * US_PER_HOUR


def _minutes(text: str) -> int:
    hour, _, minute = text.partition(":")
    if not (hour.isdecimal() and minute.isdecimal() and int(hour) <= 24 and int(minute) < 60):
        raise ValueError(f"not a time of day: {text!r}")
    return int(hour) * 60 + int(minute)


@dataclass(frozen=True)
class WorkingHours:
    """Days of the week that are worked (1 = Monday … 7 = Sunday) and the spans of such a day.

    ``spans`` are pairs of microseconds since midnight, in order and without overlap.
    """

    weekdays: frozenset[int]
    spans: tuple[tuple[int, int], ...]

    @classmethod
    def parse(cls, spans: Iterable[str | Iterable[str]], weekdays: Iterable[int] = (1, 2, 3, 4, 5)) -> WorkingHours:
        """From ``["08:30-11:30", "13:30-17:00"]`` or ``[["08:30", "11:30"], …]``.

        Raises ``ValueError`` for spans that are empty, overlap or are out of order.
        """
        pairs = [span.split("-") if isinstance(span, str) else list(span) for span in spans]
        if not pairs or any(len(pair) != 2 for pair in pairs):
            raise ValueError(f"not spans of a day: {pairs!r}")
        flat = [_minutes(moment.strip()) for pair in pairs for moment in pair]
        if flat != sorted(set(flat)) or flat[-1] > 24 * 60:
            raise ValueError(f"spans overlap or are out of order: {pairs!r}")
        ends = [moment * US_PER_MINUTE for moment in flat]
        days = frozenset(weekdays)
        if not days or not days <= set(range(1, 8)):
            raise ValueError(f"not days of the week: {sorted(days)!r}")
        return cls(days, tuple(zip(ends[::2], ends[1::2], strict=True)))

    @classmethod
    def from_rule(cls, data: Mapping[str, Any]) -> WorkingHours:
        """From the content of the dated rule ``hours`` of a profile."""
        return cls.parse(data["spans"], data["weekdays"])

    @cached_property
    def length(self) -> int:
        """Working time of a day in microseconds."""
        return sum(close - open_ for open_, close in self.spans)

    @property
    def opening(self) -> int:
        return self.spans[0][0]

    @property
    def closing(self) -> int:
        return self.spans[-1][1]

    def worked(self, moment: int) -> int:
        """Working microseconds of the day before ``moment`` (microseconds since midnight)."""
        total = 0
        for open_, close in self.spans:
            if moment <= open_:
                break
            total += min(moment, close) - open_
        return total

    def earliest(self, worked: int) -> int:
        """The first moment at which ``worked`` (0 < worked ≤ length) microseconds have been worked."""
        for open_, close in self.spans:
            if worked <= close - open_:
                return open_ + worked
            worked -= close - open_
        return self.closing

    def latest(self, worked: int) -> int:
        """The last moment at which no more than ``worked`` (0 ≤ worked < length) have been worked."""
        for open_, close in self.spans:
            if worked < close - open_:
                return open_ + worked
            worked -= close - open_
        return self.closing
