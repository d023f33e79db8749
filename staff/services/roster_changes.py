"""Changes of a worker's data: person, terms, education, certificates, filing, account, and the look at one personal field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.http import Http404
from django.utils import timezone

from common import events as history
from common.errors import Conflict, Invalid
from grid.selectors import accounts_at
from staff import events, permissions
from staff.choices import Certificate, Education, PartyRole, Rank, WorkerKind
from staff.models import Worker, WorkerCertificate, WorkerPerson
from staff.services.grades import first_follows
from staff.services.roster import Person, checked_person, checked_terms
from staff.services.workers import (
    active_worker,
    check_expiry,
    check_past,
    known_choice,
    locked_worker,
    one_line,
    refuse_twice,
)

PERSON_FIELDS = {
    "name": "姓名", "phone": "手机", "id_number": "身份证号", "birth_date": "出生日期", "bank_account": "工资卡号",
}  # fmt: skip
OPEN_FIELDS = {"kind": WorkerKind, "party_role": PartyRole}
TERM_FIELDS = ("entered_on", "community_since", "probation_until")
MIN_REASON, MAX_REASON = 2, 200


def worker_change(*, worker: Worker, actor: Any, **changes: Any) -> Worker:
    """Change named values (``PERSON_FIELDS OPEN_FIELDS TERM_FIELDS newcomer``); nothing changed, no event.

    The event names the fields, never what stands in them. A moved entry takes the first grade with it. Raises as the
    entry does, and as :func:`staff.services.grades.first_follows`.
    """
    unknown = set(changes) - {*PERSON_FIELDS, *OPEN_FIELDS, *TERM_FIELDS, "newcomer"}
    if unknown:
        raise TypeError(f"worker_change does not know {sorted(unknown)}")
    with transaction.atomic():
        locked = locked_worker(worker, actor)
        row = known_person(locked)
        before = {name: getattr(locked, name) for name in (*OPEN_FIELDS, *TERM_FIELDS, "newcomer")}
        person = _change_person(locked, row, changes)
        _change_open(locked, changes)
        _change_terms(locked, row.born, changes)
        changed = [name for name, old in before.items() if getattr(locked, name) != old]
        labels = [*person, *(str(Worker._meta.get_field(name).verbose_name) for name in changed)]  # type: ignore[union-attr]
        if labels:
            data = {"fields": "、".join(labels), "since": locked.entered_on.isoformat() if changed else ""}
            history.record(locked, events.WORKER_CHANGED, actor=actor, data=data, fields=changed)
        if "entered_on" in changed:
            first_follows(worker=locked, actor=actor)
    return locked


def known_person(locked: Worker) -> WorkerPerson:
    """The person's row under its lock; ``Conflict`` when it has been cleared (an import taken back)."""
    row = WorkerPerson.objects.select_for_update().get(worker=locked)
    if not row.birth_date:
        raise Conflict(f"{locked} 的导入已撤销，个人信息已清除，请重新登记。")
    return row


def _change_open(locked: Worker, changes: Mapping[str, Any]) -> None:
    for name, choices in OPEN_FIELDS.items():
        if name in changes:
            setattr(locked, name, known_choice(changes[name], choices, name))


def _change_terms(locked: Worker, born: date, changes: Mapping[str, Any]) -> None:
    named = {name: changes[name] for name in TERM_FIELDS if name in changes}
    if named:
        values = {name: named.get(name, getattr(locked, name)) for name in TERM_FIELDS}
        if values["entered_on"] != locked.entered_on:
            _move_entry(locked, values["entered_on"])
        checked_terms(today=timezone.localdate(), born=born, **values)
        for name, value in values.items():
            setattr(locked, name, value)
    if "newcomer" in changes:
        locked.newcomer = bool(changes["newcomer"])


def _move_entry(locked: Worker, day: date) -> None:
    """A corrected entry moves the beginning of the first post with it."""
    first = locked.posts.order_by("valid_from").first()
    if first is None or first.valid_from != locked.entered_on:
        raise Invalid("入职日期与第一段任职不一致，不能直接更正，请联系系统管理员。", "entered_on")
    if first.valid_to is not None and day >= first.valid_to:
        raise Invalid(f"入职日期应早于第一次任职变动的日期 {first.valid_to:%Y-%m-%d}。", "entered_on")
    if locked.left_on is not None and day > locked.left_on:
        raise Invalid("入职日期不能晚于离岗日期。", "entered_on")
    first.valid_from = day
    first.save(update_fields=["valid_from"])


def _change_person(locked: Worker, row: WorkerPerson, changes: Mapping[str, Any]) -> list[str]:
    """Check and write the personal row; labels of what has changed."""
    named = {name: changes[name] for name in PERSON_FIELDS if name in changes}
    if not named:
        return []
    old = Person(row.name, row.phone, row.id_number, row.born, row.bank_account)
    values = {**{name: getattr(row, name) for name in PERSON_FIELDS}, "birth_date": row.born, **named}
    # A new identity number brings its own birth date; one that is only stated has to agree with it.
    if named.get("id_number") and "birth_date" not in named:
        values["birth_date"] = None
    new = checked_person(today=timezone.localdate(), **values)
    if new == old:
        return []
    if new.id_number != old.id_number:
        refuse_twice(new.id_number, but=locked.pk)
    if new.born != old.born:
        checked_terms(
            today=timezone.localdate(), born=new.born, entered_on=locked.entered_on,
            community_since=locked.community_since,
        )  # fmt: skip
    row.name, row.phone, row.id_number, row.bank_account = new.name, new.phone, new.id_number, new.bank_account
    row.birth_date = new.born.isoformat()
    row.set_hashes().save()
    return list(_differing(old, new))


def _differing(old: Person, new: Person) -> Iterator[str]:
    for name, label in PERSON_FIELDS.items():
        attribute = "born" if name == "birth_date" else name
        if getattr(old, attribute) != getattr(new, attribute):
            yield label


# --- education and certificates


def education_change(*, worker: Worker, actor: Any, education: str, since: date) -> Worker:
    """A degree counts from the day on it. The same one again changes nothing."""
    education = known_choice(education, Education, "education")
    check_past(since, "since")
    with transaction.atomic():
        locked = active_worker(worker, actor)
        if education != locked.education:
            data = {
                "old": locked.get_education_display(), "new": Education(education).label, "since": since.isoformat(),
            }  # fmt: skip
            locked.education = education
            history.record(locked, events.EDUCATION_CHANGED, actor=actor, data=data, fields=["education"])
    return locked


def certificate_add(
    *, worker: Worker, actor: Any, level: str, issued_on: date, expires_on: date | None = None
) -> WorkerCertificate:
    """A social worker's certificate; each level once."""
    level = known_choice(level, Certificate, "level")
    check_past(issued_on, "issued_on")
    check_expiry(issued_on, expires_on)
    with transaction.atomic():
        locked = active_worker(worker, actor)
        if locked.certificates.filter(level=level).exists():
            raise Conflict(f"已登记过{Certificate(level).label}，有效期有变的请办理续登。")
        row = WorkerCertificate.objects.create(worker=locked, level=level, issued_on=issued_on, expires_on=expires_on)
        data = {"level": row.get_level_display(), "since": issued_on.isoformat()}
        history.record(locked, events.CERTIFICATE_ADDED, actor=actor, data=data)
    return row


def certificate_renew(*, certificate: WorkerCertificate, actor: Any, expires_on: date) -> WorkerCertificate:
    """The registration of a certificate holds until a later day (登记有效期)."""
    with transaction.atomic():
        locked, row = _locked_certificate(certificate, actor)
        check_expiry(row.issued_on, expires_on)
        if row.expires_on != expires_on:
            since = min(day for day in (row.expires_on, expires_on) if day is not None)
            data = {"level": row.get_level_display(), "until": expires_on.isoformat(), "since": since.isoformat()}
            row.expires_on = expires_on
            row.save(update_fields=["expires_on"])
            history.record(locked, events.CERTIFICATE_RENEWED, actor=actor, data=data)
    return row


def certificate_remove(*, certificate: WorkerCertificate, actor: Any, reason: str) -> Worker:
    """Take away a certificate entered by mistake or revoked; the reason is on the record."""
    reason = _reason(reason, "请写明删除的理由")
    with transaction.atomic():
        locked, row = _locked_certificate(certificate, actor)
        data = {"level": row.get_level_display(), "reason": reason, "since": row.issued_on.isoformat()}
        row.delete()
        history.record(locked, events.CERTIFICATE_REMOVED, actor=actor, data=data)
    return locked


def _locked_certificate(certificate: WorkerCertificate, actor: Any) -> tuple[Worker, WorkerCertificate]:
    """The worker under the lock, then the certificate re-read; gone: 404."""
    locked = active_worker(Worker(pk=certificate.worker_id), actor)
    row = locked.certificates.filter(pk=certificate.pk).first()
    if row is None:
        raise Http404
    return locked, row


# --- filing, account


def secretary_file(*, worker: Worker, actor: Any, filed_on: date) -> Worker:
    """A secretary has been filed with the county's organisation department (县级备案)."""
    with transaction.atomic():
        locked = active_worker(worker, actor)
        if not is_secretary(locked):
            raise Invalid("只有社区党组织书记（正职或一肩挑）需要县级备案，请先核对职务和党内职务。", "filed_on")
        if not locked.entered_on <= filed_on <= timezone.localdate():
            raise Invalid("备案日期不能早于入职日期，也不能晚于今天。", "filed_on")
        if filed_on != locked.filed_on:
            locked.filed_on = filed_on
            data = {"day": filed_on.isoformat()}
            history.record(locked, events.SECRETARY_FILED, actor=actor, data=data, fields=["filed_on"])
    return locked


def is_secretary(worker: Worker) -> bool:
    """Whose appointment is filed with the county: the community's party secretary."""
    return worker.rank == Rank.BOTH_HEADS or worker.party_role == PartyRole.SECRETARY


def account_link(*, worker: Worker, actor: Any, user: Any = None) -> Worker:
    """Say which account of the unit or above is the worker's own (a key, an account, or none)."""
    with transaction.atomic():
        locked = active_worker(worker, actor)
        account = _account(user, locked)
        if account is not None:
            other = Worker.objects.filter(user=account).exclude(pk=locked.pk).first()
            if other is not None:
                raise Conflict(f"这个账号已经关联 {other.number}，请先取消那边的关联。")
        if locked.user_id != (account.pk if account else None):
            locked.user = account
            data = {"account": account.username if account else "取消关联"}
            history.record(locked, events.WORKER_LINKED, actor=actor, data=data, fields=["user"])
    return locked


def _account(user: Any, worker: Worker) -> Any:
    key = str(getattr(user, "pk", user) or "")
    if not key:
        return None
    if key == str(worker.user_id):
        return worker.user  # who has moved to another seat keeps the own page
    found = accounts_at(worker.unit).filter(pk=int(key)).first() if key.isdecimal() else None
    if found is None:
        raise Invalid("这个账号不在其所属单位或上级任职，请重新选择。", "user")
    return found


# --- looking


def person_reveal(*, worker: Worker, actor: Any, field: str, reason: str) -> str:
    """The clear text of one personal field, written to the history before it is shown (PIPL art. 51)."""
    if field not in PERSON_FIELDS:
        raise Invalid("没有这一项信息。", "field")
    reason = _reason(reason, "请写明查看理由，例如“核对社保信息”")
    with transaction.atomic():
        locked = locked_worker(worker, actor, permissions.REVEAL)
        value = str(getattr(locked.person, field))
        data = {"field": PERSON_FIELDS[field], "reason": reason}
        history.record(locked, events.WORKER_REVEALED, actor=actor, data=data)
    return value


def _reason(text: str, ask: str) -> str:
    reason = one_line(text, MAX_REASON, "理由", "reason")
    if len(reason) < MIN_REASON:
        raise Invalid(f"{ask}（{MIN_REASON} 至 {MAX_REASON} 字）。", "reason")
    return reason
