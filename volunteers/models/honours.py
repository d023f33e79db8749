"""Stars, nominations and certificates (志愿服务条例 arts. 19, 20; 志愿服务记录与证明出具办法)."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from common.fields import EncryptedTextField
from common.models import HistoryModel, Policy
from grid.models import Unit
from volunteers.choices import NominationState
from volunteers.models.ledger import Programme
from volunteers.models.people import Volunteer
from volunteers.querysets import OfVolunteerQuerySet, VolunteeringQuerySet


class StarAward(models.Model):
    """A star reached by hours of service, or by the points of a half-year (丰南); kept for good.

    ``half`` is empty for stars by hours; ``2026-1`` names the half-year of a member's star.
    """

    volunteer = models.ForeignKey(Volunteer, verbose_name="志愿者", on_delete=models.PROTECT, related_name="stars")
    programme = models.ForeignKey(Programme, null=True, on_delete=models.PROTECT, related_name="+")
    half = models.CharField("半年度", max_length=6, blank=True, default="")
    stars = models.PositiveSmallIntegerField("星级")
    label = models.CharField("称号", max_length=20)
    measure = models.DecimalField("时长或积分", max_digits=12, decimal_places=2)
    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="+", db_index=False)
    on = models.DateField("认定日期")

    objects = OfVolunteerQuerySet.as_manager()

    class Meta:
        verbose_name = "星级"
        ordering = ["-on", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(stars__gte=1, stars__lte=9), name="star_level"),
            models.UniqueConstraint(
                fields=["volunteer", "half", "stars", "programme"], name="star_once", nulls_distinct=False
            ),
        ]

    def __str__(self) -> str:
        return f"{self.volunteer} {self.label}"


class Nomination(HistoryModel):
    """Somebody put forward for an honour (最美三长): nominated, recommended by the street, awarded by the district."""

    SEALED_FIELDS: ClassVar = (
        "honour",
        "year",
        "volunteer",
        "deeds",
        "state",
        "nominated_by",
        "recommended_by",
        "awarded_by",
    )

    honour = models.CharField("荣誉", max_length=30)
    year = models.PositiveSmallIntegerField("年度")
    volunteer = models.ForeignKey(
        Volunteer, verbose_name="候选人", on_delete=models.PROTECT, related_name="nominations"
    )
    deeds = models.TextField("主要事迹", max_length=1000)
    state = models.CharField("状态", max_length=12, choices=NominationState.choices, default=NominationState.NOMINATED)
    nominated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="推荐人", null=True, on_delete=models.PROTECT, related_name="+"
    )
    nominated_at = models.DateTimeField("推荐时间")
    recommended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="街道审核人", null=True, on_delete=models.PROTECT, related_name="+"
    )
    awarded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="区级审定人", null=True, on_delete=models.PROTECT, related_name="+"
    )
    awarded_on = models.DateField("授予日期", null=True)
    note = models.CharField("审核意见", max_length=200, blank=True, default="")

    objects = OfVolunteerQuerySet.as_manager()

    class Meta:
        verbose_name = "表彰推荐"
        ordering = ["-nominated_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=NominationState.values), name="nomination_state"),
            models.UniqueConstraint(fields=["honour", "year", "volunteer"], name="nomination_once_a_year"),
        ]

    def __str__(self) -> str:
        return f"{self.year} {self.honour} {self.volunteer}"

    def get_absolute_url(self) -> str:
        return reverse("volunteers:nomination", args=[self.pk])


class Certificate(HistoryModel):
    """A certificate of service: who, what, issuer, number and day. Free; anybody who holds it can check it.

    What it says is frozen when it is issued. ``revoked_at`` makes the check page say so. When its holder is
    erased (个人信息保护法 art. 47) it names nobody any more: ``is_withdrawn``.
    """

    SEALED_FIELDS: ClassVar = (
        "number", "volunteer", "unit", "first_day", "last_day", "hours", "times", "issued_on", "revoked_at",
    )  # fmt: skip

    number = models.CharField("证明编号", max_length=24, unique=True)
    volunteer = models.ForeignKey(
        Volunteer, verbose_name="志愿者", on_delete=models.PROTECT, related_name="certificates"
    )
    unit = models.ForeignKey(Unit, verbose_name="出具单位", on_delete=models.PROTECT, related_name="certificates")
    name = EncryptedTextField("姓名", purpose="志愿服务证明的身份信息", retention="长期（证明存根），本人注销时清除")
    id_number = EncryptedTextField(
        "身份证号",
        purpose="志愿服务证明的身份信息",
        retention="长期（证明存根），本人注销时清除",
        blank=True,
        default="",
    )
    first_day = models.DateField("起始日期")
    last_day = models.DateField("截止日期")
    hours = models.DecimalField("服务时长（小时）", max_digits=9, decimal_places=2)
    times = models.PositiveIntegerField("服务次数")
    summary = models.JSONField("服务内容")
    check_hash = models.BinaryField(editable=False)
    request_key = models.UUIDField(unique=True, editable=False)
    issued_on = models.DateField("出具日期")
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="经办人", null=True, on_delete=models.PROTECT, related_name="+"
    )
    revoked_at = models.DateTimeField("撤销时间", null=True)

    objects = VolunteeringQuerySet.as_manager()

    class Meta:
        verbose_name = "志愿服务证明"
        ordering = ["-issued_on", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(last_day__gte=F("first_day")), name="certificate_days"),
            models.CheckConstraint(condition=Q(hours__gt=0), name="certificate_hours"),
        ]

    @property
    def is_withdrawn(self) -> bool:
        return self.revoked_at is not None and not self.name

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("volunteers:certificate", args=[self.pk])
