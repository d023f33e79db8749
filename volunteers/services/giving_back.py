"""Redemptions that come to nothing: cancelled, lapsed, returned. Points go back by a counter-entry."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from common.errors import Invalid, Refused
from volunteers.choices import EntryKind, RedemptionState, StockReason, VolunteerState
from volunteers.models import Entry, Product, Redemption, Volunteer
from volunteers.services.ledger import post, reversal
from volunteers.services.redemptions import lock_product, lock_volunteer
from volunteers.services.stock import move_stock
from volunteers.workflow.redemptions import REDEMPTION_FLOW

BATCH = 500
OWN_REASON = "本人取消"


@REDEMPTION_FLOW.service("cancel")
def redemption_cancel(*, redemption: Redemption, actor: Any, note: str) -> Redemption:
    """The shop keeper calls a reservation off."""
    note = _given(note)
    with _locks_of(redemption) as product, REDEMPTION_FLOW.step("cancel", redemption, actor) as step:
        step.set(ended_at=step.at)
        step.data.update(by="店方", reason=note, points=f"{step.object.points:f}")
        _put_back(step.object, product, actor=actor, reason=f"取消：{note}")
    return step.object


def redemption_cancel_own(*, volunteer: Volunteer, redemption: Redemption) -> Redemption:
    """The volunteer calls the own reservation off. A second time changes nothing."""
    with _locks_of(redemption) as product:
        row = Redemption.objects.select_for_update().get(pk=redemption.pk, volunteer=volunteer)
        if row.state == RedemptionState.CANCELLED:
            return row
        with REDEMPTION_FLOW.open_step("cancel", row) as step:
            step.set(ended_at=step.at)
            step.data.update(by="志愿者", reason=OWN_REASON, points=f"{row.points:f}")
            _put_back(row, product, actor=None, reason=OWN_REASON)
    return row


@REDEMPTION_FLOW.service("lapse")
def redemption_lapse(*, redemption: Redemption, actor: Any) -> Redemption:
    """The time it was kept for is over; the sweep does the same by itself."""
    with _locks_of(redemption) as product, REDEMPTION_FLOW.step("lapse", redemption, actor) as step:
        step.set(ended_at=step.at)
        step.data["points"] = f"{step.object.points:f}"
        _put_back(step.object, product, actor=actor, reason="逾期未领")
    return step.object


@REDEMPTION_FLOW.service("return")
def redemption_return(*, redemption: Redemption, actor: Any, note: str, to_stock: bool) -> Redemption:
    """Goods come back: to the stock, or written off. A settled one is deducted from this month's sheet."""
    note = _given(note)
    with _locks_of(redemption) as product, REDEMPTION_FLOW.step("return", redemption, actor) as step:
        if step.object.volunteer.state == VolunteerState.ERASED:
            raise Refused("志愿者已注销，没有可以退回积分的账户，不能退货。")
        step.set(ended_at=step.at)
        goods = "放回库存" if to_stock else "报损"
        step.data.update(reason=note, goods=goods, points=f"{step.object.points:f}")
        _points_back(step.object, actor=actor, reason=f"退货：{note}")
        if to_stock:
            _stock_back(step.object, product, StockReason.RETURNED, actor)
    return step.object


# --- the sweep


def lapse_due(now: datetime | None = None) -> int:
    """Let everything lapse that was kept for too long; how many did. Repeatable, and any number may run at once."""
    now = now or timezone.now()
    total = 0
    last = 0
    while True:
        due = Redemption.objects.filter(state=RedemptionState.RESERVED, keep_until__lt=now, pk__gt=last)
        keys = list(due.order_by("pk").values_list("pk", "volunteer_id", "product_id")[:BATCH])
        if not keys:
            return total
        total += sum(_lapse_one(*key, now=now) for key in keys)
        last = keys[-1][0]


def _lapse_one(pk: int, volunteer: int, product: int, *, now: datetime) -> bool:
    """One redemption in a transaction of its own; whoever is being served at this moment comes next time."""
    with transaction.atomic():
        if not Volunteer.objects.select_for_update(skip_locked=True, no_key=True).filter(pk=volunteer).exists():
            return False
        goods = lock_product(product)
        row = Redemption.objects.select_for_update().get(pk=pk)
        if row.state != RedemptionState.RESERVED or row.keep_until >= now:
            return False
        with REDEMPTION_FLOW.open_step("lapse", row) as step:
            step.set(ended_at=step.at)
            step.data["points"] = f"{row.points:f}"
            _put_back(row, goods, actor=None, reason="逾期未领")
    return True


# --- parts


@contextmanager
def _locks_of(redemption: Redemption) -> Iterator[Product]:
    """Volunteer and product under their locks, in the order of everybody, inside a transaction."""
    with transaction.atomic():
        lock_volunteer(redemption.volunteer_id)
        yield lock_product(redemption.product_id)


def _put_back(row: Redemption, product: Product, *, actor: Any, reason: str) -> None:
    """A reservation is undone: the pieces are free again, the points are back."""
    _stock_back(row, product, StockReason.RELEASED, actor)
    _points_back(row, actor=actor, reason=reason)


def _stock_back(row: Redemption, product: Product, reason: StockReason, actor: Any) -> None:
    move_stock(product, row.quantity, reason, actor=actor, redemption=row)


def _points_back(row: Redemption, *, actor: Any, reason: str) -> None:
    spent = Entry.objects.get(redemption=row, kind=EntryKind.REDEEM)
    post([reversal(spent, actor=actor, reason=reason, redemption=row)])


def _given(note: str) -> str:
    note = note.strip()
    if not note:
        raise Invalid("请写明原因。", "note")
    return note
