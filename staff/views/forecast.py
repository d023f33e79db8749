"""The forecast of pay: list, asking for one, what came out, its file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views import View

from common import policies
from common.models import Job
from common.months import first_of_next
from common.pages import (
    Empty,
    Link,
    Ordering,
    ScopedDetailView,
    ScopedFormView,
    ScopedListView,
    ScopedObjectMixin,
)
from common.reporting.jobs import start_export
from common.timeline import timeline_of
from staff import permissions
from staff.choices import COLOURS, ForecastState
from staff.filters.forecast import ForecastFilter
from staff.forms.forecast import BY, ForecastForm, SchemeForecastForm, TableForecastForm
from staff.models import Forecast, ForecastRow
from staff.pay.money import ZERO
from staff.policy_kinds import SCHEME, scheme_samples
from staff.selectors.forecast import COSTS, LABELS, Line, by_month, by_street, by_year, schemes_to_come
from staff.services.forecast import KIND, forecast_start
from staff.tables.forecast import ForecastTable
from staff.views.funds import wan

TITLE = "人员经费测算"
TRAIL: list[tuple[str, str | None]] = [("社区队伍", None), (TITLE, "/staff/forecasts/")]


class ForecastList(ScopedListView):
    model = Forecast
    permission = permissions.PAY_VIEW
    page_title = TITLE
    page_lead = "现有人员今后 36 个月要花多少钱：工资、年终、单位社保和公积金，按镇街、按月。可以与另一个方案比较。"
    breadcrumbs = (("社区队伍", None), (TITLE, None))
    table_class = ForecastTable
    filterset_class = ForecastFilter
    orderings = (
        Ordering("asked_at", "发起时间", "asked_at", descending=True),
        Ordering("total", "现行方案合计", "total", descending=True),
    )
    search_hint = "范围的名称，或方案的名称"
    create = Link("新的测算", "staff:forecast-new", permissions.PAY_VIEW)
    links = (Link("改系数表后测算", "staff:forecast-table", permissions.PAY_VIEW, icon="table"),)
    empty = Empty(
        "还没有测算", "选好范围和起始月份，系统按现有人员和规则算出以后各月的经费。", "新的测算", "staff:forecast-new"
    )
    export_report_key = "staff.forecasts"

    def rows(self, queryset: QuerySet[Forecast]) -> QuerySet[Forecast]:
        return queryset.select_related("unit", "asked_by")

    def search(self, queryset: QuerySet[Forecast], text: str) -> QuerySet[Forecast]:
        return queryset.filter(unit__name__icontains=text) | queryset.filter(new_label__icontains=text)


# --- asking


class ForecastNew(ScopedFormView):
    """The present scheme, alone or beside one that is saved or a sample."""

    permission = permissions.PAY_VIEW
    form_class: type[ForecastForm] = SchemeForecastForm
    page_title = "新的测算"
    page_lead = "从今天的在册人员出发，逐月推算晋级、试用期满、证书、工龄和退休，再按工资表的算法算出单位要花的钱。不产生工资条。"
    breadcrumbs = (*TRAIL[1:], ("新的测算", None))
    submit_label = "开始测算"
    cancel_url = "staff:forecasts"

    def form_arguments(self) -> dict[str, Any]:
        return {"user": self.request.user, "offered": self._offered()}

    def _offered(self) -> list[tuple[str, str]]:
        saved = [
            (f"version:{row.pk}", f"{row.data['label']}（已保存，自 {row.valid_from:%Y-%m-%d} 起）")
            for row in schemes_to_come(timezone.localdate())
        ]
        return saved + [(f"sample:{key}", f"样板：{label}") for key, (label, _) in scheme_samples().items()]

    def perform(self, form: forms.BaseForm) -> Job:
        values = dict(form.cleaned_data)
        kind, _, key = values.pop("scheme").partition(":")
        if kind == "sample":
            label, data = scheme_samples()[key]
            values |= {"scheme": data, "new_label": label}
        elif kind == "version":
            row = next(row for row in schemes_to_come(timezone.localdate()) if str(row.pk) == key)
            begins = row.valid_from if row.valid_from.day == 1 else first_of_next(row.valid_from)
            values |= {"scheme": row.data, "new_label": row.data["label"], "since": values["since"] or begins}
        return forecast_start(actor=self.request.user, request_key=self.submission, **values)

    def next_url(self, result: Job) -> str:
        return reverse("common:job", args=[result.pk])


class ForecastTableNew(ForecastNew):
    """The present scheme with another base or other figures of its grades, typed into a table."""

    form_class = TableForecastForm
    template_name = "staff/forecast/table.html"
    page_title = "改系数表后测算"
    page_lead = "表里是现行方案。改动基数、地区系数或各级的数字，看每个镇街要多花多少钱；规则本身不变。"
    breadcrumbs = (*TRAIL[1:], ("改系数表后测算", None))

    def form_arguments(self) -> dict[str, Any]:
        present = policies.current(SCHEME, timezone.localdate()).data
        return {"user": self.request.user, "present": present}

    def perform(self, form: forms.BaseForm) -> Job:
        if not isinstance(form, TableForecastForm):
            raise TypeError("not the form of this page")
        content = form.content()
        policies.kind_of(SCHEME).check(content)
        values = {name: form.cleaned_data[name] for name in ("unit", "first_month", "months", "since", "renewals")}
        label = form.changes() or "与现行方案相同"
        return forecast_start(
            actor=self.request.user, request_key=self.submission, scheme=content, new_label=label, **values
        )


# --- what came out


class ForecastView(ScopedDetailView):
    """Sums, the course of the months, every street with the difference, every year, what was assumed."""

    model = Forecast
    permission = permissions.PAY_VIEW
    template_name = "staff/forecast/detail.html"
    object: Forecast

    def rows(self, queryset: QuerySet[Forecast]) -> QuerySet[Forecast]:
        return queryset.select_related("unit", "asked_by")

    def trail(self) -> list[tuple[str, str | None]]:
        return TRAIL

    def context(self) -> dict[str, Any]:
        row = self.object
        context = {
            "state_colour": COLOURS[ForecastState(row.state)],
            "facts": list(_facts(row)),
            "timeline": timeline_of(row),
        }
        if row.state != ForecastState.READY:
            jobs = Job.objects.visible_to(self.request.user)
            return {**context, "job": jobs.filter(kind=KIND, params__forecast=row.pk).first()}
        rows = ForecastRow.objects.visible_to(self.request.user).filter(forecast=row)
        streets, months = by_street(row, rows), by_month(row, rows)
        costs = [name for name in COSTS if any(line.costs[name] for line in streets)]
        return {
            **context,
            "costs": [LABELS[name] for name in costs],
            "streets": [_line(line, costs) for line in streets],
            "years": [_line(line, costs) for line in by_year(row, rows)],
            "sums": list(_sums(row)),
            "last_people": months[-1].people if months else 0,
            "months_option": _course(row, months),
            "streets_option": _bars(row, streets),
            "left_out": row.left_out[:20],
            "sheets": [
                {"url": reverse("staff:forecast-sheet", args=[row.pk, by]), "label": f"导出（{label}）"}
                for by, label in BY
            ],
        }


def _facts(row: Forecast) -> Iterator[tuple[Any, ...]]:
    yield "测算范围", row.unit
    yield "起始月份", f"{row.first_month:%Y-%m}，共 {row.months} 个月"
    yield "现行方案", row.old_label
    if row.since:
        yield "比较的方案", f"{row.new_label}，自 {row.since:%Y-%m} 起"
    yield "发起人", row.asked_by
    for number, sentence in enumerate(row.assumed):
        yield ("假定" if number == 0 else ""), sentence, "wide"


def _sums(row: Forecast) -> Iterator[tuple[str, Decimal, str]]:
    yield "现行方案合计", wan(row.total), "blue"
    if row.new_total is not None:
        yield "新方案合计", wan(row.new_total), "blue"
        yield "差额", wan(row.new_total - row.total), "amber"


def _line(line: Line, costs: list[str]) -> dict[str, Any]:
    return {
        "label": line.label, "people": line.people, "costs": [(LABELS[name], line.costs[name]) for name in costs],
        "total": line.total,
        "new": line.new, "difference": line.difference,
    }  # fmt: skip


def _course(row: Forecast, months: list[Line]) -> dict[str, Any]:
    """Month by month in 万元: the present scheme by kind of cost, or both schemes as lines."""
    axis = {"data": [line.label for line in months]}
    if row.scheme is None:
        series = [
            {"type": "bar", "stack": "cost", "name": LABELS[name], "data": [_wan(line.costs[name]) for line in months]}
            for name in COSTS
            if any(line.costs[name] for line in months)
        ]
    else:
        series = [
            {"type": "line", "name": "现行方案", "data": [_wan(line.total) for line in months]},
            {"type": "line", "name": "新方案", "data": [_wan(line.new) for line in months]},
        ]
    return {"xAxis": axis, "yAxis": {"name": "万元", "scale": row.scheme is not None}, "series": series}


def _bars(row: Forecast, streets: list[Line]) -> dict[str, Any]:
    series = [{"type": "bar", "name": "现行方案（万元）", "data": [_wan(line.total) for line in streets]}]
    if row.scheme is not None:
        series.append({"type": "bar", "name": "新方案（万元）", "data": [_wan(line.new) for line in streets]})
    return {"yAxis": {"data": [line.label for line in streets], "inverse": True}, "xAxis": {}, "series": series}


def _wan(amount: Decimal | None) -> float:
    return float(wan(amount or ZERO))


class ForecastSheet(ScopedObjectMixin, View):
    """Start the file of a forecast."""

    model = Forecast
    permission = permissions.PAY_VIEW

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        forecast = self.get_object()
        words: Mapping[str, str] = dict(BY)
        if kwargs["by"] not in words:
            raise Http404("没有这种表。")
        job = start_export(
            report_key="staff.forecast", actor=request.user, params={"forecast": forecast.pk, "by": kwargs["by"]},
            label=f"测算表（{words[kwargs['by']]}）{forecast}",
        )  # fmt: skip
        return redirect("common:job", job.pk)
