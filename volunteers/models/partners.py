"""社区治理合伙人 (延吉): a room or its rent in exchange for hours of service."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from common.models import HistoryModel
from grid.models import Unit
from volunteers.choices import AgreementState
from volunteers.models.orders import Provider
from volunteers.querysets import OfAgreementQuerySet, VolunteeringQuerySet


class Agreement(HistoryModel):
    """What the community gives (a room, its rent) and the hours of service owed for it.

    Hours served are the service records that name the agreement, and ``PartnerService`` rows for service
    that no registered volunteer rendered.
    """

    SEALED_FIELDS: ClassVar = ("unit", "provider", "room", "rent", "owed_hours", "first_day", "last_day", "state")

    unit = models.ForeignKey(Unit, verbose_name="所属单位", on_delete=models.PROTECT, related_name="agreements")
    provider = models.ForeignKey(Provider, verbose_name="合伙人", on_delete=models.PROTECT, related_name="agreements")
    room = models.CharField("提供的场地", max_length=80)
    rent = models.DecimalField("折合租金（元）", max_digits=10, decimal_places=2)
    owed_hours = models.DecimalField("应服务时长（小时）", max_digits=8, decimal_places=2)
    service = models.CharField("服务内容", max_length=200)
    first_day = models.DateField("起始日期")
    last_day = models.DateField("截止日期")
    state = models.CharField("状态", max_length=10, choices=AgreementState.choices, default=AgreementState.ACTIVE)

    objects = VolunteeringQuerySet.as_manager()

    class Meta:
        verbose_name = "合伙人协议"
        ordering = ["-first_day", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=AgreementState.values), name="agreement_state"),
            models.CheckConstraint(condition=Q(owed_hours__gt=0), name="agreement_hours"),
            models.CheckConstraint(condition=Q(last_day__gte=F("first_day")), name="agreement_days"),
            models.CheckConstraint(condition=Q(rent__gte=0), name="agreement_rent"),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.room}"

    def get_absolute_url(self) -> str:
        return reverse("volunteers:agreement", args=[self.pk])


class PartnerService(models.Model):
    """Hours that a partner's own people served under an agreement. The events hang on the agreement."""

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="services")
    day = models.DateField("服务日期")
    hours = models.DecimalField("时长（小时）", max_digits=6, decimal_places=2)
    people = models.PositiveSmallIntegerField("人数", default=1)
    what = models.CharField("服务内容", max_length=120)
    voided_at = models.DateTimeField("作废时间", null=True)

    objects = OfAgreementQuerySet.as_manager()

    class Meta:
        verbose_name = "合伙人服务"
        ordering = ["-day", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(hours__gt=0) & Q(people__gte=1), name="partner_service_hours"),
            # At most 24 hours a day for each of the people.
            models.CheckConstraint(condition=Q(hours__lte=F("people") * 24), name="partner_service_day"),
        ]

    def __str__(self) -> str:
        return f"{self.agreement} {self.day:%Y-%m-%d}"
