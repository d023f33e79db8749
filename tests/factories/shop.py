"""Shops, products and points to spend, for tests."""

from __future__ import annotations

import base64
import uuid
from dataclasses import dataclass
from decimal import Decimal
from itertools import count
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from common import codes
from volunteers.choices import AccountKind, EntryKind, ProductKind, ProviderKind
from volunteers.models import Account, Entry, Line, Product, Provider, Redemption, Shop, StockMove, Volunteer
from volunteers.services.ledger import Movement, person_account, post, system_account
from volunteers.services.people import ACCESS_CODE
from volunteers.services.redemptions import redeem
from volunteers.services.shop import product_create, shop_create

from .accounts import make_user
from .rules import make_rules
from .volunteers import make_programme, make_volunteer

OWN_CODE = "ABCDEFGH23"
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
_numbers = count(1)


def give_points(volunteer: Volunteer, amount: str, programme: Any = None) -> None:
    """Points out of nowhere, through the ledger."""
    programme = programme or make_programme()
    source, target = system_account(programme, AccountKind.ISSUE), person_account(volunteer, programme)
    gift = Movement(
        source, target, Decimal(amount), EntryKind.EARN, timezone.localdate(), "志愿服务", f"gift:{next(_numbers)}"
    )
    with transaction.atomic():
        post([gift])


def balance_of(volunteer: Volunteer) -> Decimal:
    row = Account.objects.filter(volunteer=volunteer, kind=AccountKind.PERSON).first()
    return (row.balance if row else None) or Decimal(0)


def redeem_some(volunteer: Volunteer, product: Product, **values: Any) -> Redemption:
    return redeem(**{"volunteer": volunteer, "product": product, "request_key": uuid.uuid4(), **values}).redemption


def books_are_true() -> None:
    """Sum zero in the ledger, balance = sum of lines, stock = sum of moves, nothing below zero."""
    lines = list(Line.objects.values_list("account", "amount"))
    assert sum((amount for _, amount in lines), Decimal(0)) == 0
    for account in Account.objects.filter(balance__isnull=False):
        assert account.balance == sum((amount for key, amount in lines if key == account.pk), Decimal(0)) >= 0
    for product in Product.objects.filter(stock__isnull=False):
        changes = StockMove.objects.filter(product=product).values_list("change", flat=True)
        assert product.stock == sum(changes) >= 0


def snapshot() -> tuple[Any, ...]:
    """Everything a redemption writes, to prove that a denied one wrote nothing."""
    return (
        list(Redemption.objects.order_by("pk").values_list("pk", "state", "event_seq")), Entry.objects.count(),
        list(Product.objects.order_by("pk").values_list("pk", "stock", "event_seq")), StockMove.objects.count(),
        list(Account.objects.exclude(balance=None).order_by("pk").values_list("pk", "balance")),
    )  # fmt: skip


@dataclass
class Market:
    """A community's shop run by a provider, its keeper, a volunteer with 20 points, and rice for 5."""

    tree: Any
    manager: User
    keeper: User
    provider: Provider
    shop: Shop
    rice: Product
    volunteer: Volunteer

    def product(self, **values: Any) -> Product:
        defaults = {
            "actor": self.manager, "shop": self.shop, "name": f"商品{next(_numbers)}", "kind": ProductKind.GOODS,
            "points": Decimal("5"), "value": Decimal("8.50"), "stock": 10,
        }  # fmt: skip
        return product_create(**{**defaults, **values})

    def service(self, **values: Any) -> Product:
        return self.product(**{"kind": ProductKind.SERVICE, "stock": None, **values})

    def fee(self, **values: Any) -> Product:
        return self.product(**{"name": "抵扣物业费 10 元", "kind": ProductKind.PROPERTY_FEE, "stock": None, **values})

    def neighbour(self, points: str = "20", **values: Any) -> Volunteer:
        volunteer = make_volunteer(values.pop("unit", self.tree.grid), **values)
        if points != "0":
            give_points(volunteer, points)
        return volunteer


def make_market(tree: Any, staff: dict[str, User], **rules: dict[str, Any]) -> Market:
    make_rules(**rules)
    programme = make_programme()
    manager = staff["community_worker"]
    provider = Provider.objects.create(name="惠民超市", kind=ProviderKind.SHOP, unit=tree.community)
    keeper = make_user("provider", tree.community, username="keeper", display_name="周店主")
    provider.operators.add(keeper)
    shop = shop_create(
        actor=manager, name="江湾积分超市", unit=tree.community, programme=programme, provider=provider,
        address="党群服务中心一楼", hours="周一至周五 9:00–16:00",
    )  # fmt: skip
    rice = product_create(
        actor=manager, shop=shop, name="大米 5 斤", kind=ProductKind.GOODS, points=Decimal("5"), value=Decimal("16.80"),
        stock=10,
    )  # fmt: skip
    volunteer = make_volunteer(tree.grid, access_hash=codes.code_hash(OWN_CODE, ACCESS_CODE))
    give_points(volunteer, "20")
    return Market(tree, manager, keeper, provider, shop, rice, volunteer)
