"""Many rows at once: PostgreSQL's COPY from model instances."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from itertools import islice
from typing import Any

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import connection, models

from common.fields import EncryptedTextField

CHUNK = 4_000
ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
NULL = "\\N"


def copy_rows(model: type[models.Model], rows: Iterable[models.Model], now: datetime) -> int:
    """Write instances as they are (their key too, when they have one); the number of them.

    ``now`` fills columns that would take the time of saving. Belongs in a transaction; sequences are
    set by :func:`reset_sequences`. While the server takes one part in, the next is spelt.
    """
    source = iter(rows)
    first = next(source, None)
    if first is None:
        return 0
    fields = [field for field in model._meta.concrete_fields if not (field.primary_key and first.pk is None)]
    columns = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
    statement = f"COPY {connection.ops.quote_name(model._meta.db_table)} ({columns}) FROM STDIN"
    writers = [(field.attname, _writer(field, now)) for field in fields]
    connection.ensure_connection()
    total, chunk = 0, [first, *islice(source, CHUNK - 1)]
    # The other thread only waits for the server on this thread's own connection; the two never overlap on it.
    with connection.connection.cursor() as cursor, ThreadPoolExecutor(max_workers=1) as sender:
        sending: Future[None] | None = None
        while chunk:
            text = _spell(chunk, writers)
            if sending is not None:
                sending.result()
            sending = sender.submit(cursor.copy_expert, statement, io.StringIO(text))
            total += len(chunk)
            chunk = list(islice(source, CHUNK))
        if sending is not None:
            sending.result()
    return total


def _spell(rows: Sequence[Any], writers: Sequence[tuple[str, Callable[[Any], str]]]) -> str:
    return "\n".join(["\t".join([write(getattr(row, name)) for name, write in writers]) for row in rows]) + "\n"


def _writer(field: models.Field, now: datetime) -> Callable[[Any], str]:
    """How values of a column are spelt for COPY."""
    if getattr(field, "auto_now_add", False) or getattr(field, "auto_now", False):
        return lambda value: (now if value is None else value).isoformat()
    if isinstance(field, EncryptedTextField):
        return lambda value: _text(field.get_prep_value(value))
    if isinstance(field, models.JSONField):
        return lambda value: _text(_JSON(value))
    if isinstance(field, models.CharField | models.TextField):
        return _text
    target = field.target_field if isinstance(field, models.ForeignKey) else field
    if isinstance(target, models.CharField | models.TextField):
        return _text
    return next((spell for kind, spell in _SPELLINGS if isinstance(target, kind)), _any)


_JSON = json.JSONEncoder(ensure_ascii=False).encode


def _text(value: str | None) -> str:
    if value is None:
        return NULL
    text = str(value)
    # Looking for the four characters is much quicker than translating a text that has none of them.
    if "\\" in text or "\n" in text or "\t" in text or "\r" in text:
        return text.translate(ESCAPES)
    return text


def _any(value: Any) -> str:
    return NULL if value is None else str(value)


def _moment(value: Any) -> str:
    return NULL if value is None else value.isoformat()


def _flag(value: bool | None) -> str:
    return NULL if value is None else "t" if value else "f"


def _bytes(value: Any) -> str:
    return NULL if value is None else "\\\\x" + bytes(value).hex()


def _array(value: Any) -> str:
    """An array of plain texts (keys of choices) or numbers."""
    if value is None:
        return NULL
    return _text("{" + ",".join(_element(item) for item in value) + "}")


def _element(item: Any) -> str:
    return '"' + str(item).replace("\\", "\\\\").replace('"', '\\"') + '"'


_SPELLINGS: tuple[tuple[type[models.Field], Callable[[Any], str]], ...] = (
    (models.BooleanField, _flag),
    (models.BinaryField, _bytes),
    (models.DateField, _moment),
    (ArrayField, _array),
)


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


def analyze(*labels: str) -> None:
    """Fresh statistics of the tables of some apps, after much was written into them at once.

    What was counted while a table was empty makes the database join thousands of rows as if there were one: minutes
    instead of milliseconds. So empty tables are passed over. It sees the rows of its own transaction.
    """
    with connection.cursor() as cursor:
        for label in labels:
            for model in apps.get_app_config(label).get_models():
                if model._base_manager.exists():
                    cursor.execute(f"ANALYZE {connection.ops.quote_name(model._meta.db_table)}")
