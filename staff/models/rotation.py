"""跟班轮训: sites, a plan over half months, and who is where when (延吉: two people per half month over six sites)."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from common.models import HistoryModel
from grid.models import Unit
from staff.choices_growth import RotationState, TurnResult
from staff.models.roster import Worker, days
from staff.querysets import GrowthOfWorkerQuerySet, GrowthQuerySet


class RotationSite(HistoryModel):
    """A community or street where people of a unit's area are trained on the job."""

    SEALED_FIELDS: ClassVar = ("unit", "place", "is_active")

    unit = models.ForeignKey(Unit, verbose_name="组织单位", on_delete=models.PROTECT, related_name="rotation_sites")
    place = models.ForeignKey(Unit, verbose_name="轮训点", on_delete=models.PROTECT, related_name="hosts_rotation")
    is_active = models.BooleanField("使用中", default=True)

    objects = GrowthQuerySet.as_manager()

    class Meta:
        verbose_name = "轮训点"
        ordering = ["unit__path", "place__path"]
        constraints = [models.UniqueConstraint(fields=["unit", "place"], name="rotation_site_once")]

    def __str__(self) -> str:
        return str(self.place)


class RotationPlan(HistoryModel):
    """So many half months from a first one; ``per_site`` people at each site in each of them.

    ``short``: seats nobody could be found for, as ``[first day, site, seat]``.
    """

    SEALED_FIELDS: ClassVar = ("unit", "title", "first_day", "periods", "per_site")

    unit = models.ForeignKey(Unit, verbose_name="组织单位", on_delete=models.PROTECT, related_name="rotation_plans")
    title = models.CharField("名称", max_length=60)
    first_day = models.DateField("第一个半月的第一天")
    periods = models.PositiveSmallIntegerField("半月数")
    per_site = models.PositiveSmallIntegerField("每点人数")
    short = models.JSONField("缺人的位置", default=list)
    planned_at = models.DateTimeField("编排时间", null=True)
    request_key = models.UUIDField(null=True, editable=False, unique=True)

    objects = GrowthQuerySet.as_manager()

    class Meta:
        verbose_name = "轮训计划"
        ordering = ["-first_day", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(periods__gte=1, periods__lte=48, per_site__gte=1, per_site__lte=20), name="rotation_size"
            ),
            models.CheckConstraint(condition=Q(first_day__day__in=[1, 16]), name="rotation_half_month"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("staff:rotation-plan", args=[self.pk])


class RotationTurn(models.Model):
    """One worker at one seat of a site for a half month. The database lets nobody be at two places at once."""

    plan = models.ForeignKey(RotationPlan, on_delete=models.PROTECT, related_name="turns")
    site = models.ForeignKey(RotationSite, on_delete=models.PROTECT, related_name="turns")
    seat = models.PositiveSmallIntegerField("位置")
    worker = models.ForeignKey(Worker, on_delete=models.PROTECT, related_name="rotation_turns")
    first_day = models.DateField("第一天")
    last_day = models.DateField("最后一天")
    state = models.CharField("状态", max_length=8, choices=RotationState.choices, default=RotationState.PLANNED)
    result = models.CharField("评价", max_length=10, choices=TurnResult.choices, blank=True, default="")
    note = models.CharField("说明", max_length=200, blank=True, default="")

    objects = GrowthOfWorkerQuerySet.as_manager()

    class Meta:
        verbose_name = "轮训安排"
        ordering = ["first_day", "site", "seat"]
        constraints = [
            models.CheckConstraint(condition=Q(last_day__gte=F("first_day")), name="rotation_days"),
            models.CheckConstraint(condition=Q(seat__gte=1), name="rotation_seat"),
            models.CheckConstraint(condition=Q(state__in=RotationState.values), name="rotation_state"),
            models.CheckConstraint(
                condition=Q(result="") | Q(result__in=TurnResult.values, state=RotationState.DONE), name="rotation_result"
            ),
            ExclusionConstraint(
                name="rotation_worker_one_place",
                expressions=[
                    ("worker", RangeOperators.EQUAL),
                    (days("first_day", "last_day", "[]"), RangeOperators.OVERLAPS),
                ],
            ),
            ExclusionConstraint(
                name="rotation_seat_one_worker",
                expressions=[
                    ("site", RangeOperators.EQUAL),
                    ("seat", RangeOperators.EQUAL),
                    (days("first_day", "last_day", "[]"), RangeOperators.OVERLAPS),
                ],
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["first_day"], name="rotation_turn_day")]

    def __str__(self) -> str:
        return f"{self.worker} {self.site} {self.first_day}"
