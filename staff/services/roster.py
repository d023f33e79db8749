"""How somebody comes onto the roster: identity, entry, probation, the first post (domain §6)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from common import events as history
from common import identity
from common.errors import Invalid
from common.phones import check_phone
from common.series import next_number
from grid.models import Unit
from staff import events
from staff.choices import Certificate, Education, PartyRole, Rank, WorkerKind
from staff.models import StaffPost, Worker, WorkerCertificate, WorkerPerson
from staff.rules import pay_scheme
from staff.services.grades import grade_entered
from staff.services.workers import (
    SERIES,
    birth_day,
    card_number,
    check_expiry,
    check_past,
    check_start,
    known_choice,
    lock_seat,
    number_of,
    one_line,
    refuse_twice,
)

OLDEST_PROBATION = timedelta(days=366)  # a scheme's probation is a year at most
MAY_WORK = 16  # 劳动法 art. 15: nobody's community work began earlier


@dataclass(frozen=True)
class Person:
    """Who somebody is, checked: what goes into the encrypted row."""

    name: str
    phone: str
    id_number: str
    born: date
    bank_account: str = ""

    def row(self, worker: Worker) -> WorkerPerson:
        return WorkerPerson(
            worker=worker, name=self.name, phone=self.phone, id_number=self.id_number,
            birth_date=self.born.isoformat(), bank_account=self.bank_account,
        ).set_hashes()  # fmt: skip


@dataclass(frozen=True)
class Terms:
    """Since when somebody works here and in communities at all, checked."""

    entered_on: date
    community_since: date
    newcomer: bool
    probation_until: date | None


def worker_enter(
    *,
    actor: Any,
    unit: Unit,
    rank: str,
    name: str,
    entered_on: date,
    kind: str = WorkerKind.POST,
    phone: str = "",
    id_number: str = "",
    birth_date: date | None = None,
    bank_account: str = "",
    education: str = Education.COLLEGE,
    party_role: str = PartyRole.NONE,
    community_since: date | None = None,
    probation_until: date | None = None,
    certificate: str = "",
    issued_on: date | None = None,
    expires_on: date | None = None,
    request_key: uuid.UUID | None = None,
) -> Worker:
    """Put somebody onto the roster with a number and the first post; a repeated ``request_key`` gives the first one back.

    Without ``community_since`` the years of community work begin with the entry: a newcomer. An actor who keeps the
    grades of the unit gives the first one at once; the entry stands where the scheme cannot grade. Raises ``Invalid``
    with the field, ``Conflict`` for somebody who has a number, ``Refused`` when the actor does not manage the unit.
    """
    today = timezone.localdate()
    person = checked_person(
        today=today, name=name, phone=phone, id_number=id_number, birth_date=birth_date, bank_account=bank_account
    )
    terms = checked_terms(
        today=today, born=person.born, entered_on=entered_on, community_since=community_since,
        probation_until=probation_until,
    )  # fmt: skip
    standing = {
        "kind": known_choice(kind, WorkerKind, "kind"), "rank": known_choice(rank, Rank, "rank"),
        "education": known_choice(education, Education, "education"),
        "party_role": known_choice(party_role, PartyRole, "party_role"),
    }  # fmt: skip
    held = checked_certificate(certificate, issued_on, expires_on)
    with transaction.atomic():
        seat = lock_seat(unit, actor)
        # The lock of the number lasts until commit: of two entries of one person the second sees the first.
        running = next_number(SERIES)
        earlier = Worker.objects.filter(request_key=request_key).first() if request_key else None
        if earlier is not None:
            transaction.set_rollback(True)  # the number goes back
            return earlier
        refuse_twice(person.id_number)
        worker = Worker(
            number=number_of(running), unit=seat, request_key=request_key or uuid.uuid4(), **standing, **vars(terms)
        )
        write_entry(worker, person, kind=events.WORKER_ENTERED, actor=actor, certificate=held)
        grade_entered(workers=[worker], actor=actor)
    return worker


def write_entry(
    worker: Worker,
    person: Person,
    *,
    kind: str,
    actor: Any,
    data: Mapping[str, Any] | None = None,
    certificate: WorkerCertificate | None = None,
) -> None:
    """Write a new worker, the person and the main post, then the event: the one place through which everybody comes in.

    The first grade comes after it, of many at once (``staff.services.grades.grade_entered``).
    """
    said = {
        "unit": worker.unit.name, "rank": worker.get_rank_display(), "since": worker.entered_on.isoformat(),
        **(data or {}),
    }  # fmt: skip
    worker.save(force_insert=True)
    person.row(worker).save(force_insert=True)
    StaffPost.objects.create(worker=worker, unit=worker.unit, rank=worker.rank, valid_from=worker.entered_on)
    if certificate is not None:
        certificate.worker = worker
        certificate.save(force_insert=True)
    history.record(worker, kind, actor=actor, data=said)


# --- checks


def checked_person(
    *,
    today: date,
    name: str,
    phone: str = "",
    id_number: str = "",
    birth_date: date | None = None,
    bank_account: str = "",
) -> Person:
    """The person's data in one spelling, or ``Invalid`` with the field that is wrong or missing."""
    name = one_line(name, 40, "姓名", "name")
    if not name:
        raise Invalid("请填写姓名。", "name")
    number = identity.id_number(id_number) if id_number.strip() else ""
    born = birth_day(number, birth_date, today)
    return Person(name, check_phone(phone), number, born, card_number(bank_account))


def checked_terms(
    *,
    today: date,
    born: date,
    entered_on: date,
    community_since: date | None = None,
    probation_until: date | None = None,
) -> Terms:
    """Entry, beginning of community work and probation, or ``Invalid`` with the field."""
    check_start(entered_on, today, "entered_on")
    if identity.age_on(born, entered_on) < identity.OF_AGE:
        raise Invalid(f"入职时未满 {identity.OF_AGE} 周岁，不能聘用，请核对出生日期和入职日期。", "entered_on")
    since = community_since or entered_on
    if since > entered_on:
        raise Invalid("从事社区工作起始日不能晚于入职日期。", "community_since")
    if identity.age_on(born, since) < MAY_WORK:
        raise Invalid(f"从事社区工作起始日早于本人满 {MAY_WORK} 周岁，请核对。", "community_since")
    if probation_until is not None and not entered_on <= probation_until <= entered_on + OLDEST_PROBATION:
        raise Invalid("试用期应在入职日期之后，最长一年。", "probation_until")
    until = probation_until or probation_end(entered_on, today)
    return Terms(entered_on, since, since == entered_on, until)


def checked_certificate(level: str, issued_on: date | None, expires_on: date | None) -> WorkerCertificate | None:
    """The certificate somebody brings along, unsaved, or none; ``Invalid`` with the field."""
    if not level:
        return None
    level = known_choice(level, Certificate, "certificate")
    if issued_on is None:
        raise Invalid("有证书的，请填写取证时间。", "issued_on")
    check_past(issued_on, "issued_on")
    check_expiry(issued_on, expires_on)
    return WorkerCertificate(level=level, issued_on=issued_on, expires_on=expires_on)


def probation_end(entered_on: date, today: date) -> date | None:
    """The last day of probation by the scheme in force at the entry; none for entries long past or without probation."""
    if entered_on + OLDEST_PROBATION < today:
        return None
    _, scheme = pay_scheme(entered_on)
    if not scheme.probation_months:
        return None
    return months_later(entered_on, scheme.probation_months) - timedelta(days=1)


def months_later(day: date, months: int) -> date:
    """The same day some months later; the last of the month where there is no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    following = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    return date(year, month + 1, min(day.day, (following - timedelta(days=1)).day))
