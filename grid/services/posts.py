"""Who holds which post of a unit: taking and leaving office."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.http import Http404
from django.utils import timezone

from common import events as history
from common.errors import Conflict, Invalid, Refused
from common.scope import scope_of
from grid import events, permissions, policies
from grid.models import PostHolding, Unit

NAME_LENGTH = 40
EARLIEST = date(1949, 10, 1)


def post_take(
    *,
    unit: Unit,
    actor: Any,
    post: str,
    name: str,
    first_day: date | None = None,
    seat: int | None = None,
    user: Any = None,
) -> PostHolding:
    """Somebody takes a seat of a post (双三长, 一职两备: up to two seats, by the profile).

    ``seat=None`` takes the first that is free. ``name`` is what is put on the notice board. Raises
    ``Invalid`` for a post the level does not have, ``Conflict`` when the seat is held on that day.
    """
    day = first_day or timezone.localdate()
    with transaction.atomic():
        unit = _locked_unit(unit, actor)
        rule = policies.post_rule(unit.level, post)
        if rule is None:
            raise Invalid(f"{policies.level_word(unit.level)}没有设这个岗位。", "post")
        if not unit.is_active:
            raise Invalid(f"“{unit}”已经停用，不能再安排人员。", "unit")
        if seat is not None and not 1 <= seat <= rule.seats:
            raise Invalid(f"“{rule.title}”只设 {rule.seats} 个席位。", "seat")
        _check_day(day)
        seat = seat or _free_seat(unit, rule, day)
        holding = PostHolding(
            unit=unit, post=post, seat=seat, user=user, name=_person(name, user), first_day=day, last_day=None
        )
        _refuse_held(holding, rule.title)
        _refuse_twice(holding, rule.title)
        data = {"name": holding.name, "unit": unit.name, "post": rule.title, "seat": seat, "from": day.isoformat()}
        try:
            with transaction.atomic():
                history.record(holding, events.POST_TAKEN, actor=actor, data=data)
        except IntegrityError as error:
            if "post_seat_held_once" not in str(error):
                raise
            raise Conflict(f"“{unit}”的“{rule.title}”第 {seat} 席刚刚由别人登记，请刷新后查看。") from error
    return holding


def post_leave(*, holding: PostHolding, actor: Any, last_day: date | None = None) -> PostHolding:
    """The last day in office of a holder, today unless given. ``Conflict`` when already ended."""
    day = last_day or timezone.localdate()
    with transaction.atomic():
        _locked_unit(holding.unit, actor)
        holding = PostHolding.objects.select_for_update(of=("self",)).select_related("unit").get(pk=holding.pk)
        if holding.last_day is not None:
            raise Conflict(f"{holding.name} 已于 {holding.last_day:%Y-%m-%d} 免职。")
        if day < holding.first_day:
            raise Invalid(f"免职日期不能早于任职日期 {holding.first_day:%Y-%m-%d}。", "last_day")
        if day > timezone.localdate():
            raise Invalid("免职日期不能晚于今天。", "last_day")
        end_post(holding, day, actor)
    return holding


def end_post(holding: PostHolding, last_day: date, actor: Any) -> None:
    """Write the end of a locked holding. The caller has checked the day and holds the transaction."""
    holding.last_day = last_day
    rule = policies.post_rule(holding.unit.level, holding.post)
    data = {
        "name": holding.name, "unit": holding.unit.name, "until": last_day.isoformat(),
        "post": rule.title if rule else holding.get_post_display(),
    }  # fmt: skip
    history.record(holding, events.POST_LEFT, actor=actor, data=data, fields=["last_day"])


# --- parts


def _locked_unit(unit: Unit, actor: Any) -> Unit:
    """The unit's row, locked, so that seats are counted by one person at a time; checks the actor."""
    rows = Unit.objects.all() if actor is None else Unit.objects.visible_to(actor)
    found = rows.select_for_update(of=("self",), no_key=True).filter(pk=unit.pk).first()
    if found is None:
        raise Http404
    if actor is None or Unit.objects.visible_to(actor, permissions.POST_MANAGE).filter(pk=found.pk).exists():
        return found
    if not scope_of(actor).may(permissions.POST_MANAGE):
        raise Refused("您的岗位没有维护岗位人员的权限，如有需要请联系系统管理员。")
    raise Refused(f"“{found}”不在您负责维护的范围内。")


def _check_day(day: date) -> None:
    if day > timezone.localdate():
        raise Invalid("任职日期不能晚于今天。", "first_day")
    if day < EARLIEST:
        raise Invalid("任职日期过早，请检查年份。", "first_day")


def _person(name: str, user: Any) -> str:
    name = " ".join(name.replace("\x00", "").split()) or (user.display_name if user else "")
    if not name:
        raise Invalid("请填写姓名。", "name")
    if len(name) > NAME_LENGTH:
        raise Invalid(f"姓名最多 {NAME_LENGTH} 字。", "name")
    return name


def _from(day: date) -> Q:
    """Holdings that reach into the time from ``day`` on."""
    return Q(last_day=None) | Q(last_day__gte=day)


def _free_seat(unit: Unit, rule: policies.PostRule, day: date) -> int:
    held = set(PostHolding.objects.filter(_from(day), unit=unit, post=rule.key).values_list("seat", flat=True))
    free = next((seat for seat in range(1, rule.seats + 1) if seat not in held), None)
    if free is None:
        raise Conflict(f"“{unit}”的“{rule.title}”共 {rule.seats} 个席位，{day:%Y-%m-%d} 起都有人任职，请先办理免职。")
    return free


def _refuse_held(holding: PostHolding, title: str) -> None:
    other = PostHolding.objects.filter(
        _from(holding.first_day), unit=holding.unit, post=holding.post, seat=holding.seat
    ).first()
    if other is not None:
        until = f"至 {other.last_day:%Y-%m-%d}" if other.last_day else "至今"
        raise Conflict(
            f"“{holding.unit}”的“{title}”第 {holding.seat} 席由 {other.name} 任职（{other.first_day:%Y-%m-%d} {until}），时间重叠。"
        )


def _refuse_twice(holding: PostHolding, title: str) -> None:
    """One person does not hold both seats of one post: the second seat is the stand-in.

    Without accounts the name is all there is to know a person by; it also catches a form sent twice.
    """
    same = Q(user=holding.user) if holding.user is not None else Q(name=holding.name)
    both = PostHolding.objects.filter(_from(holding.first_day), same, unit=holding.unit, post=holding.post)
    if both.exists():
        hint = "" if holding.user is not None else "同名的另一个人请在姓名后注明，如“王芳（大）”。"
        raise Conflict(f"{holding.name} 已经担任“{holding.unit}”的“{title}”，不能同时占两个席位。{hint}")
