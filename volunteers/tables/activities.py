"""Tables of the lists of activities and service records."""

from __future__ import annotations

from functools import cached_property

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html_join

from common.masks import mask_name
from common.pages import DateColumn, DateTimeColumn, LinkColumn, NumberColumn, PageTable, StateColumn, TextColumn
from common.templatetags.gridwork import state_badge
from volunteers import permissions
from volunteers.choices import COLOURS
from volunteers.models import Activity, ServiceRecord
from volunteers.selectors.activities import theme_labels


class ThemedTable(PageTable):
    """A table whose rows have a theme, shown in the words of the rule in force."""

    @cached_property
    def themes(self) -> dict[str, str]:
        return theme_labels()

    def render_theme(self, value: str) -> str:
        return self.themes.get(value, value)


class ActivityTable(ThemedTable):
    title = LinkColumn(verbose_name="活动名称")
    theme = TextColumn(verbose_name="主题")
    unit = TextColumn(verbose_name="组织单位", accessor="unit__name")
    starts_at = DateTimeColumn(verbose_name="开始时间")
    ends_at = DateTimeColumn(verbose_name="结束时间")
    place = TextColumn(verbose_name="地点", clip=True)
    people = tables.Column(
        verbose_name="报名/招募", accessor="taken", attrs={"th": {"class": "gw-num"}, "td": {"class": "gw-num"}}
    )
    waiting = NumberColumn(verbose_name="候补")
    series = TextColumn(verbose_name="固定服务日")
    state = StateColumn(verbose_name="状态", colours=COLOURS)

    optional = ("ends_at", "series")

    class Meta(PageTable.Meta):
        model = Activity
        fields = (
            "title", "theme", "unit", "starts_at", "ends_at", "place", "people", "waiting", "series", "state",
        )  # fmt: skip

    def render_people(self, value: int, record: Activity) -> str:
        return f"{value}/{record.capacity}"


class RecordTable(ThemedTable):
    number = LinkColumn(
        verbose_name="志愿者编号", accessor="volunteer__number", linkify=lambda record: record.volunteer
    )
    name = TextColumn(verbose_name="姓名", accessor="volunteer__person__name")
    what = TextColumn(verbose_name="服务内容", clip=True)
    theme = TextColumn(verbose_name="主题")
    source = TextColumn(verbose_name="来源", accessor="get_source_display")
    day = DateColumn(verbose_name="服务日期")
    hours = NumberColumn(verbose_name="时长（小时）")
    unit = TextColumn(verbose_name="组织单位", accessor="unit__name")
    started_at = DateTimeColumn(verbose_name="开始时间")
    ended_at = DateTimeColumn(verbose_name="结束时间")
    confirmed_at = DateTimeColumn(verbose_name="确认时间")
    state = tables.Column(verbose_name="状态", accessor="pk", empty_values=(), attrs={"td": {"class": "gw-nowrap"}})

    act = tables.Column(verbose_name="操作", accessor="pk", attrs={"td": {"class": "gw-nowrap"}})

    always = ("act",)
    optional = ("started_at", "ended_at", "confirmed_at")

    class Meta(PageTable.Meta):
        model = ServiceRecord
        fields = (
            "number", "name", "what", "theme", "source", "day", "hours", "unit", "started_at", "ended_at",
            "confirmed_at", "state", "act",
        )  # fmt: skip

    def render_name(self, value: str) -> str:
        return mask_name(value)

    def render_act(self, record: ServiceRecord) -> str:
        """Taking back is offered to whoever organises; the service looks at whose record it is."""
        if not self.request.user.may(permissions.ACTIVITIES):
            return "—"
        offered = [("volunteers:record-answer", "答复异议")] if record.has_open_objection else []
        if not record.voided_at:
            offered.append(("volunteers:record-void", "作废"))
        links = [(reverse(name, args=[record.pk]), word, record.volunteer.number, record.day) for name, word in offered]
        return format_html_join(" ", '<a href="{}">{}<span class="visually-hidden">（{}，{}）</span></a>', links) or "—"

    def render_state(self, record: ServiceRecord) -> str:
        if record.has_open_objection:
            return state_badge("有异议", "amber")
        return state_badge("已作废", "red") if record.voided_at else state_badge("有效", "green")
