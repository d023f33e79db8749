"""Providers, their menus, service orders and bought care hours."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from common.fields import EncryptedTextField
from common.models import HistoryModel, Policy
from grid.models import Unit
from volunteers.choices import SERVED_ORDER_STATES, MenuList, OrderKind, OrderState, ProviderKind
from volunteers.models.people import Volunteer
from volunteers.querysets import OfOrderQuerySet, OrderQuerySet, ProviderQuerySet, VolunteeringQuerySet


class Provider(HistoryModel):
    """Property firm, shop, co-building unit, social organisation or partner that serves residents.

    ``operators`` are the accounts that act for it; they see its orders and its shop, nothing else.
    """

    SEALED_FIELDS: ClassVar = ("name", "kind", "unit", "is_active")

    name = models.CharField("名称", max_length=60)
    kind = models.CharField("类型", max_length=20, choices=ProviderKind.choices)
    unit = models.ForeignKey(Unit, verbose_name="所在单位", on_delete=models.PROTECT, related_name="providers")
    about = models.CharField("服务说明", max_length=200, blank=True, default="")
    visit_group = models.CharField(
        "包联组", max_length=20, blank=True, default="", help_text="按组包联社区、每季度走访的共建单位填写"
    )
    phone = models.CharField("对外电话", max_length=20, blank=True, default="", help_text="公示用")
    operators = models.ManyToManyField(
        settings.AUTH_USER_MODEL, verbose_name="操作账号", blank=True, related_name="providers"
    )
    is_active = models.BooleanField("在用", default=True)

    objects = ProviderQuerySet.as_manager()

    class Meta:
        verbose_name = "服务单位"
        ordering = ["unit__path", "name"]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=ProviderKind.values), name="provider_kind"),
            models.UniqueConstraint(fields=["unit", "name"], condition=Q(is_active=True), name="provider_name_in_unit"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("volunteers:provider", args=[self.pk])


class MenuItem(HistoryModel):
    """One line of the three lists (需求、资源、项目清单); residents order from the resources."""

    SEALED_FIELDS: ClassVar = ("list", "title", "unit", "provider", "kind", "is_active")

    list = models.CharField("清单", max_length=10, choices=MenuList.choices)
    title = models.CharField("项目", max_length=60)
    about = models.CharField("说明", max_length=300, blank=True, default="")
    theme = models.CharField("主题", max_length=20, blank=True, default="")
    kind = models.CharField("下单类型", max_length=10, choices=OrderKind.choices, default=OrderKind.SERVICE)
    unit = models.ForeignKey(Unit, verbose_name="所属单位", on_delete=models.PROTECT, related_name="menu_items")
    provider = models.ForeignKey(
        Provider, verbose_name="服务单位", null=True, blank=True, on_delete=models.PROTECT, related_name="menu_items"
    )
    is_active = models.BooleanField("上架", default=True)

    objects = VolunteeringQuerySet.as_manager()

    class Meta:
        verbose_name = "清单项目"
        ordering = ["unit__path", "list", "title"]
        constraints = [models.CheckConstraint(condition=Q(list__in=MenuList.values), name="menu_list")]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("volunteers:menu-change", args=[self.pk])


class VisitDuty(HistoryModel):
    """A group of co-building units owes a community one visit a quarter (古冶: 64 units, 57 groups, 84 communities).

    Each visit is an order of the kind 微项目 that the units of the group may take.
    """

    SEALED_FIELDS: ClassVar = ("group", "unit", "is_active")

    group = models.CharField("包联组", max_length=20)
    unit = models.ForeignKey(Unit, verbose_name="社区", on_delete=models.PROTECT, related_name="visit_duties")
    is_active = models.BooleanField("在包联", default=True)

    objects = VolunteeringQuerySet.as_manager()

    class Meta:
        verbose_name = "包联走访"
        ordering = ["unit__path"]
        constraints = [
            models.UniqueConstraint(fields=["unit"], condition=Q(is_active=True), name="visit_duty_once"),
            models.CheckConstraint(condition=~Q(group=""), name="visit_duty_group"),
        ]

    def __str__(self) -> str:
        return f"{self.group} {self.unit}"

    def get_absolute_url(self) -> str:
        return reverse("volunteers:visit-change", args=[self.pk])


class Order(HistoryModel):
    """One order from 点单 or 报单 over 派单 and 接单 to 评单.

    An open order is taken by the first who claims it: ``volunteer`` or ``provider``, never both.
    An open order with a ``provider`` is meant for that one only. ``claim_due_at`` and ``finish_due_at`` come from
    the rule version in ``policy``; what nobody claims in time is raised to the street where the rule says so, and
    stays open. ``late_at``: when the sweep noticed that the present limit has passed. ``confirmed_at``: when the
    community, or the orderer by a good review, confirmed the hours (志愿服务记录与证明出具办法).
    """

    SEALED_FIELDS: ClassVar = (
        "number", "kind", "unit", "title", "state", "menu_item", "provider", "volunteer", "care_recipient",
        "visit", "dispatched_at", "claim_due_at", "claimed_at", "finish_due_at", "done_at", "started_at", "ended_at",
        "hours", "confirmed_at", "stars", "reviewed_at", "raised_at", "late_at",
    )  # fmt: skip

    number = models.CharField("订单编号", max_length=24, unique=True)
    kind = models.CharField("类型", max_length=10, choices=OrderKind.choices)
    unit = models.ForeignKey(Unit, verbose_name="所属单位", on_delete=models.PROTECT, related_name="orders")
    title = models.CharField("需要什么", max_length=60)
    text = models.TextField("具体说明", max_length=1000, blank=True, default="")
    place = models.CharField("服务地点", max_length=120, blank=True, default="")
    theme = models.CharField("主题", max_length=20, blank=True, default="")
    menu_item = models.ForeignKey(
        MenuItem, verbose_name="清单项目", null=True, blank=True, on_delete=models.PROTECT, related_name="orders"
    )
    wanted_on = models.DateField("希望服务日期", null=True, blank=True)
    state = models.CharField("状态", max_length=12, choices=OrderState.choices, default=OrderState.SUBMITTED)
    provider = models.ForeignKey(
        Provider, verbose_name="服务单位", null=True, blank=True, on_delete=models.PROTECT, related_name="orders"
    )
    volunteer = models.ForeignKey(
        Volunteer, verbose_name="接单志愿者", null=True, blank=True, on_delete=models.PROTECT, related_name="orders"
    )
    care_recipient = models.ForeignKey(
        "volunteers.CareRecipient", verbose_name="照料对象", null=True, blank=True, on_delete=models.PROTECT,
        related_name="orders",
    )  # fmt: skip
    visit = models.ForeignKey(
        VisitDuty, verbose_name="包联走访", null=True, on_delete=models.PROTECT, related_name="orders"
    )
    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="+", db_index=False)
    ordered_by = models.ForeignKey(
        Volunteer, verbose_name="下单志愿者", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    registered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="登记人", null=True, on_delete=models.PROTECT, related_name="+"
    )
    submitted_at = models.DateTimeField("下单时间")
    dispatched_at = models.DateTimeField("派单时间", null=True)
    claim_due_at = models.DateTimeField("接单时限", null=True)
    claimed_at = models.DateTimeField("接单时间", null=True)
    finish_due_at = models.DateTimeField("完成时限", null=True)
    done_at = models.DateTimeField("完成时间", null=True)
    started_at = models.DateTimeField("服务开始", null=True)
    ended_at = models.DateTimeField("服务结束", null=True)
    hours = models.DecimalField("服务时长（小时）", max_digits=4, decimal_places=2, null=True)
    confirmed_at = models.DateTimeField("时长确认时间", null=True)
    result = models.TextField("服务情况", max_length=1000, blank=True, default="")
    stars = models.PositiveSmallIntegerField("评价（星）", null=True)
    review = models.CharField("评语", max_length=300, blank=True, default="")
    reviewed_at = models.DateTimeField("评价时间", null=True)
    raised_at = models.DateTimeField("提交街道时间", null=True)
    late_at = models.DateTimeField("超时提醒时间", null=True, editable=False)
    query_hash = models.BinaryField(null=True, editable=False)
    request_key = models.UUIDField(null=True, editable=False, unique=True)

    objects = OrderQuerySet.as_manager()

    class Meta:
        verbose_name = "服务订单"
        ordering = ["-submitted_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=OrderState.values), name="order_state"),
            models.CheckConstraint(condition=Q(kind__in=OrderKind.values), name="order_kind"),
            models.CheckConstraint(condition=Q(stars=None) | Q(stars__gte=1, stars__lte=5), name="order_stars"),
            models.CheckConstraint(condition=Q(volunteer=None) | Q(provider=None), name="order_one_server"),
            models.CheckConstraint(
                condition=~Q(state__in=[OrderState.CLAIMED, *SERVED_ORDER_STATES])
                | Q(volunteer__isnull=False)
                | Q(provider__isnull=False),
                name="order_has_server",
            ),
            models.CheckConstraint(condition=Q(ended_at=None) | Q(ended_at__gt=F("started_at")), name="order_times"),
        ]
        indexes = [
            models.Index(F("unit"), F("submitted_at").desc(), F("id").desc(), name="order_unit"),
            models.Index(F("submitted_at").desc(), F("id").desc(), name="order_submitted"),
            models.Index(fields=["provider", "-submitted_at"], name="order_provider"),
            models.Index(
                fields=["claim_due_at"], name="order_claim_due", condition=Q(state=OrderState.OPEN, late_at=None)
            ),
            models.Index(
                fields=["finish_due_at"], name="order_finish_due", condition=Q(state=OrderState.CLAIMED, late_at=None)
            ),
            models.Index(fields=["volunteer", "-submitted_at"], name="order_volunteer"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("volunteers:order", args=[self.pk])


class OrderPerson(models.Model):
    """Who ordered: encrypted; whoever has claimed the order may reveal it, one field at a time."""

    order = models.OneToOneField(Order, on_delete=models.PROTECT, related_name="person")
    name = EncryptedTextField("称呼", purpose="上门服务、评价回访", retention="完成后一年", blank=True, default="")
    phone = EncryptedTextField(
        "电话", purpose="上门服务、评价回访", retention="完成后一年", blank=True, default="",
        hash_field="phone_hash", hash_purpose="phone",
    )  # fmt: skip
    address = EncryptedTextField("住址", purpose="上门服务", retention="完成后一年", blank=True, default="")
    phone_hash = models.BinaryField(null=True, editable=False)

    objects = OfOrderQuerySet.as_manager()

    class Meta:
        verbose_name = "下单人"
        indexes = [models.Index(fields=["phone_hash"], name="order_person_phone")]

    def __str__(self) -> str:
        return f"下单人 {self.order_id}"


class CareRecipient(HistoryModel):
    """An elder for whom care hours were bought (通化县): hours bought, hours left; never fewer than none."""

    SEALED_FIELDS: ClassVar = ("unit", "bought_hours", "left_hours", "first_day", "last_day", "is_active")

    number = models.CharField("编号", max_length=20, unique=True)
    unit = models.ForeignKey(Unit, verbose_name="所属单位", on_delete=models.PROTECT, related_name="care_recipients")
    name = EncryptedTextField("姓名", purpose="上门照料", retention="服务结束后一年", blank=True, default="")
    phone = EncryptedTextField("电话", purpose="上门照料", retention="服务结束后一年", blank=True, default="")
    address = EncryptedTextField("住址", purpose="上门照料", retention="服务结束后一年", blank=True, default="")
    needs = models.CharField("照料需要", max_length=120, blank=True, default="")
    provider = models.ForeignKey(
        Provider,
        verbose_name="承接单位",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="care_recipients",
    )
    bought_hours = models.DecimalField("购买时长（小时）", max_digits=7, decimal_places=2)
    left_hours = models.DecimalField("剩余时长（小时）", max_digits=7, decimal_places=2)
    first_day = models.DateField("起始日期")
    last_day = models.DateField("截止日期")
    is_active = models.BooleanField("在享", default=True)

    objects = VolunteeringQuerySet.as_manager()

    class Meta:
        verbose_name = "照料对象"
        ordering = ["unit__path", "number"]
        constraints = [
            models.CheckConstraint(
                condition=Q(left_hours__gte=0) & Q(left_hours__lte=F("bought_hours")), name="care_hours_left"
            ),
            models.CheckConstraint(condition=Q(last_day__gte=F("first_day")), name="care_days"),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("volunteers:care-recipient", args=[self.pk])
