"""Daily attendance: what was signed, what somebody else corrected, and the month that is closed for the pay run.

Collected are a time and, if the worker likes, a few words on the place: no position, no picture, no device (domain §9;
个人信息保护法 arts. 6 and 13, what the employment needs and no more).
"""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from common.models import HistoryModel
from grid.models import Unit
from staff.choices_growth import DayMark, SheetState, SignWay
from staff.models.roster import Worker
from staff.querysets import AttendanceOfWorkerQuerySet, AttendanceQuerySet


class AttendanceDay(models.Model):
    """A worker's day. ``mark``: what another person wrote down, with the reason; it counts over what was signed."""

    worker = models.ForeignKey(Worker, on_delete=models.PROTECT, related_name="attendance_days")
    day = models.DateField("日期")
    signed_in_at = models.DateTimeField("签到", null=True)
    signed_out_at = models.DateTimeField("签退", null=True)
    in_way = models.CharField("签到方式", max_length=8, choices=SignWay.choices, blank=True, default="")
    out_way = models.CharField("签退方式", max_length=8, choices=SignWay.choices, blank=True, default="")
    place = models.CharField("地点说明", max_length=40, blank=True, default="")
    mark = models.CharField("更正", max_length=8, choices=DayMark.choices, blank=True, default="")
    reason = models.CharField("更正理由", max_length=120, blank=True, default="")
    marked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    marked_at = models.DateTimeField("更正时间", null=True)

    objects = AttendanceOfWorkerQuerySet.as_manager()

    class Meta:
        verbose_name = "考勤"
        ordering = ["-day", "worker__number"]
        constraints = [
            models.UniqueConstraint(fields=["worker", "day"], name="attendance_day_once"),
            models.CheckConstraint(
                condition=Q(signed_out_at=None) | Q(signed_out_at__gte=F("signed_in_at")), name="attendance_times"
            ),
            models.CheckConstraint(
                condition=Q(mark="", reason="", marked_by=None)
                | (Q(mark__in=DayMark.values, marked_by__isnull=False) & ~Q(reason="")),
                name="attendance_mark",
            ),
        ]
        indexes = [models.Index(fields=["day"], name="attendance_day")]

    def __str__(self) -> str:
        return f"{self.worker} {self.day}"


class AttendanceSheet(HistoryModel):
    """A unit's month that is closed: its days without excuse go into the pay of that month."""

    SEALED_FIELDS: ClassVar = ("unit", "month", "state", "people", "absent")

    unit = models.ForeignKey(Unit, verbose_name="单位", on_delete=models.PROTECT, related_name="attendance_sheets")
    month = models.DateField("月份")
    state = models.CharField("状态", max_length=8, choices=SheetState.choices, default=SheetState.CLOSED)
    people = models.PositiveIntegerField("人数", default=0)
    absent = models.DecimalField("旷工天数", max_digits=7, decimal_places=1, default=Decimal(0))

    objects = AttendanceQuerySet.as_manager()

    class Meta:
        verbose_name = "考勤月报"
        ordering = ["-month", "unit__path"]
        constraints = [
            models.UniqueConstraint(fields=["unit", "month"], name="attendance_sheet_once"),
            models.CheckConstraint(condition=Q(month__day=1), name="attendance_sheet_month"),
            models.CheckConstraint(condition=Q(state__in=SheetState.values), name="attendance_sheet_state"),
        ]

    def __str__(self) -> str:
        return f"{self.unit} {self.month:%Y年%m月}考勤"

    def get_absolute_url(self) -> str:
        return reverse("staff:attendance-sheet", args=[self.pk])


class AttendanceTotal(models.Model):
    """One worker's month in a closed sheet. ``absent_on``: the working days without excuse, as dates."""

    sheet = models.ForeignKey(AttendanceSheet, on_delete=models.PROTECT, related_name="totals")
    worker = models.ForeignKey(Worker, on_delete=models.PROTECT, related_name="attendance_totals")
    month = models.DateField("月份")
    due = models.DecimalField("应出勤", max_digits=4, decimal_places=1)
    present = models.DecimalField("实出勤", max_digits=4, decimal_places=1)
    leave = models.DecimalField("请假", max_digits=4, decimal_places=1)
    late = models.PositiveSmallIntegerField("迟到", default=0)
    early = models.PositiveSmallIntegerField("早退", default=0)
    absent = models.DecimalField("旷工", max_digits=4, decimal_places=1, default=Decimal(0))
    absent_on = models.JSONField("旷工日期", default=list)

    objects = AttendanceOfWorkerQuerySet.as_manager()

    class Meta:
        verbose_name = "考勤月报明细"
        ordering = ["-month", "worker__unit__path", "worker__number"]
        constraints = [
            # Nobody's month is counted twice, whatever sheets there are.
            models.UniqueConstraint(fields=["worker", "month"], name="attendance_total_once"),
        ]
        indexes = [models.Index(fields=["month"], name="attendance_total_month")]

    def __str__(self) -> str:
        return f"{self.worker} {self.month:%Y-%m}"
