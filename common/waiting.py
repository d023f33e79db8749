"""Waiting lists: who has waited longest comes first, whatever they wait for.

``since`` names the column with the moment from which a row waits; of one moment the older row comes first.
"""

from __future__ import annotations

from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet

Row = TypeVar("Row", bound=Model)
# What somebody is told whose turn has come.
MOVED_UP = "您已由候补转为报名成功，请按时参加；来不了请及时退出，把名额让给别人。"


def in_order(waiting: QuerySet[Row], since: str) -> list[Row]:
    """Those who wait, the first one first, under their locks: belongs in the transaction that gives places away."""
    return list(waiting.select_for_update(of=("self",)).order_by(since, "pk"))


def place_of(row: Any, waiting: QuerySet, since: str) -> int:
    """A row's place in the list, from 1."""
    moment = getattr(row, since)
    ahead = Q(**{f"{since}__lt": moment}) | Q(**{since: moment, "pk__lte": row.pk})
    return waiting.filter(ahead).count()
