"""What is counted of tickets: each measure once, as a condition (domain §4, §8).

The monthly table counts with it, and the link behind each number filters the list with the same
condition, so a number and the rows behind it cannot differ.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from petitions.choices import OPEN_STATES, Satisfaction, State

# The finish and contact limits run in these states; a suspended ticket's stand still.
RUNNING = Q(state__in=(State.DISPATCHED, State.OBJECTED, State.HANDLING))


@dataclass(frozen=True)
class Measure:
    """``condition(now)`` keeps the tickets that count."""

    key: str
    label: str
    condition: Callable[[datetime], Q]


def _always(condition: Q) -> Callable[[datetime], Q]:
    return lambda now: condition


def _response_due(now: datetime) -> Q:
    return Q(contact_in_time__isnull=False) | (RUNNING & Q(contacted_at=None, contact_due_at__lt=now))


def _overdue(now: datetime) -> Q:
    return Q(finish_in_time=False) | (RUNNING & Q(finish_due_at__lt=now))


_ASSESSED = Q(solved__isnull=False)
_COUNTS = Q(excluded_at=None)

MEASURES = {
    measure.key: measure
    for measure in (
        Measure("received", "受理量", _always(Q())),
        Measure("signed_in_time", "按时签收", _always(Q(sign_in_time=True))),
        Measure("finished_in_time", "按时办结", _always(Q(finish_in_time=True, replied_at__isnull=False))),
        Measure("overdue", "超期", _overdue),
        Measure("open", "在办", _always(Q(state__in=OPEN_STATES))),
        Measure("returned", "退单", _always(Q(returns__gt=0))),
        Measure("reworked", "返工", _always(Q(reworks__gt=0))),
        Measure("excluded", "剔除", _always(Q(excluded_at__isnull=False))),
        Measure("response_due", "应联系", _response_due),
        Measure("responded", "按时联系", _always(Q(contact_in_time=True))),
        Measure("assessed", "已回访", _always(_ASSESSED)),
        Measure("solved", "已解决", _always(Q(solved=True))),
        Measure("satisfied", "满意", _always(_ASSESSED & Q(satisfaction=Satisfaction.SATISFIED))),
        Measure("basically", "基本满意", _always(_ASSESSED & Q(satisfaction=Satisfaction.BASICALLY))),
        Measure("response_due_adjusted", "应联系（剔除后）", lambda now: _COUNTS & _response_due(now)),
        Measure("responded_adjusted", "按时联系（剔除后）", _always(_COUNTS & Q(contact_in_time=True))),
        Measure("assessed_adjusted", "已回访（剔除后）", _always(_COUNTS & _ASSESSED)),
        Measure("solved_adjusted", "已解决（剔除后）", _always(_COUNTS & Q(solved=True))),
        Measure(
            "satisfied_adjusted",
            "满意（剔除后）",
            _always(_COUNTS & _ASSESSED & Q(satisfaction=Satisfaction.SATISFIED)),
        ),
        Measure(
            "basically_adjusted",
            "基本满意（剔除后）",
            _always(_COUNTS & _ASSESSED & Q(satisfaction=Satisfaction.BASICALLY)),
        ),
    )
}
