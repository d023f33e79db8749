"""What the entries of ``inputs.py`` and of its parts are made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from tests.contracts.world import World


@dataclass(frozen=True)
class Sent:
    """One filling-in: keywords of the address, what is typed, and the role (none: without signing in).

    ``volunteer`` has entered their own pages; ``query`` is what the address says behind the question mark.
    """

    role: str
    data: dict[str, Any]
    kwargs: dict[str, Any] = field(default_factory=dict)
    volunteer: Any = None
    query: dict[str, Any] = field(default_factory=dict)


Fill = Callable[[World], Sent]
Row = Callable[[World], Any]
Data = Callable[[World], dict[str, Any]]


def today() -> str:
    return f"{timezone.localdate():%Y-%m-%d}"


def about(role: str, row: Row, data: Data) -> Fill:
    """A form about one row; the row is there before its data is made."""

    def fill(world: World) -> Sent:
        kwargs = {"pk": row(world).pk}
        return Sent(role, data(world), kwargs)

    return fill


def plain(**data: Any) -> Data:
    return lambda world: dict(data)


def act(action: str, row: Row, role: str = "community_worker", **data: Any) -> Fill:
    """An action of a workflow on a row; a function among the data is asked with the world."""

    def fill(world: World) -> Sent:
        kwargs = {"pk": row(world).pk, "action": action}
        return Sent(role, {name: value(world) if callable(value) else value for name, value in data.items()}, kwargs)

    return fill
