"""What the State Council's notices said, from the library ``chinesecalendar``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

SOURCE = "国务院办公厅关于{year}年部分节假日安排的通知"


@dataclass(frozen=True)
class Day:
    """A day off the weekly rhythm; ``name`` is the festival it belongs to."""

    date: date
    is_workday: bool
    name: str

    @property
    def source(self) -> str:
        return SOURCE.format(year=self.date.year)


@lru_cache(maxsize=1)
def statutory_days() -> tuple[Day, ...]:
    """Every weekday off and every weekend day worked from 2004 to the last year that was published."""
    return tuple(sorted(_days(), key=lambda day: day.date))


def _days() -> Iterator[Day]:
    # The table of holidays is filled once; later no process needs the library.
    from chinese_calendar import Holiday as Festival
    from chinese_calendar.constants import holidays, workdays

    festivals = {festival.value: festival.chinese for festival in Festival}
    for day, name in holidays.items():
        if day.isoweekday() <= 5:
            yield Day(day, False, festivals[name])
    for day, name in workdays.items():
        if day.isoweekday() > 5:
            yield Day(day, True, f"{festivals[name]}调休")
