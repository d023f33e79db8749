"""Pages of long lists, cut by (order column, id): the millionth row costs what the first does.

No OFFSET, and no COUNT over everything: the number shown is counted up to a cap.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import BooleanField, F, Field, ForeignKey, Func, Model, Q, QuerySet, Value
from django.db.models.expressions import OrderBy

from common.errors import Invalid

COUNT_CAP = 1000
STALE = "翻页位置已失效，请从第一页重新查看。"


@dataclass(frozen=True)
class Ordering:
    """A way to sort a list: by ``field`` (a column, or a path to one as ``unit__code``), then by id.

    ``descending`` is the direction of the first click; ``?sort=key`` uses it, ``?sort=-key`` the other.
    """

    key: str
    label: str
    field: str
    descending: bool = False

    def reversed(self) -> Ordering:
        return Ordering(self.key, self.label, self.field, not self.descending)


@dataclass(frozen=True)
class Page:
    """Rows of one page. ``after`` and ``before`` are the positions of its neighbours, if there are any.

    ``count`` is the number of rows in the whole list, at most ``COUNT_CAP``; ``more`` says it is larger.
    """

    rows: list[Any] = field(default_factory=list)
    after: str = ""
    before: str = ""
    count: int = 0
    more: bool = False

    @property
    def count_text(self) -> str:
        return f"{self.count:,} 条以上" if self.more else f"{self.count:,} 条"


class _RowCompare(Func):
    """``(column, id) < (value, id)``: one index range, however many rows share the value."""

    output_field = BooleanField()

    def __init__(self, path: str, operator: str, value: Value, pk: Any) -> None:
        super().__init__(F(path), F("pk"), value, Value(pk))
        self.operator = operator

    def as_sql(self, compiler: Any, connection: Any, *args: Any, **extra: Any) -> Any:
        parts: list[str] = []
        params: list[Any] = []
        for source in self.source_expressions:
            sql, values = compiler.compile(source)
            parts.append(sql)
            params.extend(values)
        return f"({parts[0]}, {parts[1]}) {self.operator} ({parts[2]}, {parts[3]})", params


def paginate(queryset: QuerySet, ordering: Ordering, params: Mapping[str, Any], size: int) -> Page:
    """One page of ``size`` rows; ``params`` may hold ``after`` or ``before`` (from an earlier page).

    Raises :class:`Invalid` for a position that is not one of ours.
    """
    before = bool(params.get("before"))
    position = params.get("before") or params.get("after") or ""
    column = model_field(queryset.model, ordering.field)
    # Going back is going forward in the opposite order.
    descending = ordering.descending != before
    rows = queryset.order_by(*_order(ordering.field, descending))
    if position:
        value, pk = _decode(str(position), column)
        rows = rows.filter(_beyond(ordering.field, column, descending, value, pk))
    found = list(rows[: size + 1])
    beyond, found = len(found) > size, found[:size]
    if before:
        found.reverse()
    has_next, has_previous = (True, beyond) if before else (beyond, bool(position))
    if not found:
        has_next = has_previous = False
    whole = not has_next and not has_previous
    count = len(found) if whole else queryset.order_by()[: COUNT_CAP + 1].count()
    return Page(
        rows=found,
        after=_encode(found[-1], ordering.field) if has_next else "",
        before=_encode(found[0], ordering.field) if has_previous else "",
        count=min(count, COUNT_CAP),
        more=count > COUNT_CAP,
    )


def _order(path: str, descending: bool) -> list[OrderBy]:
    return [OrderBy(F(path), descending=descending), OrderBy(F("pk"), descending=descending)]


def _beyond(path: str, column: Field, descending: bool, value: Any, pk: Any) -> Q | _RowCompare:
    """Rows after the position. PostgreSQL puts NULL last going up and first coming down."""
    operator = "<" if descending else ">"
    if value is None:
        same = Q(**{f"{path}__isnull": True, f"pk__{'lt' if descending else 'gt'}": pk})
        return same | Q(**{f"{path}__isnull": False}) if descending else same
    beyond = Q(_RowCompare(path, operator, Value(value, output_field=column), pk))
    if descending or not column.null:
        return beyond
    return beyond | Q(**{f"{path}__isnull": True})


def model_field(model: type[Model], path: str) -> Field:
    """The column at the end of a path like ``unit__code``; raises ``FieldDoesNotExist`` for a wrong one."""
    found: Any = None
    for name in path.split("__"):
        found = (model._meta.pk if name == "pk" else model._meta.get_field(name)) if found is None else (
            found.related_model._meta.get_field(name)
        )  # fmt: skip
    if not isinstance(found, Field):
        raise FieldDoesNotExist(f"{model._meta.label} has no column {path}")
    return found


def _value_of(row: Any, path: str) -> Any:
    value = row
    for name in path.split("__"):
        value = None if value is None else getattr(value, name)
    return value.pk if isinstance(value, Model) else value


def _encode(row: Any, path: str) -> str:
    value = _value_of(row, path)
    if isinstance(value, datetime | date):
        value = value.isoformat()
    elif isinstance(value, Decimal):
        value = str(value)
    packed = json.dumps([value, row.pk], ensure_ascii=False, separators=(",", ":"), default=str)
    return base64.urlsafe_b64encode(packed.encode()).decode().rstrip("=")


def _decode(position: str, column: Field) -> tuple[Any, Any]:
    try:
        packed = base64.urlsafe_b64decode(position + "=" * (-len(position) % 4))
        value, pk = json.loads(packed.decode())
        pk = column.model._meta.pk.to_python(pk) if isinstance(pk, int | str) else None
        target = column.target_field if isinstance(column, ForeignKey) else column
        value = None if value is None else target.to_python(value)
    except (binascii.Error, ValueError, TypeError, ValidationError, RecursionError):
        raise Invalid(STALE) from None
    if pk is None or _holds_nul(value) or _holds_nul(pk):
        raise Invalid(STALE)
    return value, pk


def _holds_nul(value: Any) -> bool:
    return isinstance(value, str) and "\x00" in value
