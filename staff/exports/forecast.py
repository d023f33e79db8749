"""Exports of the forecast of pay: the list, and one forecast by street and month or year."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.db.models import Min, Sum
from django.db.models.functions import ExtractYear

from common.errors import Invalid
from common.reporting import Column, Meta, Report, register
from common.reporting.lists import ListExport
from grid.choices import Level
from staff import permissions
from staff.choices import ForecastState
from staff.forms.forecast import ForecastChoiceForm
from staff.models import Forecast, ForecastRow
from staff.pay.money import ZERO
from staff.selectors.forecast import COSTS, LABELS
from staff.views.forecast import ForecastList


@register
class ForecastListExport(ListExport):
    key, label, permission = "staff.forecasts", "人员经费测算清单", permissions.PAY_VIEW
    view = ForecastList
    table = (
        Column("name", "测算", width=30),
        Column("old_label", "现行方案", width=18),
        Column("new_label", "比较的方案", width=24),
        Column("state", "状态", choices=dict(ForecastState.choices), width=10),
        Column("people", "首月人数", "integer"),
        Column("total", "现行方案合计（元）", "decimal", width=18),
        Column("difference", "差额（元）", "decimal", width=16),
        Column("asked_by", "发起人", width=12),
        Column("asked_at", "发起时间", "datetime"),
    )
    cells: ClassVar[Mapping[str, Callable[[Any], Any]]] = {
        "name": str,
        "asked_by": lambda row: str(row.asked_by or ""),
    }


@register
class ForecastReport(Report):
    """Every street, month by month or year by year; beside a new scheme its cost and the difference."""

    key, label, permission = "staff.forecast", "社区工作者人员经费测算表", permissions.PAY_VIEW
    style = "official"
    form_class: ClassVar[type[forms.Form] | None] = ForecastChoiceForm

    def make_form(self, raw: Any, user: Any) -> forms.Form:
        return ForecastChoiceForm(raw, user=user)

    def clean(self, raw: Any, user: Any) -> dict[str, Any]:
        found = super().clean(raw, user)
        if found["forecast"].state != ForecastState.READY:
            raise Invalid("测算还没有完成，完成后再导出。", "forecast")
        return found

    def meta(self, user: Any, params: Any) -> Meta:
        row: Forecast = params["forecast"]
        period = f"{row.first_month.year}年{row.first_month.month}月起{row.months}个月"
        note = f"现行方案：{row.old_label}。" + (
            f"比较的方案：{row.new_label}，自{row.since:%Y年%-m月}起。" if row.since else ""
        )
        return Meta(self.label, row.unit.name, params["as_of"], period, note + "".join(row.assumed))

    def columns(self, params: Any) -> list[Column]:
        row: Forecast = params["forecast"]
        monthly = params["by"] == "month"
        found = [
            Column("street", "镇街", width=16),
            Column("period", "月份" if monthly else "年度", width=10),
            Column("people", "人数" if monthly else "人月", "integer", width=7, total="sum"),
            *(Column(name, LABELS[name], "decimal", width=15, total="sum") for name in COSTS),
            Column("total", "合计", "decimal", width=16, total="sum"),
        ]
        if row.scheme is not None:
            found += [
                Column("new", "新方案合计", "decimal", width=16, total="sum"),
                Column("difference", "差额", "decimal", width=15, total="sum"),
            ]
        return found

    def rows(self, user: Any, params: Any) -> Iterator[dict[str, Any]]:
        forecast: Forecast = params["forecast"]
        new: dict[Any, Decimal] = {}
        old: list[Mapping[str, Any]] = []
        for row in _grouped(user, forecast, params["by"]):
            if row["new"]:
                new[row["unit_id"], row["period"]] = _total(row)
            else:
                old.append(row)
        for row in old:
            total, other = _total(row), new.get((row["unit_id"], row["period"]), ZERO)
            yield {
                "street": _name(forecast, row), "period": _period(row["period"]), "people": row["count"], "total": total,
                **{name: row[f"sum_{name}"] for name in COSTS},
                **({} if forecast.scheme is None else {"new": other, "difference": other - total}),
            }  # fmt: skip


def _grouped(user: Any, forecast: Forecast, by: str) -> Any:
    rows = ForecastRow.objects.visible_to(user).filter(forecast=forecast)
    period = Min("month") if by == "month" else ExtractYear(Min("month"))
    group = ("unit_id", "unit__path", "unit__name", "unit__level", "new", "month" if by == "month" else "month__year")
    sums = {f"sum_{name}": Sum(name) for name in COSTS}
    return rows.order_by("unit__path", group[-1]).values(*group).annotate(period=period, count=Sum("people"), **sums)


def _total(row: Mapping[str, Any]) -> Decimal:
    return sum((row[f"sum_{name}"] for name in COSTS), ZERO)


def _name(forecast: Forecast, row: Mapping[str, Any]) -> str:
    own = row["unit_id"] == forecast.unit_id and row["unit__level"] == Level.DISTRICT
    return "区直" if own else str(row["unit__name"])


def _period(value: Any) -> str:
    return f"{value} 年" if isinstance(value, int) else f"{value:%Y-%m}"
