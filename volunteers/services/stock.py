"""Stock of a product: changed only here, each change a row of its own; the rows add up to the stock."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from common import events as history
from common.errors import Conflict, Invalid
from volunteers import events, permissions
from volunteers.choices import RedemptionState, StockReason
from volunteers.models import Product, Redemption, StockMove
from volunteers.services.locks import locked

MOST_PIECES = 100_000


def move_stock(
    product: Product,
    change: int,
    reason: StockReason,
    *,
    actor: Any = None,
    note: str = "",
    redemption: Redemption | None = None,
    submission: UUID | None = None,
) -> None:
    """Change the stock of a product whose lock the caller holds; nothing for one without limit.

    Raises ``Conflict`` when fewer are left than are wanted.
    """
    if product.stock is None or change == 0:
        return
    if product.stock + change < 0:
        raise Conflict(f"“{product.name}”库存不足：只剩 {product.stock} 件，需要 {-change} 件。")
    product.stock += change
    at = timezone.now()
    words = f"{reason.label}（{note}）" if note else str(reason.label)
    data = {"reason": words, "change": f"{change:+d}", "stock": product.stock}
    history.record(
        product, events.STOCK_MOVED, actor=actor, at=at, fields=["stock"], data=history.keyed(data, submission)
    )
    StockMove.objects.create(
        product=product, change=change, reason=reason, note=note[:120], redemption=redemption, at=at, by=actor
    )


def stock_receive(
    *, product: Product, actor: Any, quantity: int, note: str = "", submission: UUID | None = None
) -> Product:
    """Goods have come in; once for each ``submission``."""
    _check_pieces(quantity, least=1)
    with transaction.atomic():
        row = locked(product, actor, permissions.SHOPKEEP)
        _check_counted(row)
        if history.was_submitted(row, events.STOCK_MOVED, submission):
            return row
        move_stock(row, quantity, StockReason.RECEIVED, actor=actor, note=note.strip(), submission=submission)
    return row


def stock_count(*, product: Product, actor: Any, counted: int, note: str) -> Product:
    """What was counted on the shelf, pieces kept for redemptions included, becomes the stock.

    Raises ``Invalid`` when fewer were counted than are kept for people who have paid for them.
    """
    note = note.strip()
    if not note:
        raise Invalid("请写明盘点的情况。", "note")
    _check_pieces(counted, least=0)
    with transaction.atomic():
        row = locked(product, actor, permissions.SHOPKEEP)
        _check_counted(row)
        kept = kept_for_redemptions(row)
        if counted < kept:
            raise Invalid(f"盘点数 {counted} 少于已兑换待领取的 {kept} 件，请先取消部分兑换再调整。", "counted")
        move_stock(row, counted - kept - (row.stock or 0), StockReason.COUNTED, actor=actor, note=note)
    return row


def kept_for_redemptions(product: Product) -> int:
    """Pieces on the shelf that already belong to somebody."""
    waiting = Redemption.objects.filter(product=product, state=RedemptionState.RESERVED)
    return waiting.aggregate(sum=Sum("quantity"))["sum"] or 0


def _check_pieces(number: int, least: int) -> None:
    if not least <= number <= MOST_PIECES:
        raise Invalid(f"数量应在 {least} 至 {MOST_PIECES:,} 之间。")


def _check_counted(product: Product) -> None:
    if product.stock is None:
        raise Invalid(f"“{product.name}”不限数量，没有库存。")
