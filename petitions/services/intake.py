"""How a ticket comes into being (北京市接诉即办工作条例 art. 10)."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from common import codes, profile
from common import events as history
from common.crypto import lookup_hash
from common.errors import Conflict, Invalid, Refused
from common.phones import check_phone
from common.prepared import insert
from common.scope import scope_of
from grid.models import Department, Unit
from grid.querysets import covers
from grid.selectors import ancestry
from petitions import clocks, events, permissions
from petitions.choices import Channel, ClockKind, Kind, Urgency
from petitions.models import MAX_TEXT, Category, Petition, Petitioner
from petitions.selectors import default_lead
from petitions.services.attachments import attach_all
from petitions.services.loop import petition_accept, petition_dispatch

TITLE_LENGTH = 30
QUERY_CODE = "query-code"


@dataclass(frozen=True)
class Registered:
    """A new ticket (or, for a repeated request, the one made before) and its public query code."""

    petition: Petition
    query_code: str
    repeated: bool = False


def petition_register(
    *,
    actor: Any,
    text: str,
    channel: str,
    unit: Unit,
    title: str = "",
    place: str = "",
    kind: str = Kind.HELP,
    urgency: str = Urgency.NORMAL,
    category: Category | None = None,
    name: str = "",
    phone: str = "",
    address: str = "",
    about_department: Department | None = None,
    external_number: str | None = None,
    received_at: datetime | None = None,
    request_key: uuid.UUID | None = None,
    files: Sequence[Any] = (),
) -> Registered:
    """Register a petition in a unit.

    ``actor`` is ``None`` only for the public page. Without ``name`` and ``phone`` the ticket is
    anonymous. ``files`` are uploaded files, kept with the ticket. ``request_key`` makes a repeated
    call hand back the first ticket. Raises ``Invalid`` for unusable input, ``Refused`` when the actor
    may not register for the unit, ``Conflict`` when ``external_number`` is taken.
    """
    text, title, place = text.strip(), title.strip(), place.strip()
    phone = check_phone(phone)
    _check_text(text)
    _check_may_register(actor, unit)
    request_key = request_key or uuid.uuid4()
    code = query_code(request_key)
    now = timezone.now()
    petition = Petition(
        number="", title=title[:100] or title_from(text), text=text, place=place[:120], kind=kind, channel=channel,
        urgency=urgency, category=category, unit=unit, about_department=about_department, registered_by=actor,
        received_at=min(received_at or now, now), external_number=external_number or None,
        is_anonymous=not (name.strip() or phone), request_key=request_key, query_hash=code_hash(code),
    )  # fmt: skip
    try:
        with transaction.atomic():
            _insert(petition, actor, name=name.strip(), phone=phone, address=address.strip())
            attach_all(petition=petition, actor=actor, files=files)
    except IntegrityError as error:
        return _already_there(petition, code, error)
    return Registered(petition, code)


def petition_register_and_dispatch(*, actor: Any, **values: Any) -> Registered:
    """Register, accept and dispatch to the category's lead in one transaction (即时派单, art. 11)."""
    with transaction.atomic():
        registered = petition_register(actor=actor, **values)
        petition = registered.petition
        if registered.repeated or petition.category is None:
            return registered
        lead = default_lead(petition.category, petition)
        if lead is None:
            return registered
        petition = petition_accept(petition=petition, actor=actor, category=petition.category)
        petition = petition_dispatch(
            petition=petition, actor=actor, lead=lead, co_handlers=tuple(petition.category.co_departments.all())
        )
    return Registered(petition, registered.query_code)


def _check_text(text: str) -> None:
    if not text:
        raise Invalid("请填写诉求内容。", "text")
    if len(text) > MAX_TEXT:
        raise Invalid(f"诉求内容最多 {MAX_TEXT} 字，现有 {len(text)} 字，请精简后再提交。", "text")
    if "\x00" in text:
        raise Invalid("诉求内容里有无法保存的字符，请删除后再提交。", "text")


def _check_may_register(actor: Any, unit: Unit) -> None:
    if not unit.is_active:
        raise Invalid(f"“{unit.name}”已停用，请选择其他单位。", "unit")
    if actor is None:
        return
    if not covers(scope_of(actor).holding(permissions.REGISTER), unit):
        raise Refused(f"您不能为“{unit.name}”登记诉求，请选择本人所在的单位。")


def title_from(text: str) -> str:
    """The first sentence, at most 30 characters."""
    first = re.split(r"[。！？!?；;\n\r]", text, maxsplit=1)[0].strip() or text
    return first if len(first) <= TITLE_LENGTH else first[: TITLE_LENGTH - 1] + "…"


def _insert(petition: Petition, actor: Any, *, name: str, phone: str, address: str) -> None:
    place = ancestry(petition.unit)
    petition.street, petition.community, petition.grid = place.street, place.community, place.grid
    petition.number = next_number(petition.received_at)
    clock = clocks.new_clock(ClockKind.ACCEPT, petition, petition.received_at)
    petition.due_at = clock.due_at
    history.record(
        petition,
        events.REGISTERED,
        actor=actor,
        data={"channel": Channel(petition.channel).label, "unit": petition.unit.name},
    )
    clock.petition = petition
    insert(clock)
    if not petition.is_anonymous:
        petition.petitioner = Petitioner(
            petition=petition, name=name, phone=phone, address=address,
            phone_hash=lookup_hash(phone, "phone") if phone else None,
        )  # fmt: skip
        insert(petition.petitioner)


def next_number(at: datetime) -> str:
    """District code, day and a running number: unique, in the order of registration."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('petition_number')")
        (running,) = cursor.fetchone()
    return number_of(profile.current().code, at, running)


def number_of(code: str, at: datetime, running: int) -> str:
    return f"{code}{timezone.localtime(at):%Y%m%d}{running % 1_000_000:06d}"


def _already_there(petition: Petition, code: str, error: IntegrityError) -> Registered:
    earlier = Petition.objects.filter(request_key=petition.request_key).first()
    if earlier is not None:
        return Registered(earlier, code, repeated=True)
    if "petition_external_number" in str(error):
        raise Conflict(f"来源编号“{petition.external_number}”已经登记过，不能重复登记。") from error
    raise error


# --- the public query code


def query_code(request_key: uuid.UUID) -> str:
    """Ten letters and digits that belong to the request: a repeated request shows the same code."""
    return codes.code_of(request_key, QUERY_CODE)


def code_hash(code: str) -> bytes:
    """What is stored of a query code."""
    return codes.code_hash(code, QUERY_CODE)
