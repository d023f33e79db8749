"""Serializers whose fields are built once per thread, not once per request.

Building them (reading the model, copying each field) takes longer than using them. A serializer used here
must not depend on the request except through ``context["request"]`` while it works.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from rest_framework.request import Request
from rest_framework.serializers import Serializer


class _Idle(threading.local):
    """Serializers of this thread that no request is using, with the context each was made with."""

    def __init__(self) -> None:
        self.kinds: dict[type[Serializer], tuple[Serializer, dict[str, Any]]] = {}


_idle = _Idle()


def represent(kind: type[Serializer], obj: Any, request: Request) -> Any:
    """``kind(obj, context={"request": request}).data``."""
    with _serializer(kind, request) as serializer:
        return serializer.to_representation(obj)


def represent_all(kind: type[Serializer], rows: Iterable[Any], request: Request) -> list[Any]:
    """The same for several objects."""
    with _serializer(kind, request) as serializer:
        return [serializer.to_representation(obj) for obj in rows]


def check(kind: type[Serializer], request: Request) -> dict[str, Any]:
    """What the request sent, validated by ``kind``; raises ``ValidationError``."""
    with _serializer(kind, request) as serializer:
        return dict(serializer.run_validation(request.data))


@contextmanager
def _serializer(kind: type[Serializer], request: Request) -> Iterator[Serializer]:
    """This thread's one of the kind, lent to the request."""
    # Taken out while in use: work that comes back here for another object gets one of its own.
    serializer, context = _idle.kinds.pop(kind) if kind in _idle.kinds else _new(kind)
    context["request"] = request
    try:
        yield serializer
    finally:
        context.clear()
        _idle.kinds[kind] = serializer, context


def _new(kind: type[Serializer]) -> tuple[Serializer, dict[str, Any]]:
    context: dict[str, Any] = {}
    return kind(context=context), context
