"""Forecasts of pay: what was asked, and what each street will cost month by month."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from common.models import HistoryModel
from grid.models import Unit
from staff.choices import ForecastState
from staff.models.pay import money
from staff.querysets import ForecastQuerySet, ForecastRowQuerySet


class Forecast(HistoryModel):
    """What everybody below a unit will cost from a month on, under the present scheme and, if there is one, a new one.

    ``scheme``: content of the new scheme, from ``since`` on; ``renewals``: certificates that end are taken for renewed.
    ``assumed``: what else was assumed, as sentences; ``left_out``: ``[number, why]`` of those for whom nothing was reckoned.
    """

    SEALED_FIELDS: ClassVar = (
        "unit", "first_month", "months", "since", "renewals", "old_label", "new_label", "state", "total", "new_total",
    )  # fmt: skip

    unit = models.ForeignKey(Unit, verbose_name="测算范围", on_delete=models.PROTECT, related_name="pay_forecasts")
    first_month = models.DateField("起始月份")
    months = models.PositiveSmallIntegerField("月数", default=36)
    renewals = models.BooleanField("证书到期视为续登", default=True)
    old_label = models.CharField("现行方案", max_length=40)
    new_label = models.CharField("比较的方案", max_length=60, blank=True, default="")
    scheme = models.JSONField(null=True)
    since = models.DateField("新方案起始月份", null=True)
    state = models.CharField("状态", max_length=8, choices=ForecastState.choices, default=ForecastState.WAITING)
    people = models.PositiveIntegerField("首月人数", default=0)
    total = money("现行方案合计", default=0)
    new_total = money("新方案合计", null=True)
    assumed = models.JSONField(default=list)
    left_out = models.JSONField(default=list)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="发起人", null=True, on_delete=models.PROTECT, related_name="+"
    )
    asked_at = models.DateTimeField("发起时间")
    ready_at = models.DateTimeField("完成时间", null=True)
    request_key = models.UUIDField(null=True, editable=False, unique=True)

    objects = ForecastQuerySet.as_manager()

    class Meta:
        verbose_name = "经费测算"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=ForecastState.values), name="forecast_state"),
            models.CheckConstraint(condition=Q(first_month__day=1), name="forecast_month"),
            models.CheckConstraint(condition=Q(months__gte=1, months__lte=60), name="forecast_months"),
            models.CheckConstraint(
                condition=Q(scheme__isnull=True, since=None) | Q(scheme__isnull=False, since__isnull=False),
                name="forecast_scheme",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit} {self.first_month:%Y年%-m月}起 {self.months} 个月"

    def get_absolute_url(self) -> str:
        return reverse("staff:forecast", args=[self.pk])

    @property
    def difference(self) -> Any:
        """What the new scheme costs more; ``None`` without one."""
        return None if self.new_total is None else self.new_total - self.total


class ForecastRow(models.Model):
    """A month of a street, in yuan by kind of cost. ``unit``: the street, or the district for its own people.

    ``new``: under the new scheme; ``bonus``: the 13th period.
    """

    forecast = models.ForeignKey(Forecast, on_delete=models.PROTECT, related_name="rows")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    month = models.DateField("月份")
    new = models.BooleanField("新方案")
    people = models.PositiveIntegerField("人数")
    pay = money("工资")
    bonus = money("年终")
    insurance = money("单位社保")
    fund = money("单位公积金")

    objects = ForecastRowQuerySet.as_manager()

    class Meta:
        verbose_name = "测算结果"
        ordering = ["forecast", "unit__path", "month", "new"]
        constraints = [
            models.UniqueConstraint(fields=["forecast", "unit", "month", "new"], name="forecast_row_once"),
        ]

    def __str__(self) -> str:
        return f"{self.unit} {self.month:%Y-%m}"

    @property
    def total(self) -> Any:
        return self.pay + self.bonus + self.insurance + self.fund
