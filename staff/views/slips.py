"""Pages of slips, and of a worker's year."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views import View

from common.masks import mask_name
from common.pages import (
    Empty,
    Ordering,
    ScopedDetailView,
    ScopedListView,
    ScopedObjectMixin,
)
from staff import permissions
from staff.choices import FROZEN
from staff.filters.pay import SlipFilter
from staff.models import Slip, Worker
from staff.pay.stored import year_from
from staff.selectors.runs import label_of, search_slips, year_statement, years_of
from staff.tables.pay import SlipTable
from staff.views.runs import TRAIL


class SlipList(ScopedListView):
    model = Slip
    permission = permissions.PAY_VIEW
    page_title = "工资条"
    breadcrumbs = (("社区队伍", None), ("工资条", None))
    table_class = SlipTable
    filterset_class = SlipFilter
    orderings = (
        Ordering("month", "月份", "month", descending=True),
        Ordering("net", "实发", "net", descending=True),
        Ordering("grade", "等级", "grade", descending=True),
    )
    search_hint = "工号，或完整的姓名"
    empty = Empty("还没有工资条", "核算工资表以后，每个人的工资条显示在这里。", "查看工资表", "staff:runs")
    export_report_key = "staff.slips"
    export_permission = permissions.EXPORT

    def rows(self, queryset: QuerySet[Slip]) -> QuerySet[Slip]:
        return queryset.select_related("unit", "worker__person", "run")

    def search(self, queryset: QuerySet[Slip], text: str) -> QuerySet[Slip]:
        return search_slips(queryset, text)


class SlipView(ScopedDetailView):
    """One slip: every line with its reason, both sides of the contributions, the tax and how it came about."""

    model = Slip
    permission = permissions.PAY_VIEW
    template_name = "staff/pay/slip.html"
    object: Slip

    def rows(self, queryset: QuerySet[Slip]) -> QuerySet[Slip]:
        return queryset.select_related("unit", "worker__person", "run__unit")

    def title(self) -> str:
        return f"{label_of(self.object)}工资条 {self.object.worker.number}"

    def trail(self) -> list[tuple[str, str | None]]:
        return [*TRAIL, (str(self.object.run), self.object.run.get_absolute_url())]

    def context(self) -> dict[str, Any]:
        slip = self.object
        return {
            **slip_context(slip),
            "name": mask_name(slip.worker.person.name),
            "year_url": reverse("staff:worker-year", args=[slip.worker_id, slip.month.year]),
            "facts_url": reverse("staff:worker-pay", args=[slip.worker_id]),
        }


def slip_context(slip: Slip) -> dict[str, Any]:
    """What both the office and the worker see of a slip."""
    return {
        "slip": slip,
        "label": label_of(slip),
        "lines": [(key, name, Decimal(amount), why) for key, name, amount, why in slip.lines],
        "contributions": [(key, name, *map(Decimal, amounts)) for key, name, *amounts in slip.contributions],
        "employer_sum": slip.employer - slip.gross,
        "tax_words": slip.facts.get("tax", ""),
        "notes": slip.facts.get("notes", ()),
        "year": year_from(slip.year),
        "held": sum((Decimal(amount) for amount in slip.held.values()), Decimal(0)),
        "frozen": slip.run.state in FROZEN,
    }


class WorkerYear(ScopedObjectMixin, View):
    """A worker's year: each slip and the sums."""

    model = Worker
    permission = permissions.PAY_VIEW
    object_permission = permissions.PAY_VIEW

    def rows(self, queryset: QuerySet[Worker]) -> QuerySet[Worker]:
        return queryset.select_related("person", "unit")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        worker, year = self.get_object(), kwargs["year"]
        own = Slip.objects.visible_to(request.user).filter(worker=worker)
        context = {
            "worker": worker, "name": mask_name(worker.person.name), "statement": year_statement(own, year),
            "years": [(one, reverse("staff:worker-year", args=[worker.pk, one])) for one in years_of(own)],
            "page_title": f"{year} 年工资 {worker.number}",
            "breadcrumbs": [*TRAIL, (f"{year} 年工资 {worker.number}", None)],
        }  # fmt: skip
        return render(request, "staff/pay/year.html", context)
