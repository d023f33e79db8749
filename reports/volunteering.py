"""Monthly statistics of volunteer service: by unit, theme or group."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from common import profile
from common.reporting import Column, Meta, month_label, register
from grid.choices import Level
from grid.models import Unit
from reports.base import PageReport
from reports.divisions import DividedForm, Division, days_of, keyed
from reports.selectors import area_name
from volunteers import permissions
from volunteers.choices import Group
from volunteers.models import Programme
from volunteers.rules import theme_choices
from volunteers.selectors import figures
from volunteers.selectors.figures import Figures

PEOPLE = ("registered", "joined", "active")
SERVICE = ("services", "hours")
POINTS = ("issued", "redeemed", "expired", "outstanding")
COLUMNS = {
    "registered": Column("registered", "在册志愿者", "integer", total="sum", help="月末在册的人数"),
    "joined": Column("joined", "当月新增", "integer", total="sum"),
    "active": Column("active", "当月服务人数", "integer", help="当月有已确认服务时长的人数，同一个人只计一次"),
    "teams": Column("teams", "志愿队伍", "integer", total="sum", help="月末在册的队伍"),
    "activities": Column("activities", "活动场次", "integer", total="sum", help="当月举办并已结束的活动"),
    "services": Column("services", "服务人次", "integer", total="sum"),
    "hours": Column("hours", "服务时长（小时）", "decimal", width=14, total="sum", help="已确认的时长"),
    "issued": Column("issued", "发放积分", "decimal", total="sum", help="冲正的已扣除"),
    "redeemed": Column("redeemed", "兑换积分", "decimal", total="sum", help="取消和退回的已扣除"),
    "expired": Column("expired", "到期积分", "decimal", total="sum"),
    "outstanding": Column("outstanding", "月末结余积分", "decimal", width=13, total="sum"),
}


EVERYTHING = (*PEOPLE, "teams", "activities", *SERVICE, *POINTS)
DIVISIONS = keyed(
    Division("street", EVERYTHING, Level.STREET),
    Division("community", EVERYTHING, Level.COMMUNITY),
    Division("theme", ("active", "activities", *SERVICE), word="服务主题"),
    Division("group", (*PEOPLE, *SERVICE, *POINTS), word="人员类别"),
)


class ServiceForm(DividedForm):
    """Which month, which points, and by what it is divided."""

    divisions = DIVISIONS

    programme = forms.ModelChoiceField(
        label="积分项目", queryset=Programme.objects.none(), required=False, empty_label="全部"
    )
    field_order = ("month", "programme", "division")

    def __init__(self, data: Any = None, *, user: Any, **options: Any) -> None:
        super().__init__(data, user=user, **options)
        fields: dict[str, Any] = self.fields
        fields["month"].help_text = "按服务日期统计；本月未结束时统计到现在。"
        fields["programme"].queryset = Programme.objects.visible_to(user)


@register
class ServiceStatistics(PageReport):
    """People, service and points of a month."""

    key = "reports.volunteering"
    label = "志愿服务月度统计"
    about = "各单位志愿者、队伍、活动、服务时长和积分的发放、兑换、到期、结余，也可按主题和人员类别统计。"
    permission = permissions.VIEW
    form_class = ServiceForm

    def make_form(self, raw: Any, user: Any) -> forms.Form:
        return ServiceForm(raw, user=user)

    def columns(self, params: Mapping[str, Any]) -> list[Column]:
        division = DIVISIONS[params["division"]]
        above = [Column("parent", "上级单位", width=14)] if division.level == Level.COMMUNITY else []
        return [Column("name", division.label, width=18), *above, *(COLUMNS[name] for name in division.columns)]

    def rows(self, user: Any, params: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        division, programmes = DIVISIONS[params["division"]], _programmes(params)
        first, last = days_of(params["month"])
        if division.key == "theme":
            yield from _named(figures.by_theme(user, first, last), dict(theme_choices(last)), "其他主题")
        elif division.key == "group":
            yield from _named(figures.by_group(user, first, last, programmes), dict(Group.choices), "其他")
        elif division.level is not None:
            yield from _units(user, division.level, figures.by_unit(user, division.level, first, last, programmes))

    def meta(self, user: Any, params: Mapping[str, Any]) -> Meta:
        division, as_of = DIVISIONS[params["division"]], params["as_of"]
        year, month = (int(part) for part in params["month"].split("-"))
        chosen = params.get("programme")
        note = (
            f"数据截至 {timezone.localtime(as_of):%Y-%m-%d %H:%M}。时长以已确认的服务记录为准；"
            f"积分项目：{chosen if chosen else '全部'}。积分不是报酬，不得买卖。"
        )
        return Meta(f"{self.label}（按{division.label}）", area_name(user), as_of, month_label(year, month), note)

    def link(self, row: Mapping[str, Any] | None, column: Column, params: Mapping[str, Any]) -> str | None:
        if row is None or not row.get("unit") or column.key != "registered" or not row["registered"]:
            return None
        return f"{reverse('volunteers:volunteers')}?{urlencode({'unit': row['unit']})}"


def _programmes(params: Mapping[str, Any]) -> QuerySet[Programme]:
    chosen = params.get("programme")
    rows = Programme.objects.all()
    return rows.filter(pk=getattr(chosen, "pk", chosen)) if chosen else rows


def _named(found: dict[str, Figures], labels: Mapping[str, str], other: str) -> Iterator[dict[str, Any]]:
    """Every known word in its order, zero rows kept, then what has another."""
    for key, label in labels.items():
        yield {"name": label, **vars(found.pop(key, Figures()))}
    yield from _rest(found, other)


def _units(user: Any, level: Level, found: dict[str, Figures]) -> Iterator[dict[str, Any]]:
    """Units in organisation order; closed ones only when there is something to show."""
    units = (
        Unit.objects.visible_to(user, permissions.VIEW).filter(level=level).select_related("parent").order_by("path")
    )
    for unit in units:
        row = found.pop(unit.path, None)
        if row is not None or unit.is_active:
            name = unit.name if unit.is_active else f"{unit.name}（已撤并）"
            parent = unit.parent.name if unit.parent else ""
            yield {"name": name, "parent": parent, "unit": unit.pk, **vars(row or Figures())}
    yield from _rest(found, f"未落到{profile.current().level_label(level)}")


def _rest(found: Mapping[str, Figures], label: str) -> Iterator[dict[str, Any]]:
    left = Figures()
    for other in found.values():
        left.merge(other)
    if left:
        yield {"name": label, "parent": "", **vars(left)}
