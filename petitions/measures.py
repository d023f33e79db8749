"""What is counted of tickets: each measure once, as a condition (domain §4, §8).

The monthly table counts with it, and the link behind each number filters the list with the same
condition, so a number and the rows behind it cannot differ. ``docs/rules/rates.md`` explains each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q
from django.utils import timezone

from petitions.choices import OPEN_STATES, Channel, Satisfaction, State

# The finish and contact limits run in these states; a suspended ticket's stand still.
RUNNING = Q(state__in=(State.DISPATCHED, State.OBJECTED, State.HANDLING))
COUNTED = Q(excluded_at=None)
ADJUSTED = "_adjusted"
Condition = Callable[[datetime], Q]


@dataclass(frozen=True)
class Measure:
    """``condition(now)`` keeps the tickets that count."""

    key: str
    label: str
    condition: Condition


def _always(condition: Q) -> Condition:
    return lambda now: condition


def _response_due(now: datetime) -> Q:
    """The first contact was made, or its limit has run out without one."""
    return Q(contact_in_time__isnull=False) | (RUNNING & Q(contacted_at=None, contact_due_at__lt=now))


def _overdue(now: datetime) -> Q:
    """Late at the reply, or not replied to and past the limit. Late once is late (also after a rework in time)."""
    return Q(finish_in_time=False) | (RUNNING & Q(finish_due_at__lt=now))


_ASSESSED = Q(solved__isnull=False)

COUNTS = (
    Measure("received", "接收", _always(Q())),
    Measure("signed_in_time", "按时签收", _always(Q(sign_in_time=True))),
    # A rework takes the reply back: the ticket is not finished until it is replied to again.
    Measure("finished_in_time", "按时办结", _always(Q(finish_in_time=True, replied_at__isnull=False))),
    Measure("overdue", "超期", _overdue),
    Measure("open", "在办", _always(Q(state__in=OPEN_STATES))),
    Measure("returned", "退单", _always(Q(returns__gt=0))),
    Measure("reworked", "返工", _always(Q(reworks__gt=0))),
    Measure("forecast", "网格上报", _always(Q(channel=Channel.GRID_WORKER))),
)
# Numerators and denominators of the three rates. Each has a twin that leaves exclusions out.
PARTS = (
    Measure("response_due", "应联系", _response_due),
    Measure("responded", "按时联系", _always(Q(contact_in_time=True))),
    Measure("assessed", "已回访", _always(_ASSESSED)),
    Measure("solved", "已解决", _always(Q(solved=True))),
    Measure("satisfied", "满意", _always(_ASSESSED & Q(satisfaction=Satisfaction.SATISFIED))),
    Measure("basically", "基本满意", _always(_ASSESSED & Q(satisfaction=Satisfaction.BASICALLY))),
)
EXCLUDED = Measure("excluded", "剔除", _always(Q(excluded_at__isnull=False)))


def _adjusted(measure: Measure) -> Measure:
    return Measure(measure.key + ADJUSTED, f"{measure.label}（剔除后）", lambda now: COUNTED & measure.condition(now))


MEASURES = {measure.key: measure for measure in (*COUNTS, EXCLUDED, *PARTS, *map(_adjusted, PARTS))}


# Aggregates must not bear the names of the columns they look at.
_NAME = "number_"


def tallies(measures: Iterable[Measure], now: datetime, within: Q | None = None) -> dict[str, Count]:
    """One aggregate per measure, for ``annotate``; ``within`` narrows all of them. Read rows with :func:`tallied`."""
    conditions = {measure.key: measure.condition(now) for measure in measures}
    if within is not None:
        conditions = {key: within & condition for key, condition in conditions.items()}
    return {_NAME + key: Count("pk", filter=condition or None) for key, condition in conditions.items()}


def tallied(row: Mapping[str, Any]) -> dict[str, int]:
    """The counts of one row by key of measure."""
    return {key.removeprefix(_NAME): value for key, value in row.items() if key.startswith(_NAME)}


def month_bounds(month: str) -> tuple[datetime, datetime]:
    """First moment of a month ``2026-09`` and of the next, in the district's time zone."""
    year, number = (int(part) for part in month.split("-"))
    first = timezone.make_aware(datetime(year, number, 1))  # noqa: DTZ001 made aware right here
    end = timezone.make_aware(datetime(year + number // 12, number % 12 + 1, 1))  # noqa: DTZ001
    return first, end
