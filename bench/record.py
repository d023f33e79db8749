"""Record the statements of one request, as the bare view replays them."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.db import connection
from psycopg2.extras import Json


def record(request: Callable[[], Any], file: Path) -> int:
    """Run ``request`` and keep its statements in ``file``; their number, BEGIN and COMMIT included."""
    statements: list[tuple[str, list[Any]]] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        statements.append((str(sql), [_kept(value) for value in params or ()]))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        request()
    from petitions.models import Petition

    made = Petition.objects.order_by("-pk").first()
    if made is None:
        raise RuntimeError("the recorded request made no ticket")
    known = {
        "statements": [(sql, params) for sql, params in statements if not sql.startswith(("SAVEPOINT", "RELEASE"))],
        "stream": made.stream, "request_key": made.request_key, "number": made.number, "id": made.pk,
    }  # fmt: skip
    file.write_bytes(pickle.dumps(known))
    return len(statements) + 2


def _kept(value: Any) -> Any:
    """A parameter that can be written to a file and gives the same SQL again."""
    if isinstance(value, Json):
        return json.dumps(value.adapted, ensure_ascii=False)
    if hasattr(value, "adapted"):
        return bytes(value.adapted)
    return bytes(value) if isinstance(value, memoryview) else value
