"""A supplier's month: the sheet, its confirmation, and what was settled before."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views import View

from common.errors import Invalid, PlainError
from common.months import first_of_next
from common.pages import Empty, Link, Ordering, ScopedListView, SignedInMixin
from common.reporting import as_table, get, prepare
from common.reporting.jobs import start_export
from volunteers import permissions
from volunteers.filters.shop import SettlementFilter
from volunteers.forms.shop import SettlementForm
from volunteers.models import Provider, Settlement
from volunteers.services.settlement import settle
from volunteers.tables.shop import SettlementTable
from volunteers.views.shop import SEEN_BY, may_use

SHEET, LINES = "volunteers.settlement", "volunteers.settlement_lines"
SETTLEMENTS = "月度结算"


class SettlementList(ScopedListView):
    model = Settlement
    permission = SEEN_BY
    page_title = SETTLEMENTS
    page_lead = "已确认的供应商结算单；之后的退货在退货当月扣减。"
    table_class = SettlementTable
    filterset_class = SettlementFilter
    orderings = (
        Ordering("month", "结算月份", "month", descending=True),
        Ordering("value", "结算金额", "value", descending=True),
    )
    search_hint = "供应商"
    create = Link("出结算单", "volunteers:settlement", icon="report-money")
    empty = Empty("还没有结算", "选择供应商和月份，核对后确认结算。", "出结算单", "volunteers:settlement")
    export_report_key = "volunteers.settlements"
    export_permission = permissions.EXPORT

    def rows(self, queryset: QuerySet[Settlement]) -> QuerySet[Settlement]:
        return queryset.select_related("provider", "settled_by")

    def search(self, queryset: QuerySet[Settlement], text: str) -> QuerySet[Settlement]:
        return queryset.filter(provider__name__icontains=text)


class SettlementView(SignedInMixin, View):
    """The sheet of a provider and month; its workbook; its confirmation."""

    permission = SEEN_BY

    def get(self, request: HttpRequest) -> HttpResponse:
        chosen = bool(request.GET)
        form = SettlementForm(request.GET if chosen else None, user=request.user, initial={"month": _month_before()})
        if chosen and form.is_valid():
            return self._show(form, **self._sheet(form))
        return self._show(form, status=400 if chosen else 200)

    def post(self, request: HttpRequest) -> HttpResponse:
        form = SettlementForm(request.POST, user=request.user)
        if not form.is_valid():
            return self._show(form, status=400)
        wanted = request.POST.get("do", "")
        if wanted in ("sheet", "lines"):
            return self._export(form, SHEET if wanted == "sheet" else LINES)
        if wanted != "settle":
            raise Invalid("没有选择要做的操作，请返回重新选择。")
        provider, month = form.cleaned_data["provider"], form.cleaned_data["month"]
        try:
            done = settle(provider=provider, month=month, actor=request.user)
            messages.success(request, f"已确认结算：{provider.name} {month:%Y-%m}，共 {done.value:f} 元。")
        except PlainError as error:
            messages.error(request, error.message)
        return HttpResponseRedirect(f"{request.path}?{urlencode(_raw(form))}")

    def _export(self, form: SettlementForm, key: str) -> HttpResponse:
        job = start_export(report_key=key, actor=self.request.user, params=_raw(form))
        return HttpResponseRedirect(reverse("common:job", args=[job.pk]))

    def _sheet(self, form: SettlementForm) -> dict[str, Any]:
        user = self.request.user
        provider: Provider = form.cleaned_data["provider"]
        month = form.cleaned_data["month"]
        settled = Settlement.objects.visible_to(user).filter(provider=provider, month=month).first()
        running = first_of_next(month) > timezone.localdate()
        tables = [as_table(prepare(get(key), user, _raw(form))) for key in (SHEET, LINES)]
        return {
            "tables": tables, "settled": settled, "chosen": _raw(form),
            "is_running": running, "may_settle": not running and settled is None and may_use(provider, user, permissions.SHOP),
        }  # fmt: skip

    def _show(self, form: SettlementForm, status: int = 200, **context: Any) -> HttpResponse:
        context |= {
            "page_title": "供应商结算单",
            "page_lead": "按领取月份结算：发放的实物、提供的服务和抵扣的物业费，减去当月的退货。",
            "breadcrumbs": [(SETTLEMENTS, reverse("volunteers:settlements")), ("供应商结算单", None)],
            "form": form,
        }
        return render(self.request, "volunteers/shop/settlement.html", context, status=status)


def _month_before() -> str:
    """The month one usually settles: the last that is over."""
    return f"{timezone.localdate().replace(day=1) - timedelta(days=1):%Y-%m}"


def _raw(form: SettlementForm) -> dict[str, str]:
    return {name: str(form.data.get(name, "")) for name in form.fields}
