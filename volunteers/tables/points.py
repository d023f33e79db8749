"""Tables of the lists of entries and of requests."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import django_tables2 as tables
from django.urls import reverse

from common.pages import DateColumn, DateTimeColumn, LinkColumn, NumberColumn, PageTable, StateColumn, TextColumn
from common.templatetags.gridwork import state_badge
from volunteers.choices import COLOURS
from volunteers.models import Entry, PointsRequest
from volunteers.selectors.points import sides_of, signed


def entry_page(record: Entry) -> str:
    return reverse("volunteers:points-entry", args=[record.pk])


class SideColumn(tables.Column):
    """One side of an entry; read from its lines, which come with the page in one query."""

    empty_values = ()

    def __init__(self, side: str, **kwargs: Any) -> None:
        super().__init__(accessor="pk", **kwargs)
        self.side = side

    def render(self, value: Any, record: Entry) -> str:
        return str(getattr(sides_of(record), self.side))


class EntryTable(PageTable):
    always = ("amount",)
    optional = ("day", "actor")

    reason = LinkColumn(linkify=entry_page, verbose_name="摘要")
    kind = TextColumn(accessor="get_kind_display", verbose_name="类型")
    amount = NumberColumn(accessor="pk", verbose_name="积分")
    source = SideColumn("source", verbose_name="付出方")
    target = SideColumn("target", verbose_name="收入方")
    programme = TextColumn(accessor="programme__name", verbose_name="积分项目")
    at = DateTimeColumn(verbose_name="入账时间")
    day = DateColumn(verbose_name="所属日期")
    actor = TextColumn(verbose_name="经办人")
    standing = tables.Column(accessor="pk", verbose_name="状态")

    class Meta(PageTable.Meta):
        model = Entry
        fields: tuple[str, ...] = ()

    def render_amount(self, record: Entry) -> str:
        return f"{sides_of(record).amount:,.2f}"

    def render_standing(self, record: Entry) -> str:
        return state_badge("已冲正", "red") if hasattr(record, "reversed_by") else state_badge("已入账", "green")


class RequestTable(PageTable):
    always = ("state",)

    reason = LinkColumn(verbose_name="理由")
    state = StateColumn(colours=COLOURS, verbose_name="状态")
    amount = NumberColumn(verbose_name="积分")
    volunteer = TextColumn(accessor="volunteer__number", verbose_name="志愿者编号")
    unit = TextColumn(accessor="volunteer__unit__name", verbose_name="所属单位")
    kind = TextColumn(accessor="get_kind_display", verbose_name="类型")
    programme = TextColumn(accessor="programme__name", verbose_name="积分项目")
    proposed_by = TextColumn(accessor="proposed_by__display_name", verbose_name="提出人")
    proposed_at = DateTimeColumn(verbose_name="提出时间")
    decided_by = TextColumn(accessor="decided_by__display_name", verbose_name="复核人")

    class Meta(PageTable.Meta):
        model = PointsRequest
        fields: tuple[str, ...] = ()

    def render_amount(self, value: Decimal) -> str:
        return signed(value)
