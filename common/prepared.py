"""Statements that every request needs, with their SQL made once per process.

The ORM builds a statement anew each time it is used; for a look-up by key that takes many times as long as
sending it. Where a request of everybody pays for that (sign-in, scope, place of a ticket, events), the
query set is written as ever, but built only once; each call gives the values. Everywhere else the ORM is
used as it is. Reading the rows leans on what ``ModelIterable`` does; tests compare it with the ORM.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast
from uuid import UUID

from django.db import DatabaseError, connections, models, router
from django.db.models.expressions import Expression
from django.db.models.lookups import Lookup
from django.db.models.query import get_related_populators
from django.db.models.sql import InsertQuery, UpdateQuery

M = TypeVar("M", bound=models.Model)


class Given(Expression):
    """Stands in a query set for a value that comes with each call."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        return "%s", (self,)


class Among(Lookup):
    """``Among(F("code"), codes)``: ``code__in`` for a given list, whatever its length."""

    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        left, left_params = self.process_lhs(compiler, connection)
        right, right_params = self.process_rhs(compiler, connection)
        return f"{left} = ANY({right})", (*left_params, *right_params)


@dataclass(frozen=True)
class _Plan:
    """SQL of a query set and how its rows become objects, as ``ModelIterable`` works it out for each call."""

    sql: str
    params: tuple[Any, ...]
    using: str
    model: type[models.Model]
    first: int
    end: int
    names: list[str]
    related: list[Any]
    converters: list[tuple[int, tuple[list[Callable[..., Any]], Any]]]

    @classmethod
    def of(cls, rows: models.QuerySet[Any]) -> _Plan:
        compiler = rows.query.get_compiler(using=rows.db)
        sql, params = compiler.as_sql()
        info, select = compiler.klass_info, compiler.select
        if info is None or compiler.annotation_col_map:
            raise TypeError("a prepared query set hands out whole objects, without annotations or values()")
        first, end = info["select_fields"][0], info["select_fields"][-1] + 1
        return cls(
            sql=sql, params=tuple(params), using=rows.db, model=info["model"], first=first, end=end,
            names=[column.target.attname for column, _, _ in select[first:end]],
            related=get_related_populators(info, select, rows.db),  # type: ignore[call-arg]  # the stubs are of Django 6
            converters=list(compiler.get_converters([column for column, _, _ in select]).items()),
        )  # fmt: skip

    def fetch(self, values: Mapping[str, Any]) -> list[models.Model]:
        connection = connections[self.using]
        params = [values[value.name] if isinstance(value, Given) else value for value in self.params]
        with connection.cursor() as cursor:
            cursor.execute(self.sql, params)
            return [self._object(row, connection) for row in cursor.fetchall()]

    def _object(self, row: tuple[Any, ...], connection: Any) -> models.Model:
        if self.converters:
            row = self._converted(list(row), connection)
        found = self.model.from_db(self.using, self.names, row[self.first : self.end])
        for populator in self.related:
            populator.populate(row, found)
        return found

    def _converted(self, row: list[Any], connection: Any) -> tuple[Any, ...]:
        for position, (functions, column) in self.converters:
            for function in functions:
                row[position] = function(row[position], column, connection)
        return tuple(row)


class Prepared(Generic[M]):
    """A query set built once: ``Prepared(lambda key: Unit.objects.filter(pk=key))``.

    The function's parameters are what each call gives, by name. It sees placeholders and not the values:
    it must not look at them, nor reckon anything that changes (the time, a person's scope) by itself.
    """

    def __init__(self, build: Callable[..., models.QuerySet[M]]) -> None:
        self._build = build
        self._plan: _Plan | None = None

    def all(self, **values: Any) -> list[M]:
        """The rows, in one statement."""
        if self._plan is None:
            names = inspect.signature(self._build).parameters
            self._plan = _Plan.of(self._build(**{name: Given(name) for name in names}))
        return cast(list[M], self._plan.fetch(values))

    def get(self, **values: Any) -> M | None:
        """The row, or ``None``; for conditions that hold for one row at most."""
        return next(iter(self.all(**values)), None)


_INSERTS: dict[type[models.Model], tuple[str, list[Any]]] = {}
_UPDATES: dict[tuple[type[models.Model], tuple[str, ...]], tuple[str, list[Any]]] = {}
# Values that these fields hand to the driver as they are; anything else goes through the field.
_PLAIN: dict[type[models.Field], tuple[type, ...]] = {
    models.CharField: (str,), models.TextField: (str,), models.BooleanField: (bool,), models.IntegerField: (int,),
    models.PositiveIntegerField: (int,), models.PositiveSmallIntegerField: (int,), models.BigIntegerField: (int,),
    models.ForeignKey: (int,), models.UUIDField: (UUID,),
}  # fmt: skip


def insert(obj: models.Model) -> None:
    """``obj.save(force_insert=True)`` of a row whose key the database gives, without the signals (we use none)."""
    model = type(obj)
    using = router.db_for_write(model, instance=obj)
    connection = connections[using]
    if model not in _INSERTS:
        _INSERTS[model] = _insert_statement(obj, using)
    sql, fields = _INSERTS[model]
    values = [_value(field, obj, connection) for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        (obj.pk,) = cursor.fetchone()
    obj._state.adding = False
    obj._state.db = using


def update(obj: models.Model, names: Iterable[str]) -> None:
    """``obj.save(update_fields=names)`` of a row that is there, without the signals (we use none).

    Values only, no expressions; a related row must have had its key when it was set. Raises ``DatabaseError`` when
    the row is gone.
    """
    model, names = type(obj), tuple(names)
    using = router.db_for_write(model, instance=obj)
    connection = connections[using]
    if (model, names) not in _UPDATES:
        _UPDATES[model, names] = _update_statement(model, names, using)
    sql, fields = _UPDATES[model, names]
    values = [_value(field, obj, connection, adding=False) for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(sql, [*values, obj.pk])
        if cursor.rowcount != 1:
            raise DatabaseError(f"{model._meta.label} {obj.pk} is gone")


def _update_statement(model: type[models.Model], names: tuple[str, ...], using: str) -> tuple[str, list[Any]]:
    meta = model._meta
    fields: list[Any] = [meta.get_field(name) for name in names]
    if meta.parents or any(field.generated for field in fields):
        raise TypeError(f"{meta.label} needs Model.save()")
    query: Any = UpdateQuery(model)  # the stubs are of Django 6
    query.add_filter("pk", Given("pk"))
    query.add_update_fields([(field, None, Given(field.attname)) for field in fields])
    sql, _ = query.get_compiler(using=using).as_sql()  # its parameters: the fields in their order, then the key
    return sql, fields


def _value(field: Any, obj: models.Model, connection: Any, *, adding: bool = True) -> Any:
    value = field.pre_save(obj, adding)
    if value is None or type(value) in _PLAIN.get(type(field), ()):
        return value
    return field.get_db_prep_save(value, connection)


def _insert_statement(obj: models.Model, using: str) -> tuple[str, list[Any]]:
    meta = obj._meta
    if meta.parents or any(field.generated for field in meta.concrete_fields):
        raise TypeError(f"{meta.label} needs Model.save()")
    fields = [field for field in meta.concrete_fields if not field.primary_key]
    query = InsertQuery(type(obj))
    query.insert_values(fields, [obj])
    compiler = query.get_compiler(using=using)
    compiler.returning_fields = [meta.pk]
    ((sql, _),) = compiler.as_sql()
    return sql, fields
