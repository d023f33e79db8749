"""Point shops and what they offer (江源, 蛟河): opened, changed, priced, pictured, closed."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.utils import timezone

from common import events as history
from common.errors import Conflict, Invalid, Refused
from common.scope import scope_of
from common.uploads import PICTURES, check_file, store
from grid.models import Unit
from grid.querysets import covers
from volunteers import events, permissions
from volunteers.choices import ProductKind, StockReason
from volunteers.models import Price, Product, Programme, Provider, Redemption, Shop
from volunteers.services.locks import locked
from volunteers.services.stock import MOST_PIECES, move_stock

CENT = Decimal("0.01")
MOST_POINTS = Decimal("100000")


def shop_create(
    *,
    actor: Any,
    name: str,
    unit: Unit,
    programme: Programme,
    provider: Provider | None = None,
    address: str = "",
    hours: str = "",
) -> Shop:
    """Open a shop of a unit; with ``provider`` its operators serve the counter."""
    if not covers(scope_of(actor).holding(permissions.SHOP), unit):
        raise Refused(f"您不能为“{unit.name}”开设积分超市，请选择本人所在的单位。")
    shop = Shop(
        name=_name(name),
        unit=unit,
        programme=programme,
        provider=provider,
        address=address.strip(),
        hours=hours.strip(),
    )
    with transaction.atomic():
        _save_shop(shop, events.SHOP_CREATED, actor, {"name": shop.name})
    return shop


def shop_change(
    *, shop: Shop, actor: Any, name: str, provider: Provider | None = None, address: str = "", hours: str = ""
) -> Shop:
    """Change what people read about a shop, or who runs it. The programme stays: accounts hang on it."""
    with transaction.atomic():
        row = locked(shop, actor, permissions.SHOP)
        values = {"name": _name(name), "provider": provider, "address": address.strip(), "hours": hours.strip()}
        changed = _apply(row, values)
        # The month's sheet asks the shop whom to pay: what was handed out stays with whoever did it.
        if "provider" in changed and Redemption.objects.filter(shop=row).exists():
            raise Conflict("这家积分超市已有兑换记录，不能更换经营单位，请停止营业后新开一家。")
        if changed:
            _save_shop(row, events.SHOP_CHANGED, actor, {"changes": _words(row, changed)}, changed)
    return row


def shop_close(*, shop: Shop, actor: Any, reason: str) -> Shop:
    """Nothing can be redeemed any more; what is reserved is still handed out."""
    reason = _given(reason, "请写明停止营业的原因。")
    with transaction.atomic():
        row = locked(shop, actor, permissions.SHOP)
        if not row.is_active:
            raise Conflict("这家积分超市已经停止营业。")
        row.is_active = False
        history.record(row, events.SHOP_CLOSED, actor=actor, data={"reason": reason}, fields=["is_active"])
    return row


def shop_reopen(*, shop: Shop, actor: Any) -> Shop:
    with transaction.atomic():
        row = locked(shop, actor, permissions.SHOP)
        if row.is_active:
            raise Conflict("这家积分超市正在营业。")
        row.is_active = True
        _save_shop(row, events.SHOP_REOPENED, actor, {}, ["is_active"])
    return row


# --- products


def product_create(
    *,
    actor: Any,
    shop: Shop,
    name: str,
    kind: str,
    points: Decimal,
    value: Decimal,
    about: str = "",
    stock: int | None = None,
    most_per_month: int | None = None,
    picture: Any = None,
) -> Product:
    """Offer something. Goods always have a stock; a service or credit without one has no limit."""
    if kind == ProductKind.GOODS and stock is None:
        raise Invalid("实物应填写现有库存，没有到货的填 0。", "stock")
    if stock is not None and not 0 <= stock <= MOST_PIECES:
        raise Invalid(f"库存应在 0 至 {MOST_PIECES:,} 之间。", "stock")
    _check_price(points, value)
    content_type = check_file(picture, PICTURES, "picture") if picture else ""
    with transaction.atomic():
        shop = locked(shop, actor, permissions.SHOP)
        if not shop.is_active:
            raise Conflict("这家积分超市已停止营业，不能上架商品。")
        if Product.objects.filter(shop=shop, name=_name(name), kind=kind, is_active=True).exists():
            raise Conflict(f"这家积分超市已有“{_name(name)}”，没有重复上架。进货请在商品页面登记。")
        product = Product(
            shop=shop, name=_name(name), kind=kind, about=about.strip(), points=points, value=value,
            stock=None if stock is None else 0, most_per_month=most_per_month,
        )  # fmt: skip
        if picture:
            product.picture = store(picture, "products", content_type).key
        history.record(
            product, events.PRODUCT_CREATED, actor=actor,
            data={"name": product.name, "points": f"{points:f}", "value": f"{value:f}"},
        )  # fmt: skip
        _keep_price(product, actor)
        move_stock(product, stock or 0, StockReason.RECEIVED, actor=actor, note="上架时的库存")
    return product


def product_change(
    *, product: Product, actor: Any, name: str, about: str, most_per_month: int | None, is_active: bool
) -> Product:
    """Change what people read about a product, its limit, or whether it is offered."""
    with transaction.atomic():
        row = locked(product, actor, permissions.SHOP)
        values = {
            "name": _name(name), "about": about.strip(), "most_per_month": most_per_month, "is_active": is_active,
        }  # fmt: skip
        changed = _apply(row, values)
        if changed:
            history.record(
                row, events.PRODUCT_CHANGED, actor=actor, data={"changes": _words(row, changed)}, fields=changed
            )
    return row


def product_price(*, product: Product, actor: Any, points: Decimal, value: Decimal) -> Product:
    """A new price from now on. What was redeemed before keeps its own."""
    _check_price(points, value)
    with transaction.atomic():
        row = locked(product, actor, permissions.SHOP)
        before = {"points_before": f"{row.points:f}", "value_before": f"{row.value:f}"}
        if (row.points, row.value) == (points, value):
            raise Conflict("价格没有变化。")
        row.points, row.value = points, value
        data = {**before, "points": f"{points:f}", "value": f"{value:f}"}
        history.record(row, events.PRODUCT_PRICED, actor=actor, data=data, fields=["points", "value"])
        _keep_price(row, actor)
    return row


def product_picture(*, product: Product, actor: Any, picture: Any, submission: UUID | None = None) -> Product:
    """Another picture instead of the present one; once for each ``submission``."""
    content_type = check_file(picture, PICTURES, "picture")
    with transaction.atomic():
        row = locked(product, actor, permissions.SHOP)
        if history.was_submitted(row, events.PRODUCT_CHANGED, submission):
            return row
        before = row.picture.name
        row.picture = store(picture, "products", content_type).key
        data = history.keyed({"changes": "图片"}, submission)
        history.record(row, events.PRODUCT_CHANGED, actor=actor, data=data, fields=["picture"])
        if before:
            transaction.on_commit(lambda: default_storage.delete(before))
    return row


# --- parts


def _save_shop(shop: Shop, event: str, actor: Any, data: dict[str, Any], fields: Iterable[str] = ()) -> None:
    try:
        with transaction.atomic():
            history.record(shop, event, actor=actor, data=data, fields=fields)
    except IntegrityError as error:
        if "shop_name_in_unit" in str(error):
            raise Conflict(f"“{shop.unit.name}”已有名为“{shop.name}”的积分超市，请换一个名称。") from error
        raise


def _apply(row: Any, values: dict[str, Any]) -> list[str]:
    """Set the values that differ; their names."""
    changed = [name for name, value in values.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, values[name])
    return changed


def _words(row: Any, names: Iterable[str]) -> str:
    return "、".join(str(row._meta.get_field(name).verbose_name) for name in names)


def _keep_price(product: Product, actor: Any) -> None:
    Price.objects.create(
        product=product, points=product.points, value=product.value, valid_from=timezone.now(), changed_by=actor
    )


def _check_price(points: Decimal, value: Decimal) -> None:
    """Points are no money and are never sold: what a thing costs in yuan is only the supplier's price."""
    if not (points.is_finite() and 0 < points <= MOST_POINTS and points == points.quantize(CENT)):
        raise Invalid("所需积分应大于 0，最多两位小数。", "points")
    if not (value.is_finite() and 0 <= value <= MOST_POINTS and value == value.quantize(CENT)):
        raise Invalid("结算价应不小于 0，最多两位小数。", "value")


def _name(text: str) -> str:
    return _given(text, "请填写名称。", "name")


def _given(text: str, sentence: str, field: str = "reason") -> str:
    text = text.strip()
    if not text:
        raise Invalid(sentence, field)
    return text
