"""Community funds: the year by street, a unit's own page, entries with their vouchers."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views import View

from common.pages import (
    Empty,
    Ordering,
    ScopedDetailView,
    ScopedListView,
    SignedInMixin,
)
from common.reporting.jobs import start_export
from common.scope import scope_of
from grid.choices import Level
from grid.models import Unit
from grid.querysets import covers
from staff import permissions
from staff.choices import COLOURS, FundState
from staff.filters.funds import AccountFilter
from staff.models import FundAccount, FundEntry
from staff.pay.money import fen
from staff.selectors import funds as selectors
from staff.tables.funds import AccountTable, other_side, words_of

FUNDS = "社区经费"
TRAIL: list[tuple[str, str | None]] = [("社区队伍", None), (FUNDS, "/staff/funds/")]
LATEST = 30
TEN_THOUSAND = 10_000


def chosen_year(request: HttpRequest, years: list[int]) -> int:
    text = request.GET.get("year", "")
    return int(text) if text in map(str, years) else timezone.localdate().year


# --- the year by street


class FundOverview(SignedInMixin, View):
    """Every street of the person's area with its money, what is spent of it, and what waits."""

    permission = permissions.FUND_VIEW

    def get(self, request: HttpRequest) -> HttpResponse:
        rows = FundAccount.objects.visible_to(request.user)
        years, kinds = selectors.years_of(rows), selectors.funds_of(rows)
        year = chosen_year(request, years)
        fund = request.GET.get("fund", "") if request.GET.get("fund", "") in kinds else ""
        lines = selectors.by_unit(request.user, year, fund)
        total = selectors.total_of(lines)
        may = scope_of(request.user).may
        context = {
            "page_title": FUNDS,
            "page_lead": "一年的预算下达到社区，支出凭证由登记人以外的人审批，余额随时可查。",
            "breadcrumbs": (("社区队伍", None), (FUNDS, None)),
            "years": years, "year": year, "kinds": kinds, "fund": fund, "total": total,
            "lines": [_overview_line(line, year, fund) for line in lines],
            "option": _bars(lines) if total.budget else None,
            "sums": [(label, wan(amount)) for label, amount in _sums(total)],
            "entries_url": f"{reverse('staff:fund-entries')}?{urlencode({'state': 'proposed', 'year': str(year)})}",
            "manages": may(permissions.FUND_MANAGE),
            "may_export": may(permissions.EXPORT),
        }  # fmt: skip
        return render(request, "staff/funds/overview.html", context)


def _overview_line(line: selectors.Spent, year: int, fund: str) -> dict[str, Any]:
    query: dict[str, Any] = {"year": year, **({"fund": fund} if fund else {})}
    if line.unit.level == Level.STREET:
        url = f"{reverse('staff:fund-accounts')}?{urlencode({**query, 'street': line.unit.pk})}"
    else:
        url = f"{reverse('staff:fund-unit', args=[line.unit.pk])}?{urlencode({'year': year})}"
    name = f"{line.unit.name}（区级）" if line.unit.level == Level.DISTRICT else line.unit.name
    return {"name": name, "url": url, "line": line}


def wan(amount: Decimal) -> Decimal:
    """万元 with two decimals: whole amounts do not fit where figures are large."""
    return fen(amount / TEN_THOUSAND)


def _sums(total: selectors.Spent) -> Iterator[tuple[str, Decimal]]:
    yield "可用经费", total.budget
    yield "支出", total.spent
    yield "余额", total.balance


def _bars(lines: list[selectors.Spent]) -> dict[str, Any]:
    return {
        "yAxis": {"data": [line.unit.name for line in lines], "inverse": True},
        "xAxis": {},
        "series": [
            {"type": "bar", "stack": "all", "name": "支出（万元）", "data": [float(wan(line.spent)) for line in lines]},
            {
                "type": "bar",
                "stack": "all",
                "name": "余额（万元）",
                "data": [float(wan(line.balance)) for line in lines],
            },
        ],
    }


class FundReport(SignedInMixin, View):
    """Start the report of the execution rate."""

    permission = permissions.EXPORT

    def post(self, request: HttpRequest) -> HttpResponse:
        params = {name: request.POST.get(name, "") for name in ("year", "fund")}
        job = start_export(report_key="staff.fund_execution", actor=request.user, params=params, label="经费执行情况表")
        return redirect("common:job", job.pk)


class AccountList(ScopedListView):
    model = FundAccount
    permission = permissions.FUND_VIEW
    page_title = "经费账"
    page_lead = "每个单位每项经费每年一本账：可用经费＝收到的－下达下级的；执行率＝支出 ÷ 可用经费。"
    breadcrumbs = (*TRAIL[1:], ("经费账", None))
    table_class = AccountTable
    filterset_class = AccountFilter
    orderings = (
        Ordering("place", "组织顺序", "unit__path"),
        Ordering("year", "年度", "year", descending=True),
        Ordering("balance", "余额", "balance", descending=True),
        Ordering("spent", "支出", "spent", descending=True),
    )
    search_hint = "单位或经费的名称"
    empty = Empty("还没有经费", "区级编报年度预算，审批通过后下达到社区。")
    export_report_key = "staff.fund_accounts"
    export_permission = permissions.EXPORT

    def rows(self, queryset: QuerySet[FundAccount]) -> QuerySet[FundAccount]:
        return queryset.select_related("unit")

    def search(self, queryset: QuerySet[FundAccount], text: str) -> QuerySet[FundAccount]:
        return selectors.search_accounts(queryset, text)


# --- a unit


class FundUnit(ScopedDetailView):
    """A community's funds of a year: what it has of each, what was spent, what can be done."""

    model = Unit
    permission = permissions.FUND_VIEW
    object_permission = permissions.FUND_VIEW
    template_name = "staff/funds/unit.html"
    object: Unit

    def title(self) -> str:
        return f"{self.object.name}的经费"

    def trail(self) -> list[tuple[str, str | None]]:
        return TRAIL

    def context(self) -> dict[str, Any]:
        unit, user = self.object, self.request.user
        rows = FundAccount.objects.visible_to(user)
        own = rows.filter(unit=unit)
        years = selectors.years_of(own)
        year = chosen_year(self.request, years)
        scope = scope_of(user)
        may_spend = covers(scope.holding(permissions.FUND_ENTER), unit)
        may_give = covers(scope.holding(permissions.FUND_MANAGE), unit)
        entries = selectors.entries_of(user, unit, year)[:LATEST]
        return {
            "years": years, "year": year, "latest": LATEST,
            "accounts": [
                {
                    "row": row, "percent": int(row.rate.percent or 0),
                    "spend_url": reverse("staff:fund-spend", args=[row.pk]) if may_spend and not row.is_closed else "",
                    "give_url": reverse("staff:fund-allocate", args=[row.pk])
                    if may_give and not row.is_closed and unit.level < Level.COMMUNITY else "",
                }
                for row in own.filter(year=year).select_related("unit").order_by("fund")
            ],
            "entries": [
                {"row": row, "words": words_of(row), "other": _across(row, unit), "amount": selectors.signed(row, unit),
                 "colour": COLOURS[FundState(row.state)]}
                for row in entries
            ],
            "entries_url": f"{reverse('staff:fund-entries')}?{urlencode(_of_community(unit, year))}",
        }  # fmt: skip


def _of_community(unit: Unit, year: int) -> dict[str, int]:
    """What narrows the list of entries to the unit's year."""
    names = {Level.STREET: "street", Level.COMMUNITY: "community"}
    name = names.get(Level(unit.level))
    return {"year": year, **({name: unit.pk} if name else {})}


def _across(entry: FundEntry, unit: Unit) -> str:
    """Who stands on the other side, seen from the unit."""
    return other_side(entry) if entry.account.unit_id == unit.pk else entry.account.unit.name
