"""Tables of the hierarchy's lists."""

from __future__ import annotations

from typing import Any

import django_tables2 as tables
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from common.pages import DateColumn, LinkColumn, NumberColumn, PageTable, TextColumn
from common.templatetags.gridwork import number, state_badge
from grid import policies
from grid.choices import Level
from grid.models import Department, Household, PostHolding, Unit
from grid.selectors import households_of


class UnitTable(PageTable):
    name = LinkColumn(verbose_name="名称")
    level = TextColumn(verbose_name="层级")
    kind = TextColumn(verbose_name="类型", accessor="get_kind_display")
    parent = TextColumn(verbose_name="上级", accessor="parent__name")
    code = TextColumn(verbose_name="代码")
    child_count = NumberColumn(verbose_name="下级数")
    holder_count = NumberColumn(verbose_name="在岗人数")
    households = NumberColumn(verbose_name="户数")
    state = tables.Column(verbose_name="状态", empty_values=(), attrs={"td": {"class": "gw-nowrap"}})

    optional = ("kind",)

    class Meta(PageTable.Meta):
        model = Unit
        fields = ("name", "level", "kind", "parent", "code", "child_count", "holder_count", "households", "state")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rule = policies.grid_size(timezone.localdate())
        self.summed = households_of([row.record for row in self.rows])

    def render_level(self, record: Unit) -> str:
        return policies.level_word(record.level)

    def render_households(self, record: Unit) -> str:
        return number(self.summed[record.pk])

    def render_state(self, record: Unit) -> str:
        if not record.is_active:
            return state_badge("已停用", "grey")
        fault = self.rule.fault(record.households) if record.level == Level.GRID else ""
        return state_badge(fault, "amber", "alert-triangle") if fault else state_badge("正常", "green")


class PostTable(PageTable):
    name = TextColumn(verbose_name="姓名", attrs={"td": {"class": "gw-card-title"}})
    post = TextColumn(verbose_name="岗位")
    seat = TextColumn(verbose_name="席位")
    unit = LinkColumn(
        verbose_name="单位", accessor="unit__name", linkify=lambda record: record.unit.get_absolute_url(), attrs={}
    )
    parent = TextColumn(verbose_name="上级", accessor="unit__parent__name")
    first_day = DateColumn(verbose_name="任职日期")
    last_day = DateColumn(verbose_name="免职日期")

    optional = ("last_day",)

    class Meta(PageTable.Meta):
        model = PostHolding
        fields = ("name", "post", "seat", "unit", "parent", "first_day", "last_day")

    def render_post(self, record: PostHolding) -> str:
        return post_title(record)

    def render_seat(self, value: int) -> str:
        return f"第 {value} 席"


def post_title(holding: PostHolding) -> str:
    """The district's own title of the post; posts the district no longer has keep the general one."""
    rule = policies.post_rule(holding.unit.level, holding.post)
    return rule.title if rule else holding.get_post_display()


class DepartmentTable(PageTable):
    name = TextColumn(verbose_name="名称", attrs={"td": {"class": "gw-card-title"}})
    short_name = TextColumn(verbose_name="简称")
    code = TextColumn(verbose_name="代码")
    sort = NumberColumn(verbose_name="排序")
    is_active = tables.Column(verbose_name="状态", attrs={"td": {"class": "gw-nowrap"}})
    edit = tables.Column(verbose_name="操作", empty_values=(), accessor="pk", attrs={"td": {"class": "gw-nowrap"}})

    always = ("edit",)  # the list hides it from those who do not maintain departments

    class Meta(PageTable.Meta):
        model = Department
        fields = ("name", "short_name", "code", "sort", "is_active", "edit")

    def render_is_active(self, value: bool) -> str:
        return state_badge("启用", "green") if value else state_badge("已停用", "grey")

    def render_edit(self, record: Department) -> str:
        return format_html(
            '<a href="{}">修改<span class="visually-hidden">：{}</span></a>',
            reverse("grid:department-change", args=[record.pk]),
            record.name,
        )


class HouseholdTable(PageTable):
    door = TextColumn(verbose_name="门牌", attrs={"td": {"class": "gw-card-title"}})
    unit = TextColumn(verbose_name="楼栋", accessor="unit__name")

    class Meta(PageTable.Meta):
        model = Household
        fields = ("door", "unit")
