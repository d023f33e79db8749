"""Community workers of an area on a day: heads, age, education, certificates, posts per ten thousand residents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.urls import reverse
from django.utils import timezone

from common import profile
from common.pages.inputs import DayInput
from common.reporting import Column, Meta, register
from common.scope import scope_of
from grid.choices import Level
from grid.models import Unit
from reports.base import PageReport
from reports.selectors import area_name
from staff import permissions
from staff.selectors import staffing
from staff.selectors.staffing import Staffing
from staff.services.workers import EARLIEST

LEVELS = {"street": Level.STREET, "community": Level.COMMUNITY}
COLUMNS = (
    Column("heads", "人数", "integer", total="sum"),
    Column("full_time", "其中专职", "integer", total="sum", help="不含兼职人员"),
    Column("mean_age", "平均年龄", "decimal", help="按周岁"),
    Column("bachelor", "本科及以上", "rate", total="rate"),
    Column("certified", "持证", "rate", total="rate", help="当天持有有效的社会工作者职业资格证书"),
    Column("party_members", "党员", "rate", total="rate"),
    Column("residents", "常住人口", "integer", total="sum", help="截至当天最近一次登记的数"),
    Column("density", "每万人拥有", "decimal", help="专职人数 ÷ 常住人口 × 10000"),
    Column("above", "比 18 人标准", "rate", width=12, help="（每万人拥有 − 18）÷ 18，负数为低于标准"),
)


def levels_for(user: Any) -> list[str]:
    """Streets for the district, communities from the street up."""
    highest = min((grant.level or 9 for grant in scope_of(user).holding(permissions.VIEW).grants), default=9)
    return [key for key, level in LEVELS.items() if highest <= level]


class StaffingForm(forms.Form):
    """On which day, and by what it is divided."""

    on = forms.DateField(
        label="截至", widget=DayInput(), error_messages={"required": "请选择日期。", "invalid": "请填写正确的日期。"},
        help_text="任职、年龄和证书按这一天；学历和政治面貌为现在登记的。",
    )  # fmt: skip
    division = forms.ChoiceField(
        label="统计到", widget=forms.RadioSelect, error_messages={"required": "请选择统计到哪一级。"}
    )

    def __init__(self, data: Any = None, *, user: Any, **options: Any) -> None:
        super().__init__(data, **options)
        fields: dict[str, Any] = self.fields
        fields["on"].initial = timezone.localdate()
        offered = levels_for(user)
        fields["division"].choices = [(key, f"按{profile.current().level_label(LEVELS[key])}") for key in offered]
        fields["division"].initial = offered[0] if offered else ""

    def clean_on(self) -> Any:
        on = self.cleaned_data["on"]
        if not EARLIEST <= on <= timezone.localdate():
            raise forms.ValidationError("请选择今天或以前的日期。")
        return on


@register
class StaffingReport(PageReport):
    """The workers of an area on a day."""

    key = "reports.staffing"
    label = "社区工作者队伍情况"
    about = "各单位社区工作者的人数、平均年龄、学历、持证、党员，以及每万名居民拥有的专职人数与 18 人标准的比较。"
    permission = permissions.VIEW
    form_class = StaffingForm

    def make_form(self, raw: Any, user: Any) -> forms.Form:
        return StaffingForm(raw, user=user)

    def columns(self, params: Mapping[str, Any]) -> list[Column]:
        level = LEVELS[params["division"]]
        above = [Column("parent", "上级单位", width=14)] if level == Level.COMMUNITY else []
        return [Column("name", profile.current().level_label(level), width=18), *above, *COLUMNS]

    def rows(self, user: Any, params: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        level = LEVELS[params["division"]]
        found = staffing.by_unit(user, level, params["on"])
        units = Unit.objects.visible_to(user, permissions.VIEW).filter(level=level).select_related("parent")
        for unit in units.order_by("path"):
            row = found.pop(unit.path, None)
            if unit.is_active or (row and row.heads):
                name = unit.name if unit.is_active else f"{unit.name}（已撤并）"
                parent = unit.parent.name if unit.parent else ""
                yield {"name": name, "parent": parent, "unit": unit.pk, **cells(row or Staffing())}
        rest = staffing.total(found.values())
        if rest.heads:
            yield {"name": f"未落到{profile.current().level_label(level)}", "parent": "", **cells(rest)}

    def meta(self, user: Any, params: Mapping[str, Any]) -> Meta:
        level, as_of = LEVELS[params["division"]], params["as_of"]
        note = (
            "每万人拥有的社区工作者为专职人数与常住人口之比，18 人的标准见《中共中央 国务院关于加强基层治理体系和治理能力"
            "现代化建设的意见》。没有登记常住人口的单位不计算。"
        )
        label = f"{self.label}（按{profile.current().level_label(level)}）"
        return Meta(
            label,
            area_name(user, scope_of(user).holding(permissions.VIEW)),
            as_of,
            f"{params['on']:%Y年%-m月%-d日}",
            note,
        )

    def remark(self, user: Any, params: Mapping[str, Any]) -> str:
        """The whole area in one sentence: a mean and a density cannot be added up from rows."""
        whole = staffing.total(staffing.by_unit(user, LEVELS[params["division"]], params["on"]).values())
        if not whole.heads:
            return "还没有在岗的社区工作者。"
        words = (
            f"共 {whole.heads} 人，平均年龄 {whole.mean_age} 岁，本科及以上 {whole.bachelor_rate}（{whole.bachelor_rate.parts}），"
            f"持证 {whole.certified_rate}（{whole.certified_rate.parts}）"
        )
        if whole.above_demand is None or whole.above_demand.percent is None:
            return f"{words}。"
        percent = whole.above_demand.percent
        return f"{words}；每万人拥有 {whole.density} 人，比标准{'高' if percent >= 0 else '低'} {abs(percent)}%。"

    def link(self, row: Mapping[str, Any] | None, column: Column, params: Mapping[str, Any]) -> str | None:
        if row is None or not row.get("unit") or column.key != "heads" or not row["heads"]:
            return None
        if params["on"] != timezone.localdate():  # the list shows today's people
            return None
        return f"{reverse('staff:workers')}?{urlencode({params['division']: row['unit']})}"


def cells(row: Staffing) -> dict[str, Any]:
    return {
        "heads": row.heads, "full_time": row.full_time, "mean_age": row.mean_age, "bachelor": row.bachelor_rate,
        "certified": row.certified_rate, "party_members": row.party_rate, "residents": row.residents,
        "density": row.density, "above": row.above_demand,
    }  # fmt: skip
