"""What happened: registration of event kinds, writing, reading and proving the chain (design §2.3).

A service that has locked a row changes its fields and calls :func:`record`; the row and its event
are written together. Each event carries a keyed hash over its content, its predecessor's hash and
the sealed fields of the row, so whoever edits the database without the key leaves a trace.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.apps import apps
from django.conf import settings
from django.db import models, transaction
from django.utils import timezone

from common.models.events import Event, HistoryModel
from common.prepared import Prepared, insert, update

Text = str | Callable[[Mapping[str, Any]], str]


@dataclass(frozen=True)
class EventKind:
    """One registration serves timeline, audit list and the public progress page.

    ``text`` is a format string over the event's data or a function of it. ``audit``: shown in the
    audit list. ``public``: its label may be shown to whoever holds the query code.
    """

    code: str
    label: str
    text: Text = ""
    audit: bool = False
    public: bool = False
    icon: str = "point"

    def describe(self, data: Mapping[str, Any]) -> str:
        if callable(self.text):
            return self.text(data)
        return _LONE_DASH.sub("", self.text.format_map(_Missing(data)))


# A note that nobody wrote: the dash for it alone, before or behind the rest, says nothing.
_LONE_DASH = re.compile(r"^—[；，。：]|(?<=[；，。：])—$|^—$")


class _Missing(dict):
    """Format arguments in which an absent or empty key prints as a dash."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        super().__init__({key: ("—" if value in (None, "") else value) for key, value in data.items()})

    def __missing__(self, key: str) -> str:
        return "—"


_KINDS: dict[str, EventKind] = {}
_HANDLERS: dict[str, list[Callable[[Event, HistoryModel], None]]] = defaultdict(list)


def register(code: str, label: str, text: Text = "", **options: Any) -> str:
    """Register an event kind and hand its code back; ``ValueError`` when it exists already."""
    if code in _KINDS:
        raise ValueError(f"event kind {code} is registered twice")
    _KINDS[code] = EventKind(code, label, text, **options)
    return code


def kind_of(code: str) -> EventKind:
    return _KINDS[code]


def kinds() -> tuple[EventKind, ...]:
    return tuple(_KINDS[code] for code in sorted(_KINDS))


def on(code: str) -> Callable[[Callable[[Event, HistoryModel], None]], Callable[[Event, HistoryModel], None]]:
    """Decorate a function that a higher app wants called in the transaction that writes the event."""

    def add(handler: Callable[[Event, HistoryModel], None]) -> Callable[[Event, HistoryModel], None]:
        _HANDLERS[code].append(handler)
        return handler

    return add


# --- writing


def record(
    obj: HistoryModel,
    kind: str,
    *,
    actor: Any = None,
    data: Mapping[str, Any] | None = None,
    fields: Iterable[str] = (),
    at: datetime | None = None,
) -> Event:
    """Save the object (insert it, or the named ``fields`` of it) together with its next event.

    The caller holds the row lock and the transaction. ``data`` must be plain JSON without floats.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("an event is written only inside the transaction of its change")
    event = link(obj, kind, actor=actor, data=data, at=at)
    if obj._state.adding:
        insert(obj)
    else:
        update(obj, [*dict.fromkeys(fields), "event_seq", "event_head"])
    event.object_id = obj.pk
    insert(event)
    for handler in _HANDLERS[kind]:
        handler(event, obj)
    return event


def link(
    obj: HistoryModel,
    kind: str,
    *,
    actor: Any = None,
    data: Mapping[str, Any] | None = None,
    at: datetime | None = None,
) -> Event:
    """The next event of the object's chain, unsaved; moves the object's chain end in memory.

    For bulk writers, which save rows and events themselves in one transaction. Handlers registered
    with :func:`on` do not run for events written this way.
    """
    if kind not in _KINDS:
        raise LookupError(f"event kind {kind} is not registered")
    event = Event(
        stream=obj.stream,
        seq=obj.event_seq + 1,
        object_type=obj._meta.label_lower,
        object_id=obj.pk,
        kind=kind,
        at=at or timezone.now(),
        actor=actor,
        data=dict(data or {}),
        seal=seal(obj),
        previous=bytes(obj.event_head),
    )
    event.hash = _hash(event)
    obj.event_seq = event.seq
    obj.event_head = event.hash
    return event


def seal(obj: HistoryModel) -> bytes:
    """Digest of the sealed fields as they stand on the object."""
    # The instance's own dictionary spares the descriptors of forty fields; a deferred field is not in it.
    state = obj.__dict__
    values = [plain(state[name] if name in state else getattr(obj, name)) for name in _sealed_attnames(type(obj))]
    return hashlib.sha256(_canonical(values)).digest()


_ATTNAMES: dict[type[HistoryModel], tuple[str, ...]] = {}


def _sealed_attnames(model: type[HistoryModel]) -> tuple[str, ...]:
    names = _ATTNAMES.get(model)
    if names is None:
        names = tuple(model._meta.get_field(name).attname for name in model.SEALED_FIELDS)  # type: ignore[union-attr]
        _ATTNAMES[model] = names
    return names


def plain(value: Any) -> Any:
    """A value as JSON can hold it, the same for equal values."""
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, bytes | memoryview):  # the driver hands back the one for the other
        return bytes(value).hex()
    return str(value)


_encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


def _canonical(value: Any) -> bytes:
    return _encode(value).encode("utf-8", "surrogatepass")


def chain_hash(previous: bytes, content: list[Any], seal: bytes = b"") -> bytes:
    """Keyed hash of a link: its predecessor's hash, a seal of something else, and its own plain content."""
    return hmac.digest(settings.SEAL_KEY, previous + seal + _canonical(content), "sha256")


def _hash(event: Event) -> bytes:
    content = [
        str(event.stream),
        event.seq,
        event.object_type,
        event.kind,
        plain(event.at),
        event.actor_id,
        event.data,
    ]
    return chain_hash(bytes(event.previous), content, bytes(event.seal))


# --- reading and proving


def was_submitted(obj: HistoryModel, kind: str, submission: UUID | None) -> bool:
    """Whether the object has an event that came of this very form. The caller holds the row lock."""
    if submission is None:
        return False
    return Event.objects.filter(stream=obj.stream, kind=kind, data__submission=str(submission)).exists()


def keyed(data: Mapping[str, Any], submission: UUID | None) -> dict[str, Any]:
    """The data of an event with the key of the form it came of, for :func:`was_submitted`."""
    return dict(data) if submission is None else {**data, "submission": str(submission)}


def timeline(obj: HistoryModel) -> models.QuerySet[Event]:
    """Events of one object, the newest first, with their actors."""
    return _timeline(obj.stream)


def whole_timeline(obj: HistoryModel) -> list[Event]:
    """The same, read at once: for the pages that are opened most."""
    return _TIMELINE.all(stream=obj.stream)


def _timeline(stream: Any) -> models.QuerySet[Event]:
    return Event.objects.filter(stream=stream).select_related("actor").order_by("-seq")


_TIMELINE = Prepared(_timeline)


@dataclass(frozen=True)
class Fault:
    """One place where history does not hold. ``what`` is a Chinese sentence."""

    object_type: str
    object_id: int
    seq: int | None
    what: str


def verify(chunk: int = 2000) -> Iterator[Fault]:
    """Every fault in the history of every model; memory is bounded by ``chunk`` objects."""
    for model in history_models():
        yield from _verify_model(model, chunk)
    yield from _orphans()


def history_models() -> list[type[HistoryModel]]:
    return [model for model in apps.get_models() if issubclass(model, HistoryModel)]


def _verify_model(model: type[HistoryModel], chunk: int) -> Iterator[Fault]:
    last = 0
    while True:
        objects = list(model._base_manager.filter(pk__gt=last).order_by("pk")[:chunk])
        if not objects:
            return
        last = objects[-1].pk
        chains: dict[Any, list[Event]] = defaultdict(list)
        for event in Event.objects.filter(stream__in=[obj.stream for obj in objects]).order_by("stream", "seq"):
            chains[event.stream].append(event)
        for obj in objects:
            yield from verify_chain(obj, chains[obj.stream])


def verify_chain(obj: HistoryModel, chain: Sequence[Event]) -> Iterator[Fault]:
    """Faults of one object against its own events in order."""

    def fault(what: str, seq: int | None = None) -> Fault:
        return Fault(obj._meta.label_lower, obj.pk, seq, what)

    head = b""
    for position, event in enumerate(chain, start=1):
        if event.seq != position:
            yield fault(f"第 {position} 条记录缺失", position)
            return
        if bytes(event.previous) != head or bytes(event.hash) != _hash(event):
            yield fault(f"第 {position} 条记录（{event.kind}）被改动", position)
            return
        if event.object_id != obj.pk:
            yield fault(f"第 {position} 条记录被挪到了别的对象", position)
        head = bytes(event.hash)
    if obj.event_seq != len(chain) or bytes(obj.event_head) != head:
        yield fault("末尾的记录缺失")
        return
    if chain and bytes(chain[-1].seal) != seal(obj):
        yield fault("数据行被绕过系统改动", len(chain))


def _orphans() -> Iterator[Fault]:
    """Events whose object is gone: nothing with a history is ever deleted."""
    for label in Event.objects.order_by().values_list("object_type", flat=True).distinct():
        try:
            model = apps.get_model(label)
        except LookupError:
            model = None
        rows = Event.objects.filter(object_type=label, seq=1)
        if model is not None:
            rows = rows.exclude(models.Exists(model._base_manager.filter(stream=models.OuterRef("stream"))))
        for event in rows.iterator():
            yield Fault(label, event.object_id, 1, "数据行被删除，只剩下记录")
