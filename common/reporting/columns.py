"""Columns of a report, the values they hold, and how a value reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Literal

from django.utils import timezone

Type = Literal["text", "integer", "decimal", "rate", "date", "datetime", "id_text"]
Total = Literal["sum", "rate", "none"]
NUMERIC = frozenset({"integer", "decimal", "rate"})
WIDTHS: Mapping[str, int] = {
    "text": 16, "integer": 9, "decimal": 11, "rate": 10, "date": 12, "datetime": 17, "id_text": 22,
}  # fmt: skip
EMPTY_RATE = "—"
HUNDREDTH = Decimal("0.01")
EAST_8 = timedelta(hours=8)
_START, _START_HERE = datetime(2000, 1, 1, tzinfo=UTC), datetime(2000, 1, 1, 8)  # noqa: DTZ001 (the same moment)


@dataclass(frozen=True)
class Rate:
    """A ratio that never loses its parts (domain §3): two decimals, ROUND_HALF_UP, "—" of nothing."""

    numerator: int | Decimal
    denominator: int | Decimal

    @property
    def percent(self) -> Decimal | None:
        """In percent with two decimals; ``None`` when the denominator is zero."""
        if not self.denominator:
            return None
        return (Decimal(100) * self.numerator / self.denominator).quantize(HUNDREDTH, ROUND_HALF_UP)

    @property
    def parts(self) -> str:
        """``338/344``"""
        return f"{_plain(self.numerator)}/{_plain(self.denominator)}"

    def __str__(self) -> str:
        percent = self.percent
        return EMPTY_RATE if percent is None else f"{percent}%"

    def __add__(self, other: Rate) -> Rate:
        return Rate(self.numerator + other.numerator, self.denominator + other.denominator)


def _plain(value: int | Decimal) -> str:
    """Without a trailing zero or an exponent: 12, 3.6."""
    if isinstance(value, int):
        return str(value)
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@dataclass(frozen=True)
class Column:
    """One column.

    ``width`` is in characters of the sheet (default by type), ``places`` the decimals of a decimal.
    ``choices`` turns stored values into their words. ``total``: what stands in the totals row; rates
    are totalled from their parts. ``id_text`` is text made of digits (phone, number, card) that no
    program may take for a number. ``help`` explains the column to its reader.
    """

    key: str
    label: str
    type: Type = "text"
    width: int | None = None
    total: Total = "none"
    places: int = 2
    choices: Mapping[Any, str] = field(default_factory=dict)
    help: str = ""

    def __post_init__(self) -> None:
        if self.type not in WIDTHS:
            raise ValueError(f"column {self.key}: unknown type {self.type!r}")
        if self.total == "sum" and self.type not in ("integer", "decimal"):
            raise ValueError(f"column {self.key}: only numbers have a sum")
        if (self.total == "rate") and self.type != "rate":
            raise ValueError(f"column {self.key}: only a rate has a total rate")

    @property
    def characters(self) -> int:
        return self.width or WIDTHS[self.type]

    @property
    def is_numeric(self) -> bool:
        return self.type in NUMERIC

    def shown(self, value: Any) -> str:
        """The value as a person reads it; nothing as an empty text, a rate without its parts."""
        if value is None or value == "":
            return EMPTY_RATE if self.type == "rate" else ""
        if self.choices:
            return str(self.choices.get(value, value))
        if self.type == "integer":
            return f"{int(value):,}"
        if self.type == "decimal":
            return f"{self.rounded(value):,}"
        if isinstance(value, datetime):
            return f"{local_time(value):%Y-%m-%d %H:%M}" if self.type == "datetime" else f"{local_time(value):%Y-%m-%d}"
        if isinstance(value, date):
            return f"{value:%Y-%m-%d}"
        return str(value)

    def rounded(self, value: Any) -> Decimal:
        return Decimal(str(value)).quantize(Decimal(1).scaleb(-self.places), ROUND_HALF_UP)


def local_time(value: datetime) -> datetime:
    """The wall clock of the district, without a zone."""
    if value.tzinfo is UTC and value.year > 1991:  # as rows come from the database: far cheaper than asking the zone
        return _START_HERE + (value - _START)
    return value if value.tzinfo is None else timezone.make_naive(value)


class Totals:
    """Adds up the columns that have a total while the rows pass by."""

    def __init__(self, columns: list[Column]) -> None:
        self._columns = [column for column in columns if column.total != "none"]
        self.values: dict[str, Any] = {}

    def __bool__(self) -> bool:
        return bool(self._columns)

    def add(self, row: Mapping[str, Any]) -> None:
        for column in self._columns:
            value = row.get(column.key)
            if value is None:
                continue
            known = self.values.get(column.key)
            self.values[column.key] = value if known is None else known + value
