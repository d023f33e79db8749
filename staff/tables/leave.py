"""Table of the list of leave: names are masked."""

from __future__ import annotations

import django_tables2 as tables

from common.masks import mask_name
from common.pages import DateColumn, DateTimeColumn, LinkColumn, NumberColumn, PageTable, StateColumn, TextColumn
from staff.choices import COLOURS
from staff.models import Leave
from staff.selectors.leave import days_of


class LeaveTable(PageTable):
    number = LinkColumn(verbose_name="工号", accessor="worker__number")
    name = tables.Column(verbose_name="姓名", accessor="worker__person__name")
    unit = TextColumn(verbose_name="单位", accessor="worker__unit__name")
    kind = TextColumn(verbose_name="假别", accessor="get_kind_display")
    first_day = DateColumn(verbose_name="第一天")
    last_day = DateColumn(verbose_name="最后一天")
    days = NumberColumn(verbose_name="工作日", empty_values=(), orderable=False)
    state = StateColumn(verbose_name="状态", colours=COLOURS)
    cover = tables.Column(verbose_name="代班人", accessor="cover__person__name", default="无")
    asked_at = DateTimeColumn(verbose_name="申请时间")

    class Meta(PageTable.Meta):
        model = Leave
        fields = ("number", "name", "unit", "kind", "first_day", "last_day", "days", "state", "cover", "asked_at")

    def render_name(self, value: str) -> str:
        return mask_name(value)

    def render_cover(self, value: str) -> str:
        return mask_name(value)

    def render_days(self, record: Leave) -> str:
        return f"{days_of(record).normalize():f}"
