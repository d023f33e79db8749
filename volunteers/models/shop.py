"""Shops, what they offer for points, redemptions and stock (江源, 蛟河)."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from common.models import HistoryModel
from grid.models import Unit
from volunteers.choices import ProductKind, RedemptionState, StockReason
from volunteers.models.ledger import Programme
from volunteers.models.orders import Provider
from volunteers.models.people import Volunteer
from volunteers.querysets import OfProductQuerySet, OfProviderQuerySet, OfShopQuerySet, ShopQuerySet


class Shop(HistoryModel):
    """A place where points are redeemed: a community's own, or one that a provider runs."""

    SEALED_FIELDS: ClassVar = ("name", "unit", "programme", "provider", "is_active")

    name = models.CharField("名称", max_length=40)
    unit = models.ForeignKey(Unit, verbose_name="所属单位", on_delete=models.PROTECT, related_name="shops")
    programme = models.ForeignKey(Programme, verbose_name="收取的积分", on_delete=models.PROTECT, related_name="shops")
    provider = models.ForeignKey(
        Provider, verbose_name="经营单位", null=True, blank=True, on_delete=models.PROTECT, related_name="shops"
    )
    address = models.CharField("领取地点", max_length=120, blank=True, default="")
    hours = models.CharField("开放时间", max_length=60, blank=True, default="")
    is_active = models.BooleanField("营业", default=True)

    objects = ShopQuerySet.as_manager()

    class Meta:
        verbose_name = "积分超市"
        ordering = ["unit__path", "name"]
        constraints = [
            models.UniqueConstraint(fields=["unit", "name"], condition=Q(is_active=True), name="shop_name_in_unit")
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("volunteers:shop", args=[self.pk])


class Product(HistoryModel):
    """Goods, a service or a property-fee credit for points.

    ``stock`` is what can still be reserved, never below zero; none means without limit. ``value`` is what
    the supplier is paid for one, in yuan.
    """

    SEALED_FIELDS: ClassVar = ("shop", "name", "kind", "points", "value", "stock", "is_active")

    shop = models.ForeignKey(Shop, verbose_name="积分超市", on_delete=models.PROTECT, related_name="products")
    name = models.CharField("名称", max_length=40)
    kind = models.CharField("类型", max_length=15, choices=ProductKind.choices, default=ProductKind.GOODS)
    about = models.CharField("说明", max_length=200, blank=True, default="")
    points = models.DecimalField("所需积分", max_digits=8, decimal_places=2)
    value = models.DecimalField("结算价（元）", max_digits=8, decimal_places=2)
    stock = models.PositiveIntegerField("库存", null=True, blank=True, help_text="服务和抵扣不填，不限数量")
    most_per_month = models.PositiveSmallIntegerField("每人每月最多", null=True, blank=True)
    picture = models.FileField("图片", upload_to="products/", blank=True, default="", max_length=120)
    is_active = models.BooleanField("上架", default=True)

    objects = OfShopQuerySet.as_manager()

    class Meta:
        verbose_name = "兑换商品"
        ordering = ["shop", "points", "name"]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=ProductKind.values), name="product_kind"),
            models.CheckConstraint(condition=Q(points__gt=0), name="product_points"),
            models.CheckConstraint(condition=Q(value__gte=0), name="product_value"),
            models.CheckConstraint(condition=Q(stock=None) | Q(stock__gte=0), name="product_stock"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("volunteers:product", args=[self.pk])


class Price(models.Model):
    """What a product cost from when on; the events of the product say who changed it."""

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="prices")
    points = models.DecimalField("所需积分", max_digits=8, decimal_places=2)
    value = models.DecimalField("结算价（元）", max_digits=8, decimal_places=2)
    valid_from = models.DateTimeField("生效时间")
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="修改人", null=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = OfProductQuerySet.as_manager()

    class Meta:
        verbose_name = "价格"
        ordering = ["-valid_from", "-id"]

    def __str__(self) -> str:
        return f"{self.product} {self.points}"


class Redemption(HistoryModel):
    """Points given for a product: reserved with the points taken at once, collected with a one-time code.

    ``points`` and ``value`` are frozen at the price of the moment. Cancelled, lapsed and returned ones
    give points and stock back by counter-entries. ``settled_on``: the supplier was paid for it.
    """

    SEALED_FIELDS: ClassVar = (
        "number", "volunteer", "product", "quantity", "points", "value", "state", "reserved_at", "collected_at",
        "settled_on", "account_number",
    )  # fmt: skip

    number = models.CharField("兑换编号", max_length=24, unique=True)
    shop = models.ForeignKey(Shop, verbose_name="积分超市", on_delete=models.PROTECT, related_name="redemptions")
    product = models.ForeignKey(Product, verbose_name="商品", on_delete=models.PROTECT, related_name="redemptions")
    volunteer = models.ForeignKey(
        Volunteer, verbose_name="志愿者", on_delete=models.PROTECT, related_name="redemptions"
    )
    quantity = models.PositiveSmallIntegerField("数量", default=1)
    points = models.DecimalField("积分", max_digits=10, decimal_places=2)
    value = models.DecimalField("结算金额（元）", max_digits=10, decimal_places=2)
    account_number = models.CharField("物业费户号", max_length=40, blank=True, default="", help_text="抵扣物业费时填写")
    state = models.CharField("状态", max_length=10, choices=RedemptionState.choices, default=RedemptionState.RESERVED)
    reserved_at = models.DateTimeField("兑换时间")
    keep_until = models.DateTimeField("保留至")
    collected_at = models.DateTimeField("领取时间", null=True)
    collected_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="核销人", null=True, on_delete=models.PROTECT, related_name="+"
    )
    ended_at = models.DateTimeField("取消或退回时间", null=True)
    settled_on = models.DateField("结算日期", null=True)
    code_hash = models.BinaryField(null=True, editable=False)
    request_key = models.UUIDField(null=True, editable=False, unique=True)

    objects = OfShopQuerySet.as_manager()

    class Meta:
        verbose_name = "兑换"
        ordering = ["-reserved_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=RedemptionState.values), name="redemption_state"),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="redemption_quantity"),
            models.CheckConstraint(
                condition=~Q(state=RedemptionState.COLLECTED) | Q(collected_at__isnull=False),
                name="redemption_collected",
            ),
            models.UniqueConstraint(
                fields=["shop", "code_hash"], condition=Q(state=RedemptionState.RESERVED), name="redemption_code_once"
            ),
        ]
        indexes = [
            models.Index(F("shop"), F("reserved_at").desc(), F("id").desc(), name="redemption_shop"),
            models.Index(fields=["volunteer", "-reserved_at"], name="redemption_volunteer"),
            models.Index(fields=["keep_until"], name="redemption_keep", condition=Q(state=RedemptionState.RESERVED)),
            # The counter looks a code up, also one that has been used; the month's sheet looks for both days.
            models.Index(fields=["code_hash"], name="redemption_code"),
            models.Index(fields=["shop", "collected_at"], name="redemption_collected_at"),
            models.Index(fields=["product", "volunteer"], name="redemption_product"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.product}"

    def get_absolute_url(self) -> str:
        return reverse("volunteers:redemption", args=[self.pk])


class Settlement(HistoryModel):
    """A supplier's month as it was paid (蛟河): what was collected in it, less what came back in it.

    A redemption counts in the month it was collected and, negative, in the month it was returned, so the
    lines of a month that is over never change; the sums are kept to prove it.
    """

    SEALED_FIELDS: ClassVar = ("provider", "month", "lines", "quantity", "points", "value", "settled_on")

    provider = models.ForeignKey(Provider, verbose_name="供应商", on_delete=models.PROTECT, related_name="settlements")
    month = models.DateField("结算月份", help_text="当月 1 日")
    lines = models.PositiveIntegerField("笔数")
    quantity = models.IntegerField("数量")
    points = models.DecimalField("积分", max_digits=14, decimal_places=2)
    value = models.DecimalField("结算金额（元）", max_digits=14, decimal_places=2)
    settled_on = models.DateField("结算日期")
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="结算人", null=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = OfProviderQuerySet.as_manager()

    class Meta:
        verbose_name = "月度结算"
        ordering = ["-month", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["provider", "month"], name="settlement_once"),
            models.CheckConstraint(condition=Q(month__day=1), name="settlement_month"),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.month:%Y-%m}"


class StockMove(models.Model):
    """A change of a product's stock; their sum is the stock. Append-only, as the ledger."""

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="moves")
    change = models.IntegerField("数量")
    reason = models.CharField("原因", max_length=10, choices=StockReason.choices)
    note = models.CharField("说明", max_length=120, blank=True, default="")
    redemption = models.ForeignKey(Redemption, null=True, on_delete=models.PROTECT, related_name="moves")
    at = models.DateTimeField("时间")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="经办人", null=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = OfProductQuerySet.as_manager()

    class Meta:
        verbose_name = "库存变动"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=~Q(change=0), name="stock_change"),
            models.CheckConstraint(condition=Q(reason__in=StockReason.values), name="stock_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.product} {self.change:+}"
