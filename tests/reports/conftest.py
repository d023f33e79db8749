"""Tickets of a month written as they would stand after their lives, and the reports run over them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import timezone

from petitions.choices import Channel, State
from petitions.models import Petition
from tests.factories.rules import make_rules

MONTH = "2026-09"


def local(text: str) -> datetime:
    """``2026-09-03 10:00`` on the district's clock."""
    return timezone.make_aware(datetime.strptime(text, "%Y-%m-%d %H:%M"))  # noqa: DTZ007 made aware right here


AS_OF = local("2026-10-08 09:00")


@pytest.fixture(autouse=True)
def _no_kept_figures() -> Iterator[None]:
    """Figures of the home page are kept for a minute; every test starts without."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def rules(db) -> None:
    make_rules(score={"minimum": 2})


@pytest.fixture
def ticket(tree) -> Callable[..., Petition]:
    """A ticket with given columns, of the first community and received in September unless said otherwise."""
    number = iter(range(1, 100_000))

    def make(**values: Any) -> Petition:
        community = values.pop("at", tree.community)
        place = {"unit": community, "community": community, "street": community.parent}
        defaults = {
            "number": f"T{next(number):06d}", "title": "路灯不亮", "text": "路灯不亮", "channel": Channel.COUNTER,
            "state": State.CLOSED, "received_at": local("2026-09-10 10:00"), **place,
        }  # fmt: skip
        return Petition.objects.create(**{**defaults, **values})

    return make
