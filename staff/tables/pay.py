"""Tables of runs and slips."""

from __future__ import annotations

import django_tables2 as tables

from common.masks import mask_name
from common.pages import DateColumn, LinkColumn, NumberColumn, PageTable, StateColumn, TextColumn
from staff.choices import COLOURS
from staff.models import PayRun, Slip
from staff.selectors.runs import label_of


class RunTable(PageTable):
    month = LinkColumn(verbose_name="月份")
    period = TextColumn(verbose_name="类型", accessor="get_period_display")
    unit = TextColumn(verbose_name="单位", accessor="unit__name")
    state = StateColumn(verbose_name="状态", colours=COLOURS)
    people = NumberColumn(verbose_name="人数")
    gross = NumberColumn(verbose_name="应发合计")
    insurance = NumberColumn(verbose_name="个人五险一金")
    tax = NumberColumn(verbose_name="个人所得税")
    net = NumberColumn(verbose_name="实发合计")
    employer = NumberColumn(verbose_name="单位成本")
    paid_on = DateColumn(verbose_name="发放日期")

    optional = ("insurance", "tax", "employer")

    class Meta(PageTable.Meta):
        model = PayRun
        fields = (
            "month", "period", "unit", "state", "people", "gross", "insurance", "tax", "net", "employer", "paid_on",
        )  # fmt: skip

    def render_month(self, record: PayRun) -> str:
        return f"{record.month:%Y-%m}"


class SlipTable(PageTable):
    number = LinkColumn(verbose_name="工号", accessor="worker__number", orderable=False)
    name = tables.Column(verbose_name="姓名", accessor="worker__person__name", orderable=False)
    unit = TextColumn(verbose_name="单位", accessor="unit__name")
    month = tables.Column(verbose_name="月份")
    rank = TextColumn(verbose_name="职务", accessor="get_rank_display")
    grade = NumberColumn(verbose_name="等级")
    gross = NumberColumn(verbose_name="应发")
    insurance = NumberColumn(verbose_name="个人五险一金")
    tax = NumberColumn(verbose_name="个人所得税")
    net = NumberColumn(verbose_name="实发")
    employer = NumberColumn(verbose_name="单位成本")

    optional = ("rank", "employer")

    class Meta(PageTable.Meta):
        model = Slip
        fields = (
            "number", "name", "unit", "month", "rank", "grade", "gross", "insurance", "tax", "net", "employer",
        )  # fmt: skip

    def render_name(self, value: str) -> str:
        return mask_name(value)

    def render_month(self, record: Slip) -> str:
        return label_of(record)
