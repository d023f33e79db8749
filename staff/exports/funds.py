"""Exports of community funds: accounts, entries, budgets, and the execution of a year by unit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar

from django import forms

from common import profile
from common.reporting import Column, Meta, Report, register
from common.reporting.lists import ListExport
from grid.choices import Level
from staff import permissions
from staff.choices import FundEntryKind, FundState
from staff.forms.funds import ExecutionForm
from staff.models import FundAccount
from staff.selectors import funds as selectors
from staff.tables.funds import other_side, words_of
from staff.views.fund_entries import EntryList
from staff.views.fund_years import BudgetList
from staff.views.funds import AccountList

STATES = dict(FundState.choices)


@register
class AccountExport(ListExport):
    key, label, permission = "staff.fund_accounts", "经费账清单", permissions.EXPORT
    view = AccountList
    table = (
        Column("unit", "单位", width=20),
        Column("label", "经费", width=22),
        Column("year", "年度", "integer", width=8),
        Column("budget", "可用经费（元）", "decimal", width=16, total="sum"),
        Column("given", "下达下级（元）", "decimal", width=16, total="sum"),
        Column("spent", "支出（元）", "decimal", width=16, total="sum"),
        Column("carried", "年末转出（元）", "decimal", width=16, total="sum"),
        Column("balance", "余额（元）", "decimal", width=16, total="sum"),
        Column("rate", "执行率", "rate", total="rate"),
        Column("is_closed", "状态", width=10),
    )
    cells: ClassVar[Mapping[str, Callable[[Any], Any]]] = {
        "unit": lambda row: row.unit.name,
        "is_closed": lambda row: "已结转" if row.is_closed else "使用中",
    }


@register
class EntryExport(ListExport):
    key, label, permission = "staff.fund_entries", "经费收支明细", permissions.EXPORT
    view = EntryList
    table = (
        Column("what", "收支", width=14),
        Column("unit", "单位", width=20),
        Column("label", "经费", width=22),
        Column("kind", "类型", choices=dict(FundEntryKind.choices), width=12),
        Column("amount", "金额（元）", "decimal", width=14),
        Column("day", "日期", "date"),
        Column("payee", "收款单位、转入", width=24),
        Column("use", "用途", width=14),
        Column("voucher", "凭证号", "id_text"),
        Column("state", "状态", choices=STATES, width=10),
        Column("entered_by", "登记人", width=12),
        Column("decided_by", "审批人", width=12),
    )
    cells: ClassVar[Mapping[str, Callable[[Any], Any]]] = {
        "what": words_of,
        "unit": lambda row: row.account.unit.name,
        "label": lambda row: row.account.label,
        "payee": other_side,
        "entered_by": lambda row: str(row.entered_by or ""),
        "decided_by": lambda row: str(row.decided_by or ""),
    }


@register
class BudgetExport(ListExport):
    key, label, permission = "staff.fund_budgets", "经费预算清单", permissions.FUND_MANAGE
    view = BudgetList
    table = (
        Column("year", "年度", "integer", width=8),
        Column("label", "经费", width=22),
        Column("amount", "预算总额（元）", "decimal", width=18),
        Column("each", "每个社区（元）", "decimal", width=16),
        Column("state", "状态", choices=STATES, width=10),
        Column("note", "依据", width=30),
        Column("entered_by", "编报人", width=12),
        Column("decided_by", "审批人", width=12),
    )
    cells: ClassVar[Mapping[str, Callable[[Any], Any]]] = {
        "entered_by": lambda row: str(row.entered_by or ""),
        "decided_by": lambda row: str(row.decided_by or ""),
    }


@register
class ExecutionReport(Report):
    """Every street with its communities in the order of the organisation; units without money are kept."""

    key, label, permission = "staff.fund_execution", "社区经费执行情况表", permissions.EXPORT
    style = "official"
    note = "可用经费＝收到的－下达下级的；执行率＝支出÷可用经费；镇街一行是本级和所属社区的合计。"
    form_class: ClassVar[type[forms.Form] | None] = ExecutionForm

    def make_form(self, raw: Any, user: Any) -> forms.Form:
        rows = FundAccount.objects.visible_to(user)
        return ExecutionForm(raw, funds=selectors.funds_of(rows), years=selectors.years_of(rows))

    def meta(self, user: Any, params: Any) -> Meta:
        return Meta(self.label, profile.current().name, params["as_of"], f"{params['year']}年", self.note)

    def columns(self, params: Any) -> list[Column]:
        return [
            Column("street", "镇街", width=18),
            Column("community", "社区", width=20),
            Column("budget", "可用经费（元）", "decimal", width=16, total="sum"),
            Column("spent", "支出（元）", "decimal", width=16, total="sum"),
            Column("balance", "余额（元）", "decimal", width=16, total="sum"),
            Column("rate", "执行率", "rate", total="rate"),
            Column("waiting", "待审批（笔）", "integer", total="sum"),
        ]

    def rows(self, user: Any, params: Any) -> Iterator[dict[str, Any]]:
        """A community's line is below its street's, which is the sum of its own money and theirs."""
        lines = selectors.by_unit(user, params["year"], params["fund"], upto=Level.COMMUNITY)
        streets = {line.unit.path for line in lines if line.unit.level == Level.STREET}
        for line in lines:
            is_street, community = line.unit.path in streets, line.unit.level == Level.COMMUNITY
            below = [one for one in lines if one.unit.path.startswith(line.unit.path)]
            shown = selectors.total_of(below, line.unit) if is_street else line
            yield {
                "street": "" if community else line.unit.name, "community": line.unit.name if community else "",
                "budget": shown.budget, "spent": shown.spent, "balance": shown.balance, "rate": shown.rate,
                "waiting": shown.waiting,
                "counts": not community or not any(line.unit.path.startswith(path) for path in streets),
            }  # fmt: skip

    def in_total(self, row: Any) -> bool:
        """What is in a street's sum is not counted twice."""
        return bool(row.get("counts", True))
