"""Redeeming points: product, stock and points change hands in one transaction, once per request.

Locks are taken in one order by everybody: volunteer → product → redemption → accounts. The price is that
of the moment; points move at once, the goods when the one-time code is shown.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from common import codes
from common import events as history
from common.decisions import Denied
from common.errors import Conflict, Invalid, Refused
from common.series import next_number
from volunteers import events
from volunteers.choices import (
    TAKEN_REDEMPTION_STATES,
    EntryKind,
    ProductKind,
    StockReason,
    VolunteerState,
)
from volunteers.models import Product, Redemption, Volunteer
from volunteers.rules import PointsRule, points_rule
from volunteers.services.ledger import Movement, person_account, post, shop_account
from volunteers.services.points import may_redeem
from volunteers.services.stock import move_stock

PICK_UP = "pick-up"
CODE_LENGTH = 8  # 40 bits, one reservation long, and wrong ones are counted
MOST_PIECES = 99
ACCOUNT_NUMBER = re.compile(r"[0-9A-Za-z-]{2,40}")


@dataclass(frozen=True)
class Redeemed:
    """A redemption (for a repeated request the one made before) and its pick-up code."""

    redemption: Redemption
    code: str
    repeated: bool = False


def redeem(
    *,
    volunteer: Volunteer,
    product: Product,
    request_key: uuid.UUID,
    quantity: int = 1,
    account_number: str = "",
    actor: Any = None,
) -> Redeemed:
    """Reserve a product and move its points from the volunteer to the shop.

    ``actor`` is the shop keeper, or nobody on the volunteer's own page. A repeated ``request_key`` hands
    the first redemption back. Raises ``Invalid``, ``Refused`` or ``Conflict`` with the reason; nothing is
    written then.
    """
    key = codes.own_request_key(f"redemption:{volunteer.pk}", request_key)
    with transaction.atomic():
        volunteer = lock_volunteer(volunteer.pk)
        earlier = Redemption.objects.filter(request_key=key).first()
        if earlier is not None:
            return Redeemed(earlier, code_of(earlier), repeated=True)
        _check_volunteer(volunteer)
        product = lock_product(product.pk)
        now = timezone.now()
        rule = points_rule(timezone.localdate(now))
        _check_product(product, volunteer, now)
        _check_quantity(product, volunteer, quantity, now)
        redemption = _new(volunteer, product, quantity, _account_number(product, account_number), rule, key, now)
        _write(redemption, product, rule, actor)
    return Redeemed(redemption, code_of(redemption))


def lock_volunteer(pk: int) -> Volunteer:
    return Volunteer.objects.select_for_update(of=("self",), no_key=True).select_related("unit").get(pk=pk)


def lock_product(pk: int) -> Product:
    rows = Product.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("shop__unit", "shop__programme", "shop__provider").get(pk=pk)


def code_of(redemption: Redemption) -> str:
    """The pick-up code; it follows from the request's key, only its hash is stored."""
    assert redemption.request_key is not None, "every redemption has the key of its request"
    return codes.code_of(redemption.request_key, PICK_UP, CODE_LENGTH)


def code_hash(code: str) -> bytes:
    """Hash of a code as it was typed or scanned: blanks and dashes do not count."""
    return codes.code_hash(re.sub(r"[\s-]", "", code)[:40], PICK_UP)


def account_numbers_clear(*, volunteer: Volunteer, actor: Any) -> None:
    """The households' numbers with the property firm go with the person; points and settlement stay as they are.

    Belongs in the transaction that erases the volunteer, under the volunteer's lock.
    """
    rows = Redemption.objects.filter(volunteer=volunteer).exclude(account_number="")
    for row in rows.select_for_update().order_by("pk"):
        row.account_number = ""
        history.record(row, events.ACCOUNT_NUMBER_CLEARED, actor=actor, fields=["account_number"])


def _check_volunteer(volunteer: Volunteer) -> None:
    if volunteer.state != VolunteerState.ACTIVE:
        raise Refused("不在册的志愿者不能兑换积分，请联系所在社区。")


def _check_product(product: Product, volunteer: Volunteer, now: datetime) -> None:
    shop = product.shop
    if shop.unit.code not in volunteer.unit.path_codes:
        raise Refused(f"“{shop.name}”只面向{shop.unit.name}的志愿者，请选择本社区的积分超市。")
    if not product.is_active:
        raise Conflict(f"“{product.name}”已下架，请选择其他商品。")
    if not (shop.is_active and shop.programme.is_active) or (shop.provider and not shop.provider.is_active):
        raise Conflict(f"“{shop.name}”已停止营业，请选择其他积分超市。")
    decision = may_redeem(volunteer, shop.programme, timezone.localdate(now))
    if isinstance(decision, Denied):
        raise Refused(decision.reason)


def _check_quantity(product: Product, volunteer: Volunteer, quantity: int, now: datetime) -> None:
    if not 1 <= quantity <= MOST_PIECES:
        raise Invalid(f"数量应在 1 至 {MOST_PIECES} 之间。", "quantity")
    if product.stock is not None and product.stock < quantity:
        left = f"只剩 {product.stock} 件" if product.stock else "已兑完"
        raise Conflict(f"“{product.name}”{left}，请减少数量或选择其他商品。")
    most = product.most_per_month
    if most is None:
        return
    taken = taken_this_month(product, volunteer, now)
    if taken + quantity > most:
        raise Refused(f"“{product.name}”每人每月最多兑换 {most} 件，本月已兑换 {taken} 件。")


def taken_this_month(product: Product, volunteer: Volunteer, now: datetime) -> int:
    """Pieces of a product that a volunteer has reserved or collected since the first of the month."""
    first = timezone.localtime(now).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    rows = Redemption.objects.filter(
        product=product, volunteer=volunteer, reserved_at__gte=first, state__in=TAKEN_REDEMPTION_STATES
    )
    return rows.aggregate(sum=Sum("quantity"))["sum"] or 0


def _account_number(product: Product, text: str) -> str:
    if product.kind != ProductKind.PROPERTY_FEE:
        return ""
    text = text.strip()
    if not ACCOUNT_NUMBER.fullmatch(text):
        raise Invalid("请填写物业费户号，只用字母、数字和短横，可在缴费单上找到。", "account_number")
    return text


def _new(
    volunteer: Volunteer,
    product: Product,
    quantity: int,
    account_number: str,
    rule: PointsRule,
    key: uuid.UUID,
    now: datetime,
) -> Redemption:
    code = codes.code_of(key, PICK_UP, CODE_LENGTH)
    return Redemption(
        shop=product.shop, product=product, volunteer=volunteer, quantity=quantity, points=product.points * quantity,
        value=product.value * quantity, account_number=account_number, reserved_at=now,
        keep_until=_end_of_day(now, rule.keep_days), code_hash=code_hash(code), request_key=key,
    )  # fmt: skip


def _end_of_day(now: datetime, days: int) -> datetime:
    """Kept for whole days: until the last second of the last of them."""
    return timezone.localtime(now).replace(hour=23, minute=59, second=59, microsecond=0) + timedelta(days=days)


def _write(redemption: Redemption, product: Product, rule: PointsRule, actor: Any) -> None:
    day = timezone.localdate(redemption.reserved_at)
    # Others wait for the series until the end of this transaction: what can be refused without it comes before.
    redemption.number = f"DH{day:%Y%m%d}{next_number(f'redemption:{day:%Y%m%d}'):04d}"
    history.record(
        redemption, events.REDEEMED, actor=actor, at=redemption.reserved_at,
        data={"product": product.name, "quantity": redemption.quantity, "points": f"{redemption.points:f}"},
    )  # fmt: skip
    move_stock(product, -redemption.quantity, StockReason.RESERVED, actor=actor, redemption=redemption)
    programme = product.shop.programme
    post([
        Movement(
            person_account(redemption.volunteer, programme), shop_account(product.shop), redemption.points,
            EntryKind.REDEEM, day, f"{product.name} × {redemption.quantity}", f"redeem:{redemption.pk}", actor=actor,
            policy=rule.policy, redemption=redemption,
        )
    ])  # fmt: skip
