"""Table of forecasts."""

from __future__ import annotations

from common.pages import DateTimeColumn, LinkColumn, NumberColumn, PageTable, StateColumn, TextColumn
from staff.choices import COLOURS
from staff.models import Forecast


class ForecastTable(PageTable):
    name = LinkColumn(verbose_name="测算", accessor="pk")
    old_label = TextColumn(verbose_name="现行方案")
    new_label = TextColumn(verbose_name="比较的方案")
    state = StateColumn(verbose_name="状态", colours=COLOURS)
    people = NumberColumn(verbose_name="首月人数")
    total = NumberColumn(verbose_name="现行方案合计（元）")
    difference = NumberColumn(verbose_name="差额（元）", orderable=False)
    asked_by = TextColumn(verbose_name="发起人")
    asked_at = DateTimeColumn(verbose_name="发起时间")

    optional = ("old_label",)

    class Meta(PageTable.Meta):
        model = Forecast
        fields = (
            "name", "old_label", "new_label", "state", "people", "total", "difference", "asked_by", "asked_at",
        )  # fmt: skip

    def render_name(self, record: Forecast) -> str:
        return str(record)
