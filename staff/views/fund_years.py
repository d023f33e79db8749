"""A year of the funds: budgets that two people make, and the year's end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views import View

from common.errors import PlainError, Refused
from common.pages import ActionView, Empty, Link, Ordering, ScopedDetailView, ScopedListView, SignedInMixin
from common.pages.forms import ScopedFormView, add_error
from common.timeline import timeline_of
from grid.choices import Level
from grid.models import Unit
from staff import permissions
from staff.choices import COLOURS, FundState
from staff.filters.funds import BudgetFilter
from staff.forms.funds import BudgetForm, CloseForm
from staff.models import FundAccount, FundBudget
from staff.pay.money import HUNDRED, short
from staff.selectors import funds as selectors
from staff.services import fund_years
from staff.tables.funds import BudgetTable
from staff.views.funds import FUNDS
from staff.workflow.funds import BUDGET_FLOW

BUDGETS = "经费预算"


def district_of(user: Any) -> Unit:
    """The district whose funds the person keeps; raises ``Refused`` without one."""
    found = Unit.objects.visible_to(user, permissions.FUND_MANAGE).filter(level=Level.DISTRICT).first()
    if found is None:
        raise Refused("经费预算和结转由区级办理。")
    return found


class BudgetList(ScopedListView):
    model = FundBudget
    permission = permissions.FUND_MANAGE
    page_title = BUDGETS
    page_lead = "每年一次：编报、由另一位同事审批，通过后按标准下达到每个社区。追加预算再编一份。"
    breadcrumbs = ((FUNDS, "/staff/funds/"), (BUDGETS, None))
    table_class = BudgetTable
    filterset_class = BudgetFilter
    orderings = (
        Ordering("year", "年度", "year", descending=True),
        Ordering("amount", "预算总额", "amount", descending=True),
    )
    search_hint = "经费名称或依据"
    create = Link("编报预算", "staff:fund-budget-new", permissions.FUND_MANAGE)
    links = (Link("年末结转", "staff:fund-close", permissions.FUND_MANAGE, icon="calendar"),)
    empty = Empty(
        "还没有预算",
        "先编报一年的预算；有哪几项经费、标准是多少，在“规则”里维护。",
        "编报预算",
        "staff:fund-budget-new",
    )
    export_report_key = "staff.fund_budgets"

    def rows(self, queryset: QuerySet[FundBudget]) -> QuerySet[FundBudget]:
        return queryset.select_related("unit", "entered_by", "decided_by")

    def search(self, queryset: QuerySet[FundBudget], text: str) -> QuerySet[FundBudget]:
        return queryset.filter(label__icontains=text) | queryset.filter(note__icontains=text)


class BudgetNew(ScopedFormView):
    permission = permissions.FUND_MANAGE
    form_class = BudgetForm
    page_title = "编报预算"
    page_lead = "提交后由另一位同事审批，通过后入账并下达。"
    breadcrumbs = ((FUNDS, "/staff/funds/"), (BUDGETS, "/staff/funds/budgets/"), ("编报预算", None))
    submit_label = "提交审批"
    cancel_url = "staff:fund-budgets"
    success_message = "已编报，等待审批。"

    def form_arguments(self) -> dict[str, Any]:
        return {"communities": fund_years.communities_of(district_of(self.request.user)).count()}

    def perform(self, form: forms.BaseForm) -> FundBudget:
        return fund_years.budget_enter(
            actor=self.request.user, unit=district_of(self.request.user), request_key=self.submission,
            **form.cleaned_data,
        )  # fmt: skip


class BudgetPage(ScopedDetailView):
    model = FundBudget
    permission = permissions.FUND_MANAGE
    template_name = "staff/funds/entry.html"
    object: FundBudget

    def rows(self, queryset: QuerySet[FundBudget]) -> QuerySet[FundBudget]:
        return queryset.select_related("unit", "entered_by", "decided_by")

    def trail(self) -> list[tuple[str, str | None]]:
        return [(FUNDS, reverse("staff:funds")), (BUDGETS, reverse("staff:fund-budgets"))]

    def context(self) -> dict[str, Any]:
        row = self.object
        return {
            "state_colour": COLOURS[FundState(row.state)],
            "buttons": [
                {"action": action, "url": reverse("staff:fund-budget-act", args=[row.pk, action.name])}
                for action in BUDGET_FLOW.available(row, self.request.user)
            ],
            "facts_title": "预算内容",
            "facts": list(self._facts()),
            "timeline": timeline_of(row),
        }

    def _facts(self) -> Iterator[tuple[Any, ...]]:
        row = self.object
        yield "单位", row.unit
        yield "经费", row.label
        yield "年度", f"{row.year} 年"
        yield "预算总额（元）", f"{row.amount:,}"
        yield "每个社区下达（元）", f"{row.each:,}" if row.each else "以后逐笔下达"
        yield "编报人", row.entered_by
        yield "审批人", row.decided_by
        yield "依据", row.note, "wide"


class BudgetAction(ActionView):
    model = FundBudget
    permission = permissions.FUND_MANAGE
    workflow = BUDGET_FLOW
    detail_view = BudgetPage

    def rows(self, queryset: QuerySet[FundBudget]) -> QuerySet[FundBudget]:
        return queryset.select_related("unit")


class CloseYear(SignedInMixin, View):
    """What the rule leaves of a year, looked at before it is done."""

    permission = permissions.FUND_MANAGE

    def get(self, request: HttpRequest) -> HttpResponse:
        form = self._form(request.GET or None)
        if not form.is_bound or not form.is_valid():
            return self._show(form, status=400 if form.is_bound else 200)
        return self._preview(form)

    def post(self, request: HttpRequest) -> HttpResponse:
        form = self._form(request.POST)
        if not form.is_valid():
            return self._show(form, status=400)
        try:
            done = fund_years.year_close(
                actor=request.user, unit=district_of(request.user), **form.cleaned_data
            )  # fmt: skip
        except PlainError as error:
            add_error(form, error)
            return self._show(form, status=error.status)
        messages.success(request, f"已结转 {done} 本账。" if done else "没有需要结转的账。")
        return HttpResponseRedirect(f"{reverse('staff:funds')}?year={form.cleaned_data['year']}")

    def _form(self, data: Any) -> CloseForm:
        rows = FundAccount.objects.visible_to(self.request.user).filter(year__lt=timezone.localdate().year)
        years = sorted(set(rows.order_by().values_list("year", flat=True).distinct()), reverse=True)
        return CloseForm(data, funds=selectors.funds_of(rows), years=years)

    def _preview(self, form: CloseForm) -> HttpResponse:
        fund, year = form.cleaned_data["fund"], form.cleaned_data["year"]
        try:
            rule = fund_years.rule_of(fund, year)
        except PlainError as error:
            add_error(form, error)
            return self._show(form, status=error.status)
        lines = list(fund_years.remainders(district_of(self.request.user), rule, year))
        return self._show(
            form, lines=lines, rule=rule, year=year, carry=short(rule.carry * HUNDRED),
            carried=sum(line.carried for line in lines), returned=sum(line.returned for line in lines),
        )  # fmt: skip

    def _show(self, form: CloseForm, status: int = 200, **context: Any) -> HttpResponse:
        context |= {
            "page_title": "年末结转",
            "page_lead": "年度结束后，结余按规则的比例留给本单位下年使用，其余收回区级。先看明细，确认后执行；执行过的不会重复。",
            "breadcrumbs": ((FUNDS, reverse("staff:funds")), ("年末结转", None)),
            "form": form,
        }
        return render(self.request, "staff/funds/close.html", context, status=status)
