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
STRETCH = 3000  # rows of a table that are looked through in the order of a list, before its index of words is asked
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


@dataclass(frozen=True)
class Search:
    """How ``paginate`` finds a page of a query set that was narrowed by words.

    The query set (``queryset.searched = Search(…)``) answers through an index of words, which knows no
    order: to show the newest twenty it has to fetch and sort every row that has the words. ``plain``
    are the same rows without the index's condition: they can be looked through in the order of
    ``column``, which has an index over all rows of the table. A clone of the query set forgets this,
    so whoever narrows it further gets the right rows by the index.
    """

    plain: QuerySet
    column: str


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


def paginate(
    queryset: QuerySet, ordering: Ordering, params: Mapping[str, Any], size: int, counted: bool = True
) -> Page:
    """One page of ``size`` rows; ``params`` may hold ``after`` or ``before`` (from an earlier page).

    With ``counted=False`` nobody is told how long the list is. Raises :class:`Invalid` for a position
    that is not one of ours.
    """
    before = bool(params.get("before"))
    position = str(params.get("before") or params.get("after") or "")
    # Going back is going forward in the opposite order.
    cut = _Cut(queryset.model, ordering.field, ordering.descending != before, position)
    search: Search | None = getattr(queryset, "searched", None)
    if search is None:
        found, count = list(cut(queryset)[: size + 1]), None
    else:
        found, count = _searched(queryset, search, cut, size + 1)
    beyond, found = len(found) > size, found[:size]
    if before:
        found.reverse()
    has_next, has_previous = (True, beyond) if before else (beyond, bool(position))
    if not found:
        has_next = has_previous = False
    if count is None:
        whole = not has_next and not has_previous
        count = len(found) if whole or not counted else queryset.order_by()[: COUNT_CAP + 1].count()
    return Page(
        rows=found,
        after=_encode(found[-1], ordering.field) if has_next else "",
        before=_encode(found[0], ordering.field) if has_previous else "",
        count=min(count, COUNT_CAP),
        more=count > COUNT_CAP,
    )


class _Cut:
    """Puts rows into the order of the page and leaves out those before its position."""

    def __init__(self, model: type[Model], path: str, descending: bool, position: str) -> None:
        column = model_field(model, path)
        self.path, self.descending = path, descending
        self._beyond = _beyond(path, column, descending, *_decode(position, column)) if position else None

    def __call__(self, rows: QuerySet) -> QuerySet:
        ordered = rows.order_by(*_order(self.path, self.descending))
        return ordered if self._beyond is None else ordered.filter(self._beyond)


def _searched(queryset: QuerySet, search: Search, cut: _Cut, wanted: int) -> tuple[list[Any], int]:
    """The first rows of the page, at most ``wanted``, and how many there are in all, counted up to the cap.

    Rare words: the index has named all rows, the page is cut from these. Common ones: the page is
    likely to be among the next few thousand rows of the table. Only when it is not, all rows with the
    words are fetched and sorted; looking on in the list could mean to look through all of it.
    """
    keys = list(queryset.order_by().values_list("pk", flat=True)[: COUNT_CAP + 1])
    if len(keys) <= COUNT_CAP:
        return (list(cut(search.plain.filter(pk__in=keys))[:wanted]) if keys else []), len(keys)
    if cut.path == search.column:
        end = cut(queryset.model._base_manager.all()).values_list(cut.path, flat=True)[STRETCH : STRETCH + 1].first()
        near = {f"{cut.path}__{'gte' if cut.descending else 'lte'}": end} if end is not None else {}
        found = list(cut(search.plain.filter(**near))[:wanted])
        if len(found) == wanted or not near:
            return found, len(keys)
    return list(cut(queryset)[:wanted]), len(keys)


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
