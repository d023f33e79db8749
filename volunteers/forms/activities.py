"""Forms of activities and attendance. They check form; rules are in the services."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone

from grid.forms import UnitChoiceField
from volunteers import permissions
from volunteers.choices import Skill
from volunteers.models import Activity, ActivityRole, Participation, Team
from volunteers.selectors.activities import service_days, theme_groups
from volunteers.services.activities import MOST_ROLES, RolePlan
from volunteers.services.hours import Given
from volunteers.services.regular_days import MOST_WEEKS

MOMENT = "%Y-%m-%dT%H:%M"


class MomentField(forms.DateTimeField):
    """A day and time in the district's time, by the browser's own input."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.DateTimeInput(format=MOMENT, attrs={"type": "datetime-local"}))
        kwargs.setdefault(
            "error_messages",
            {"required": f"请填写{kwargs['label']}。", "invalid": "请填写日期和时间，如 2026-11-25 08:30。"},
        )
        super().__init__(**kwargs)


def clock_input() -> forms.TimeInput:
    return forms.TimeInput(format="%H:%M", attrs={"type": "time"})


class ActivityForm(forms.Form):
    """What an activity is; with ``is_new`` also whose."""

    title = forms.CharField(label="活动名称", max_length=60, error_messages={"required": "请填写活动名称。"})
    theme = forms.ChoiceField(label="主题", error_messages={"required": "请选择主题。"})
    starts_at = MomentField(label="开始时间")
    ends_at = MomentField(label="结束时间")
    place = forms.CharField(label="地点", max_length=120, error_messages={"required": "请填写活动地点。"})
    capacity = forms.IntegerField(
        label="招募人数", min_value=1, max_value=10_000, error_messages={"required": "请填写招募人数。"}
    )
    about = forms.CharField(
        label="活动内容", max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 4}),
        help_text="做什么、带什么、在哪里集合；会公开显示，不要写个人信息",
    )  # fmt: skip
    signup_until = MomentField(label="报名截止", required=False, help_text="不填则到开始时间为止")
    team = forms.ModelChoiceField(label="承办队伍", queryset=Team.objects.none(), required=False, empty_label="没有")
    min_age = forms.IntegerField(label="最小年龄", min_value=6, max_value=100, required=False)
    max_age = forms.IntegerField(label="最大年龄", min_value=6, max_value=120, required=False)
    is_risky = forms.BooleanField(
        label="有人身危险", required=False, help_text="只招募保险有效的志愿者（志愿服务条例第十七条）"
    )
    risks = forms.CharField(
        label="可能的风险", max_length=200, required=False,
        help_text="招募时应说明可能发生的风险（志愿服务条例第十二条）；有人身危险的必填",
    )  # fmt: skip
    main: tuple[str, ...] = ("title", "theme", "capacity", "starts_at", "ends_at", "place", "about")
    more = ("signup_until", "team", "min_age", "max_age", "is_risky", "risks")

    def __init__(self, *args: Any, user: Any, is_new: bool, roles: Sequence[ActivityRole] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["theme"].choices = [("", "请选择"), *theme_groups(timezone.localdate())]
        teams = Team.objects.visible_to(user, permissions.ACTIVITIES).active()
        fields["team"].queryset = teams.select_related("unit").order_by("unit__path", "name")
        if is_new:
            unit: Any = UnitChoiceField(
                label="组织单位", permission=permissions.ACTIVITIES, error_messages={"required": "请选择组织单位。"}
            )
            unit.user = user
            unit.offer(unit.find(self.data.get("unit")) if self.is_bound else self.initial.get("unit"))
            self.fields["unit"] = unit
            self.main = ("unit", *self.main)
        self._add_roles(list(roles))

    def _add_roles(self, roles: list[ActivityRole]) -> None:
        self.role_rows = []
        for number in range(MOST_ROLES):
            role = roles[number] if number < len(roles) else None
            name, places, skill = (f"role_{part}_{number}" for part in ("name", "places", "skill"))
            self.fields[name] = forms.CharField(
                label=f"岗位 {number + 1}", max_length=30, required=False, initial=role.name if role else ""
            )
            self.fields[places] = forms.IntegerField(
                label=f"岗位 {number + 1} 人数", min_value=1, max_value=10_000, required=False,
                initial=role.places if role else None,
            )  # fmt: skip
            self.fields[skill] = forms.ChoiceField(
                label=f"岗位 {number + 1} 所需技能", choices=[("", "不限"), *Skill.choices], required=False,
                initial=role.skill if role else "",
            )  # fmt: skip
            self.role_rows.append((self[name], self[places], self[skill]))

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        for number in range(MOST_ROLES):
            if bool(data.get(f"role_name_{number}")) != bool(data.get(f"role_places_{number}")):
                self.add_error(f"role_name_{number}", "岗位的名称和人数要一起填写。")
        return data

    def values(self) -> dict[str, Any]:
        """What the service takes."""
        data = {name: value for name, value in self.cleaned_data.items() if not name.startswith("role_")}
        return {**data, "roles": self._roles()}

    def _roles(self) -> list[RolePlan]:
        data = self.cleaned_data
        return [
            RolePlan(data[f"role_name_{n}"], data[f"role_places_{n}"], data[f"role_skill_{n}"])
            for n in range(MOST_ROLES)
            if data[f"role_name_{n}"]
        ]

    def main_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.main]

    def more_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.more]

    def uses_more(self) -> bool:
        return bool(self.errors) or any(self[name].value() for name in self.more)

    def uses_roles(self) -> bool:
        return bool(self.errors) or any(name.value() for name, _, _ in self.role_rows)


class RegularDayForm(forms.Form):
    series = forms.ChoiceField(label="固定服务日", error_messages={"required": "请选择固定服务日。"})
    weeks = forms.IntegerField(label="排几周", min_value=1, max_value=MOST_WEEKS, initial=4)
    starts = forms.TimeField(label="开始", widget=clock_input(), initial="08:30")
    ends = forms.TimeField(label="结束", widget=clock_input(), initial="11:30")
    place = forms.CharField(label="地点", max_length=120, error_messages={"required": "请填写活动地点。"})
    theme = forms.ChoiceField(label="主题", error_messages={"required": "请选择主题。"})
    capacity = forms.IntegerField(label="每次招募人数", min_value=1, max_value=10_000, initial=20)

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["series"].choices = service_days()
        fields["theme"].choices = [("", "请选择"), *theme_groups(timezone.localdate())]
        unit: Any = UnitChoiceField(
            label="组织单位", permission=permissions.ACTIVITIES, error_messages={"required": "请选择组织单位。"}
        )
        unit.user = user
        unit.offer(unit.find(self.data.get("unit")) if self.is_bound else self.initial.get("unit"))
        self.fields = {"unit": unit, **self.fields}


class AddForm(forms.Form):
    """Somebody who came without having joined."""

    number = forms.CharField(label="志愿者编号", max_length=20, error_messages={"required": "请填写志愿者编号。"})
    role = forms.ModelChoiceField(
        label="岗位", queryset=ActivityRole.objects.none(), required=False, empty_label="请选择"
    )

    def __init__(self, *args: Any, activity: Activity, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["role"]
        field.queryset = activity.roles.all()
        if not activity.roles.all():
            del self.fields["role"]


class CorrectForm(forms.Form):
    signed_in_at = MomentField(label="签到时间", required=False)
    signed_out_at = MomentField(label="签退时间", required=False, help_text="签到、签退都不填，表示没有参加")
    reason = forms.CharField(
        label="理由",
        max_length=200,
        help_text="如 忘记签退，经组织者核实 11:20 离开",
        error_messages={"required": "请写明理由。"},
    )


class CorrectHoursForm(CorrectForm):
    hours = forms.DecimalField(
        label="时长（小时）", min_value=0, max_value=24, max_digits=4, decimal_places=2, required=False,
        help_text="不填则按签到签退时间计算；只能少于它",
    )  # fmt: skip
    field_order = ("signed_in_at", "signed_out_at", "hours", "reason")


class CorrectRecordForm(forms.Form):
    started_at = MomentField(label="开始时间")
    ended_at = MomentField(label="结束时间")
    hours = forms.DecimalField(
        label="时长（小时）", min_value=Decimal("0.01"), max_value=24, max_digits=4, decimal_places=2, required=False,
        help_text="不填则按起止时间计算；只能少于它",
    )  # fmt: skip
    reason = forms.CharField(label="理由", max_length=150, error_messages={"required": "请写明理由。"})


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label="理由",
        max_length=120,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "请写明理由。"},
    )


class TextForm(forms.Form):
    """A few words: an objection, or the answer to it."""

    text = forms.CharField(
        label="内容",
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "请填写内容。"},
    )


class HoursForm(forms.Form):
    """The hours of everybody who signed out, each with a reason when they are lowered."""

    def __init__(self, *args: Any, rows: Iterable[tuple[Participation, Decimal]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = []
        for row, proposed in rows:
            number = row.volunteer.number
            self.fields[f"hours_{row.pk}"] = forms.DecimalField(
                label=f"{number} 的时长", min_value=0, max_value=24, max_digits=4, decimal_places=2, initial=proposed,
                error_messages={"required": f"请填写志愿者 {number} 的时长。"},
            )  # fmt: skip
            self.fields[f"reason_{row.pk}"] = forms.CharField(
                label=f"{number} 修改时长的理由", max_length=200, required=False
            )
            self.people.append((row, proposed, self[f"hours_{row.pk}"], self[f"reason_{row.pk}"]))

    def given(self) -> dict[int, Given]:
        return {
            row.pk: Given(self.cleaned_data[f"hours_{row.pk}"], self.cleaned_data[f"reason_{row.pk}"])
            for row, *_ in self.people
        }


class JoinForm(forms.Form):
    """A volunteer joins; the role only where there are roles."""

    role = forms.ModelChoiceField(
        label="岗位", queryset=ActivityRole.objects.none(), empty_label=None, widget=forms.RadioSelect,
        error_messages={"required": "请选择岗位。", "invalid_choice": "请从列表中选择岗位。"},
    )  # fmt: skip

    def __init__(self, *args: Any, activity: Activity, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["role"]
        field.queryset = activity.roles.all()
        field.label_from_instance = role_words
        if not activity.roles.exists():
            del self.fields["role"]


def role_words(role: ActivityRole) -> str:
    skill = f"，需要{role.get_skill_display()}" if role.skill else ""
    return f"{role.name}（{role.places} 人{skill}）"
