"""Options of the charts on the home page: plain data, so that the table beside each is made of the same numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from reports.home.figures import Arrivals, OpenOfUnit

BLUE, RED, GREEN, GREY = "#1b5aa6", "#b4232a", "#2e7d4f", "#9aa7b5"


def tickets(**query: Any) -> str:
    """Address of the ticket list with conditions."""
    return f"{reverse('petitions:list')}?{urlencode(query)}"


def by_day(days: Sequence[Arrivals]) -> dict[str, Any]:
    return {
        "xAxis": {"data": [f"{day.first:%m-%d}" for day in days]},
        "yAxis": {"minInterval": 1},
        "series": [
            {
                "type": "line", "name": "接收（件）", "data": [day.received for day in days], "smooth": False,
                "symbolSize": 6, "areaStyle": {"opacity": 0.08},
            }
        ],
        "links": [
            tickets(received_after=day.first.isoformat(), received_before=day.first.isoformat()) for day in days
        ],
    }  # fmt: skip


def by_week(weeks: Sequence[Arrivals]) -> dict[str, Any]:
    return {
        "xAxis": {"data": [f"{week.first:%m-%d}" for week in weeks]},
        "yAxis": {"minInterval": 1},
        "series": [
            _stacked("已办结（件）", [week.ended for week in weeks], GREEN),
            _stacked("未办结（件）", [week.received - week.ended for week in weeks], BLUE),
        ],
    }


def open_bars(units: Sequence[OpenOfUnit]) -> dict[str, Any]:
    return {
        "yAxis": {"data": [unit.name for unit in units], "inverse": True},
        "xAxis": {"minInterval": 1},
        "series": [
            _stacked("时限内（件）", [unit.open - unit.overdue for unit in units], BLUE),
            _stacked("已超期（件）", [unit.overdue for unit in units], RED),
        ],
        "links": [tickets(unit=unit.unit_id, measure="open") for unit in units],
    }


def _stacked(name: str, data: list[int], colour: str) -> dict[str, Any]:
    return {
        "type": "bar", "name": name, "stack": "all", "data": data, "itemStyle": {"color": colour}, "barMaxWidth": 26,
    }  # fmt: skip
