"""Tables of community funds."""

from __future__ import annotations

from typing import Any

from common.pages import DateColumn, LinkColumn, NumberColumn, PageTable, RateColumn, StateColumn, TextColumn
from staff.choices import COLOURS
from staff.models import FundAccount, FundBudget, FundEntry


class AccountTable(PageTable):
    unit = LinkColumn(verbose_name="单位", accessor="unit__name", linkify=lambda record: record.get_absolute_url())
    label = TextColumn(verbose_name="经费")
    year = TextColumn(verbose_name="年度")
    budget = NumberColumn(verbose_name="可用经费（元）", orderable=False)
    given = NumberColumn(verbose_name="下达下级（元）")
    spent = NumberColumn(verbose_name="支出（元）")
    carried = NumberColumn(verbose_name="年末转出（元）")
    balance = NumberColumn(verbose_name="余额（元）")
    rate = RateColumn(verbose_name="执行率", empty_values=(), orderable=False)
    is_closed = TextColumn(verbose_name="状态")

    optional = ("given", "carried")

    class Meta(PageTable.Meta):
        model = FundAccount
        fields = ("unit", "label", "year", "budget", "given", "spent", "carried", "balance", "rate", "is_closed")

    def render_rate(self, record: FundAccount) -> str:
        return str(record.rate)

    def render_is_closed(self, value: Any) -> str:
        return "已结转" if value in (True, "True") else "使用中"


class EntryTable(PageTable):
    what = LinkColumn(verbose_name="收支", accessor="pk")
    unit = TextColumn(verbose_name="单位", accessor="account__unit__name")
    label = TextColumn(verbose_name="经费", accessor="account__label")
    kind = TextColumn(verbose_name="类型", accessor="get_kind_display")
    amount = NumberColumn(verbose_name="金额（元）")
    day = DateColumn(verbose_name="日期")
    payee = TextColumn(verbose_name="收款单位、转入")
    use = TextColumn(verbose_name="用途")
    voucher = TextColumn(verbose_name="凭证号")
    state = StateColumn(verbose_name="状态", colours=COLOURS)
    entered_by = TextColumn(verbose_name="登记人")
    decided_by = TextColumn(verbose_name="审批人")

    optional = ("kind", "voucher", "decided_by")

    class Meta(PageTable.Meta):
        model = FundEntry
        fields = (
            "what", "unit", "label", "kind", "amount", "day", "payee", "use", "voucher", "state", "entered_by", "decided_by",
        )  # fmt: skip

    def render_what(self, record: FundEntry) -> str:
        return words_of(record)

    def render_payee(self, record: FundEntry) -> str:
        return other_side(record)


def words_of(entry: FundEntry) -> str:
    """What an entry is, in a word or two."""
    return f"{entry.get_kind_display()}（已冲销）" if entry.is_reversed else entry.get_kind_display()


def other_side(entry: FundEntry) -> str:
    """Who is paid, or which unit is given the money."""
    return entry.payee or (entry.other.unit.name if entry.other else "—")


class BudgetTable(PageTable):
    year = LinkColumn(verbose_name="年度")
    label = TextColumn(verbose_name="经费")
    amount = NumberColumn(verbose_name="预算总额（元）")
    each = NumberColumn(verbose_name="每个社区（元）")
    state = StateColumn(verbose_name="状态", colours=COLOURS)
    note = TextColumn(verbose_name="依据", clip=True)
    entered_by = TextColumn(verbose_name="编报人")
    decided_by = TextColumn(verbose_name="审批人")

    class Meta(PageTable.Meta):
        model = FundBudget
        fields = ("year", "label", "amount", "each", "state", "note", "entered_by", "decided_by")

    def render_year(self, value: int) -> str:
        return f"{value} 年"
