"""The roster: who works where, since when, with which certificates (domain §6)."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Self

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.urls import reverse

from common.crypto import lookup_hash
from common.fields import EncryptedTextField
from common.models import HistoryModel
from grid.models import Unit
from staff.choices import (
    Certificate,
    Education,
    LeaveKind,
    LeaveState,
    PartyRole,
    PostKind,
    Rank,
    ReviewResult,
    WorkerKind,
    WorkerState,
)
from staff.querysets import DatedQuerySet, OfWorkerQuerySet, ResidentsQuerySet, WorkerQuerySet

FOR_WORK = "用工管理、发放工资"
AS_LONG_AS = "离岗后按工资档案保存年限保存，期满清除"


def days(first: str, last: str, bounds: str = "[)") -> Func:
    """The days from one column to another, for an exclusion constraint; without a last one there is no end."""
    return Func(F(first), F(last), Value(bounds), function="daterange")


class Worker(HistoryModel):
    """A community worker. Who it is stands in :class:`WorkerPerson`.

    ``unit`` and ``rank`` are those of the main post today. ``community_since``: first day of community work,
    from which years are counted; ``newcomer``: came without experience; ``filed_on``: 县级备案 of a secretary.
    """

    SEALED_FIELDS: ClassVar = (
        "number", "unit", "kind", "rank", "state", "education", "party_role", "entered_on", "community_since",
        "probation_until", "newcomer", "left_on", "filed_on", "user",
    )  # fmt: skip

    number = models.CharField("工号", max_length=20, unique=True)
    unit = models.ForeignKey(Unit, verbose_name="所属单位", on_delete=models.PROTECT, related_name="workers")
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, verbose_name="工作账号", null=True, blank=True, on_delete=models.PROTECT,
        related_name="worker",
    )  # fmt: skip
    kind = models.CharField("用工类别", max_length=12, choices=WorkerKind.choices, default=WorkerKind.POST)
    rank = models.CharField("职务", max_length=12, choices=Rank.choices, default=Rank.WORKER)
    state = models.CharField("状态", max_length=8, choices=WorkerState.choices, default=WorkerState.ACTIVE)
    education = models.CharField("学历", max_length=10, choices=Education.choices, default=Education.COLLEGE)
    party_role = models.CharField("党内职务", max_length=20, choices=PartyRole.choices, default=PartyRole.NONE)
    entered_on = models.DateField("入职日期")
    community_since = models.DateField("从事社区工作起始日")
    newcomer = models.BooleanField("无社区工作经验", default=False)
    probation_until = models.DateField("试用期至", null=True, blank=True)
    filed_on = models.DateField("县级备案日期", null=True, blank=True)
    left_on = models.DateField("离岗日期", null=True, blank=True)
    request_key = models.UUIDField(null=True, editable=False, unique=True)

    objects = WorkerQuerySet.as_manager()

    class Meta:
        verbose_name = "社区工作者"
        ordering = ["number"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=WorkerState.values), name="worker_state"),
            models.CheckConstraint(
                condition=Q(state=WorkerState.ACTIVE, left_on=None)
                | Q(state=WorkerState.LEFT, left_on__gte=F("entered_on")),
                name="worker_left",
            ),
            models.CheckConstraint(condition=Q(community_since__lte=F("entered_on")), name="worker_days"),
        ]
        indexes = [models.Index(fields=["unit", "number"], name="worker_unit")]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("staff:worker", args=[self.pk])


class WorkerPerson(models.Model):
    """Who a worker is: encrypted, masked everywhere, revealed one field at a time."""

    worker = models.OneToOneField(Worker, on_delete=models.PROTECT, related_name="person")
    name = EncryptedTextField(
        "姓名", purpose=FOR_WORK, retention=AS_LONG_AS, hash_field="name_hash", hash_purpose="name"
    )
    phone = EncryptedTextField(
        "手机", purpose="工作联系", retention=AS_LONG_AS, blank=True, default="", hash_field="phone_hash",
        hash_purpose="phone",
    )  # fmt: skip
    id_number = EncryptedTextField(
        "身份证号", purpose="缴纳社会保险、申报个人所得税", retention=AS_LONG_AS, blank=True, default="",
        hash_field="id_hash", hash_purpose="id_number",
    )  # fmt: skip
    birth_date = EncryptedTextField("出生日期", purpose="队伍年龄结构、退休提醒", retention=AS_LONG_AS)
    bank_account = EncryptedTextField("工资卡号", purpose="发放工资", retention=AS_LONG_AS, blank=True, default="")
    name_hash = models.BinaryField(null=True, editable=False)
    phone_hash = models.BinaryField(null=True, editable=False)
    id_hash = models.BinaryField(null=True, editable=False)

    objects = OfWorkerQuerySet.as_manager()

    class Meta:
        verbose_name = "社区工作者个人信息"
        constraints = [
            models.UniqueConstraint(fields=["id_hash"], condition=Q(id_hash__isnull=False), name="worker_id_once")
        ]
        indexes = [
            models.Index(fields=["phone_hash"], name="worker_phone"),
            models.Index(fields=["name_hash"], name="worker_name"),
        ]

    def __str__(self) -> str:
        return f"社区工作者 {self.worker_id}"

    def set_hashes(self) -> Self:
        """Put the look-up hashes of name, phone and identity number beside their values."""
        self.name_hash = lookup_hash(self.name, "name") if self.name else None
        self.phone_hash = lookup_hash(self.phone, "phone") if self.phone else None
        self.id_hash = lookup_hash(self.id_number, "id_number") if self.id_number else None
        return self

    @property
    def born(self) -> date:
        return date.fromisoformat(self.birth_date)


class StaffPost(models.Model):
    """A post held from a day to another. A seconded worker keeps the main post, from which they are paid."""

    worker = models.ForeignKey(Worker, on_delete=models.PROTECT, related_name="posts")
    unit = models.ForeignKey(Unit, verbose_name="单位", on_delete=models.PROTECT, related_name="staff_posts")
    rank = models.CharField("职务", max_length=12, choices=Rank.choices)
    kind = models.CharField("方式", max_length=10, choices=PostKind.choices, default=PostKind.MAIN)
    valid_from = models.DateField("任职日期")
    valid_to = models.DateField("离任日期", null=True, blank=True)
    note = models.CharField("说明", max_length=120, blank=True, default="")

    objects = DatedQuerySet.as_manager()

    class Meta:
        verbose_name = "任职"
        ordering = ["-valid_from", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gt=F("valid_from")), name="staff_post_days"
            ),
            ExclusionConstraint(
                name="staff_post_one_at_a_time",
                expressions=[
                    ("worker", RangeOperators.EQUAL),
                    ("kind", RangeOperators.EQUAL),
                    (days("valid_from", "valid_to"), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.worker} {self.get_rank_display()}"


class PostReserve(models.Model):
    """一职两备: the two people who stand ready for a post."""

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="post_reserves")
    rank = models.CharField("职务", max_length=12, choices=Rank.choices)
    place = models.PositiveSmallIntegerField("顺序", choices=[(1, "第一备选"), (2, "第二备选")])
    worker = models.ForeignKey(Worker, on_delete=models.PROTECT, related_name="reserved_for")
    valid_from = models.DateField("起始日期")
    valid_to = models.DateField("截止日期", null=True, blank=True)

    objects = DatedQuerySet.as_manager()

    class Meta:
        verbose_name = "岗位备选"
        ordering = ["unit__path", "rank", "place"]
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "rank", "place"], condition=Q(valid_to=None), name="post_reserve_place"
            ),
            models.UniqueConstraint(
                fields=["unit", "rank", "worker"], condition=Q(valid_to=None), name="post_reserve_person"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit} {self.get_rank_display()} {self.place}"


class StandIn(models.Model):
    """AB 岗: who stands in while a worker is away."""

    worker = models.ForeignKey(Worker, on_delete=models.PROTECT, related_name="stand_ins")
    stand_in = models.ForeignKey(Worker, on_delete=models.PROTECT, related_name="stands_in_for")
    valid_from = models.DateField("起始日期")
    valid_to = models.DateField("截止日期", null=True, blank=True)

    objects = DatedQuerySet.as_manager()

    class Meta:
        verbose_name = "AB 岗"
        ordering = ["worker", "-valid_from"]
        constraints = [
            models.CheckConstraint(condition=~Q(worker=F("stand_in")), name="stand_in_somebody_else"),
            models.UniqueConstraint(fields=["worker"], condition=Q(valid_to=None), name="stand_in_one"),
        ]

    def __str__(self) -> str:
        return f"{self.worker} → {self.stand_in}"


class WorkerCertificate(models.Model):
    """A social worker's certificate; the highest valid one counts for grade and stipend."""

    worker = models.ForeignKey(Worker, on_delete=models.PROTECT, related_name="certificates")
    level = models.CharField("证书", max_length=16, choices=Certificate.choices)
    issued_on = models.DateField("取得日期")
    expires_on = models.DateField("登记有效期至", null=True, blank=True)

    objects = OfWorkerQuerySet.as_manager()

    class Meta:
        verbose_name = "职业资格证书"
        ordering = ["worker", "-issued_on"]
        constraints = [
            models.UniqueConstraint(fields=["worker", "level"], name="worker_certificate_once"),
            models.CheckConstraint(
                condition=Q(expires_on=None) | Q(expires_on__gt=F("issued_on")), name="worker_certificate_days"
            ),
        ]
        indexes = [models.Index(fields=["expires_on"], name="worker_certificate_expiry")]

    def __str__(self) -> str:
        return f"{self.worker} {self.get_level_display()}"


class AnnualReview(models.Model):
    """The result of a year's review (年度考核); it decides about the January step."""

    worker = models.ForeignKey(Worker, on_delete=models.PROTECT, related_name="reviews")
    year = models.PositiveSmallIntegerField("年度")
    result = models.CharField("结果", max_length=10, choices=ReviewResult.choices)
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField("登记时间")

    objects = OfWorkerQuerySet.as_manager()

    class Meta:
        verbose_name = "年度考核"
        ordering = ["worker", "-year"]
        constraints = [
            models.UniqueConstraint(fields=["worker", "year"], name="annual_review_once"),
            models.CheckConstraint(condition=Q(result__in=ReviewResult.values), name="annual_review_result"),
        ]

    def __str__(self) -> str:
        return f"{self.worker} {self.year} {self.get_result_display()}"


class Leave(HistoryModel):
    """Days away, asked for by the worker or entered for them. ``half``: half a day (of a single one)."""

    SEALED_FIELDS: ClassVar = ("worker", "kind", "first_day", "last_day", "half", "state", "cover", "decided_by")

    worker = models.ForeignKey(Worker, verbose_name="社区工作者", on_delete=models.PROTECT, related_name="leaves")
    kind = models.CharField("假别", max_length=12, choices=LeaveKind.choices)
    first_day = models.DateField("第一天")
    last_day = models.DateField("最后一天")
    half = models.BooleanField("半天", default=False)
    reason = models.CharField("事由", max_length=120, blank=True, default="")
    state = models.CharField("状态", max_length=10, choices=LeaveState.choices, default=LeaveState.ASKED)
    cover = models.ForeignKey(
        Worker, verbose_name="代班人", null=True, blank=True, on_delete=models.PROTECT, related_name="covers"
    )
    asked_at = models.DateTimeField("申请时间")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="审批人", null=True, on_delete=models.PROTECT, related_name="+"
    )
    request_key = models.UUIDField(null=True, editable=False, unique=True)

    objects = OfWorkerQuerySet.as_manager()

    class Meta:
        verbose_name = "请假"
        ordering = ["-first_day", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=LeaveKind.values), name="leave_kind"),
            models.CheckConstraint(condition=Q(state__in=LeaveState.values), name="leave_state"),
            models.CheckConstraint(condition=Q(last_day__gte=F("first_day")), name="leave_days"),
            models.CheckConstraint(condition=Q(half=False) | Q(first_day=F("last_day")), name="leave_half"),
            ExclusionConstraint(
                name="leave_one_at_a_time",
                expressions=[
                    ("worker", RangeOperators.EQUAL),
                    (days("first_day", "last_day", "[]"), RangeOperators.OVERLAPS),
                ],
                condition=Q(state__in=[LeaveState.ASKED, LeaveState.APPROVED]),
            ),
        ]
        indexes = [models.Index(fields=["last_day", "first_day"], name="leave_span")]

    def __str__(self) -> str:
        return f"{self.worker} {self.get_kind_display()} {self.first_day}"

    def get_absolute_url(self) -> str:
        return reverse("staff:leave", args=[self.pk])


class Residents(models.Model):
    """How many people live in a street or community (常住人口), counted on a day: for posts per ten thousand of them."""

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="residents")
    counted_on = models.DateField("统计日期")
    number = models.PositiveIntegerField("常住人口")
    source = models.CharField("来源", max_length=60)

    objects = ResidentsQuerySet.as_manager()

    class Meta:
        verbose_name = "常住人口"
        ordering = ["unit__path", "-counted_on"]
        constraints = [
            models.UniqueConstraint(fields=["unit", "counted_on"], name="residents_once"),
            models.CheckConstraint(condition=Q(number__gte=1), name="residents_number"),
        ]

    def __str__(self) -> str:
        return f"{self.unit} {self.counted_on} {self.number}"
