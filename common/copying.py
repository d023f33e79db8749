"""Many rows at once: PostgreSQL's COPY from model instances."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from itertools import islice
from typing import Any

from django.db import connection, models

from common.fields import EncryptedTextField

CHUNK = 20_000
ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def copy_rows(model: type[models.Model], rows: Iterable[models.Model], now: datetime) -> int:
    """Write instances as they are (their key too, when they have one); the number of them.

    ``now`` fills columns that would take the time of saving. Belongs in a transaction; sequences are
    set by :func:`reset_sequences`.
    """
    source = iter(rows)
    first = next(source, None)
    if first is None:
        return 0
    fields = [field for field in model._meta.concrete_fields if not (field.primary_key and first.pk is None)]
    columns = ", ".join(connection.ops.quote_name(field.column) for field in fields)
    statement = f"COPY {connection.ops.quote_name(model._meta.db_table)} ({columns}) FROM STDIN"
    writers = [(field.attname, _writer(field, now)) for field in fields]
    total = _send(statement, [first], writers)
    while chunk := list(islice(source, CHUNK)):
        total += _send(statement, chunk, writers)
    return total


def _send(statement: str, rows: Sequence[Any], writers: Sequence[tuple[str, Callable[[Any], str]]]) -> int:
    lines = ["\t".join([write(getattr(row, name)) for name, write in writers]) for row in rows]
    with connection.cursor() as cursor:
        cursor.copy_expert(statement, io.StringIO("\n".join(lines) + "\n"))
    return len(lines)


def _writer(field: models.Field, now: datetime) -> Callable[[Any], str]:
    """How values of a column are spelt for COPY."""
    fill = now if getattr(field, "auto_now_add", False) or getattr(field, "auto_now", False) else None
    if isinstance(field, EncryptedTextField):
        return lambda value: _text(field.get_prep_value(value))
    if isinstance(field, models.JSONField):
        return lambda value: _text(json.dumps(value, ensure_ascii=False))
    return lambda value: _text(fill if value is None else value)


def _text(value: Any) -> str:
    if value is None:
        return "\\N"
    if isinstance(value, str):
        return value.translate(ESCAPES)
    if value is True or value is False:
        return "t" if value else "f"
    if isinstance(value, bytes | memoryview):
        return "\\\\x" + bytes(value).hex()
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value)


def reset_sequences(tables: Iterable[type[models.Model]]) -> None:
    """Let the next key of each table follow the largest one there."""
    with connection.cursor() as cursor:
        for model in tables:
            table, column = model._meta.db_table, model._meta.pk.column
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence(%s, %s), greatest(1, coalesce(max({column}), 1)), "  # noqa: S608
                f"max({column}) IS NOT NULL) FROM {connection.ops.quote_name(table)}",
                [table, column],
            )
