"""What the services of the roster share: the lock, units that take people, one person one number, checks of what is typed."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.http import Http404
from django.utils import timezone

from common import identity, profile
from common.crypto import lookup_hashes
from common.errors import Conflict, Invalid, Refused
from common.scope import scope_of
from grid.choices import Level
from grid.models import Unit
from grid.querysets import covers
from grid.services.tree import locked as locked_units
from staff import permissions
from staff.choices import PostKind, WorkerState
from staff.models import StaffPost, Worker, WorkerPerson

SERIES = "staff.worker"
SEATS = (Level.STREET, Level.COMMUNITY, Level.GRID)
EARLIEST = date(1960, 1, 1)
LONGEST = 60  # years a registration may hold
AHEAD = timedelta(days=92)  # how far ahead an entry or a transfer may be written down


def number_of(running: int) -> str:
    return f"{profile.current().code}S{running:05d}"


# --- locks


def locked_worker(worker: Worker, actor: Any, permission: str = permissions.MANAGE) -> Worker:
    """The worker re-read under its lock, with its unit.

    Raises ``Http404`` outside the scope, ``Refused`` without the permission there.
    """
    rows = Worker.objects.visible_to(actor).select_for_update(of=("self",)).select_related("unit")
    found = rows.filter(pk=worker.pk).first()
    if found is None:
        raise Http404
    if not covers(scope_of(actor).holding(permission), found.unit):
        raise Refused("您的岗位没有管理这名社区工作者的权限，如有需要请联系系统管理员。")
    return found


def active_worker(worker: Worker, actor: Any, permission: str = permissions.MANAGE) -> Worker:
    """:func:`locked_worker` of somebody who has not left; ``Conflict`` otherwise."""
    found = locked_worker(worker, actor, permission)
    if found.state != WorkerState.ACTIVE:
        raise Conflict(f"{found} 已离岗，请先办理返岗。")
    return found


def lock_seat(unit: Unit, actor: Any = None, field: str = "unit") -> Unit:
    """The unit re-read under its lock, which a merge takes too: nobody is put into a unit that is going.

    With ``actor``: one they manage workers at. Units are locked before workers.
    """
    found = locked_units([unit.pk]).get(unit.pk)
    if found is None or not found.is_active or found.level not in SEATS:
        raise Invalid(f"“{unit.name}”不能安排社区工作者，请选择街道、社区或网格。", field)
    if actor is not None and not covers(scope_of(actor).holding(permissions.MANAGE), found):
        raise Refused(f"“{unit.name}”不在您的管辖范围内，请由上一级单位办理。")
    return found


# --- posts


def main_post(worker: Worker, on: date) -> StaffPost | None:
    """The post somebody is paid for on a day."""
    return StaffPost.objects.filter(worker=worker, kind=PostKind.MAIN).on(on).select_related("unit").first()


def refuse_overlap(worker: Worker, kind: str, first: date, end: date | None, field: str = "valid_from") -> None:
    """``Invalid`` naming the post of the same kind that a new one would overlap; ``end`` is its first day after."""
    rows = StaffPost.objects.filter(worker=worker, kind=kind).exclude(valid_to__lte=first)
    if end is not None:
        rows = rows.filter(valid_from__lt=end)
    post = rows.select_related("unit").order_by("valid_from").first()
    if post is not None:
        until = f"至 {post.valid_to - timedelta(days=1):%Y-%m-%d}" if post.valid_to else "至今"
        raise Invalid(
            f"与已登记的{post.get_kind_display()}重叠：{post.unit.name}{post.get_rank_display()}，"
            f"{post.valid_from:%Y-%m-%d} {until}。请核对日期，或先办理结束。",
            field,
        )


def check_start(day: date, today: date, field: str = "valid_from") -> None:
    """``Invalid`` for a first day that cannot be meant."""
    if not EARLIEST <= day <= today + AHEAD:
        raise Invalid(f"日期应在 {EARLIEST.year} 年以后，最多提前 {AHEAD.days} 天登记，请核对。", field)


# --- one person, one number


def find_worker(id_number: str, but: int | None = None) -> Worker | None:
    """Whoever has this identity number, on the roster or left."""
    if not id_number:
        return None
    rows = WorkerPerson.objects.exclude(worker=but).filter(id_hash__in=lookup_hashes(id_number, "id_number"))
    found = rows.select_related("worker").first()
    return found.worker if found else None


def refuse_twice(id_number: str, but: int | None = None) -> None:
    known = find_worker(id_number, but)
    if known is not None:
        how = "，请在那个工号办理返岗" if known.state == WorkerState.LEFT else "，不用重复登记"
        raise Conflict(f"这个身份证号已经登记，工号 {known.number}（{known.get_state_display()}）{how}。")


# --- what is typed


def one_line(text: str, most: int, label: str, field: str) -> str:
    """Text without line breaks and doubled spaces, no longer than its column."""
    line = " ".join(text.replace("\x00", "").split())
    if len(line) > most:
        raise Invalid(f"{label}最多 {most} 字，现有 {len(line)} 字，请精简。", field)
    return line


def known_choice(value: str, choices: Any, field: str) -> str:
    if value not in choices.values:
        raise Invalid("请从列表中选择。", field)
    return value


def card_number(text: str, field: str = "bank_account") -> str:
    """Digits of a pay card without spaces; an empty text stays empty."""
    digits = "".join(text.split())
    if digits and not (digits.isascii() and digits.isdigit() and 12 <= len(digits) <= 24):
        raise Invalid("工资卡号应为 12 至 24 位数字，请核对。", field)
    return digits


def check_past(day: date, field: str) -> None:
    """``Invalid`` for a day on which nobody can have got a degree or a certificate."""
    if not EARLIEST <= day <= timezone.localdate():
        raise Invalid("取得日期不能晚于今天，也不能过早。", field)


def check_expiry(issued_on: date, expires_on: date | None) -> None:
    """``Invalid`` for a registration that ends before it began, or too late to be meant."""
    if expires_on is not None and (expires_on <= issued_on or expires_on.year - issued_on.year > LONGEST):
        raise Invalid("有效期应在取得日期之后，请核对。", "expires_on")


def birth_day(number: str, stated: date | None, today: date) -> date:
    """The birth date from a checked identity number or as stated; ``Invalid`` when missing, unlikely or contradicting."""
    born = identity.birth_date_of(number) if number else stated
    if born is None:
        raise Invalid("请填写身份证号；暂时没有的，请填写出生日期。", "id_number")
    if number and stated is not None and stated != born:
        raise Invalid("出生日期与身份证号不一致，请核对。", "birth_date")
    try:
        return identity.check_birth_date(born, today)
    except Invalid as error:
        raise Invalid(error.message, "id_number" if number else "birth_date") from None
