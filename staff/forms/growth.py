"""Forms of training, rotation, mentoring, contests and promotion. They check form; rules are in the services."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone

from common.pages.inputs import DayInput
from grid.choices import Level
from grid.forms import UnitChoiceField
from grid.models import Unit
from staff import permissions
from staff.choices_growth import Award, PathPost, Subject, TurnResult
from staff.forms.leave import DAY, WorkerNumberField
from volunteers.forms.activities import MomentField


def words(label: str, most: int, **options: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=most, error_messages={"required": f"请填写{label}。"}, **options)


def text(label: str, most: int, rows: int = 3, **options: Any) -> forms.CharField:
    return words(label, most, widget=forms.Textarea(attrs={"rows": rows}), **options)


def day(label: str, **options: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=DayInput(), error_messages=DAY, **options)


def number(label: str, places: int = 1, most: int = 1000, **options: Any) -> forms.DecimalField:
    messages = {
        "required": f"请填写{label}。", "invalid": f"{label}应为数字。", "max_decimal_places": f"{label}最多 {places} 位小数。",
        "min_value": f"{label}不能为负数。", "max_value": f"{label}最多 {most}。",
    }  # fmt: skip
    return forms.DecimalField(
        label=label,
        min_value=Decimal(0),
        max_value=Decimal(most),
        decimal_places=places,
        error_messages=messages,
        **options,
    )


def whole(label: str, low: int, most: int, **options: Any) -> forms.IntegerField:
    messages = {
        "required": f"请填写{label}。", "invalid": f"{label}应为整数。", "min_value": f"{label}最少 {low}。", "max_value": f"{label}最多 {most}。",
    }  # fmt: skip
    return forms.IntegerField(label=label, min_value=low, max_value=most, error_messages=messages, **options)


def choice(label: str, choices: Any, **options: Any) -> forms.ChoiceField:
    messages = {"required": f"请选择{label}。", "invalid_choice": f"请从列表中选择{label}。"}
    return forms.ChoiceField(
        label=label, choices=[("", "请选择"), *choices.choices], error_messages=messages, **options
    )


class OfUnitForm(forms.Form):
    """Base of what a street or the district organises; starts with the person's own office."""

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = Unit.objects.visible_to(user, permissions.GROWTH).filter(is_active=True, level__lte=Level.STREET)
        field = unit_field("组织单位", user, help_text="镇街或区级", initial=own.order_by("path").first())
        field.offer(field.find(self.data.get("unit")) if self.is_bound else field.initial)
        self.fields["unit"] = field
        self.order_fields(["unit"])


def unit_field(label: str, user: Any, **options: Any) -> Any:
    """A unit of the person's area; made while a page is served, for it asks for an address."""
    field: Any = UnitChoiceField(
        label=label, permission=permissions.GROWTH, error_messages={"required": f"请选择{label}。"}, **options
    )
    field.user = user
    return field


# --- training


class PlanForm(forms.Form):
    title = words("名称", 60)
    about = text("目标和要求", 2000, rows=5, required=False)


class NewPlanForm(OfUnitForm, PlanForm):
    year = whole("年度", 2000, 2100)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["year"].initial = timezone.localdate().year
        self.order_fields(["unit", "year", "title", "about"])


class SessionForm(forms.Form):
    title = words("名称", 60)
    subject = choice("类别", Subject)
    starts_at = MomentField(label="开始时间")
    ends_at = MomentField(label="结束时间")
    place = words("地点", 120)
    teacher = words("授课人", 60, required=False)
    hours = number("学时", most=200)
    capacity = whole("名额", 1, 2000)


class PersonForm(forms.Form):
    """One worker by number."""

    worker = WorkerNumberField(permission=permissions.GROWTH)

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["worker"]
        field.user = user


class CorrectEnrolmentForm(forms.Form):
    present = forms.TypedChoiceField(
        label="是否到场", choices=[("yes", "到场"), ("no", "未到")], coerce=lambda value: value == "yes",
        widget=forms.RadioSelect, error_messages={"required": "请选择是否到场。", "invalid_choice": "请选择是否到场。"},
    )  # fmt: skip
    hours = number("计入学时", most=200, help_text="培训结束后才计入；未到的填 0。")
    reason = words("理由", 100)


class ExamForm(forms.Form):
    title = words("名称", 60)
    held_on = day("考试日期")
    full_marks = number("满分", initial=Decimal(100))
    pass_mark = number("合格线", required=False, help_text="不填则按规则取满分的百分比。")


class ResitForm(forms.Form):
    held_on = day("补考日期")


class ScoreForm(PersonForm):
    """Empty for somebody who did not come."""

    score = number("成绩", required=False, help_text="缺考的不填。")
    missed = forms.BooleanField(label="缺考", required=False)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if "score" in data and (data["score"] is None) != bool(data.get("missed")):
            self.add_error("score", "请填写成绩；没有来考的，勾选“缺考”并不填成绩。")
        return data


# --- rotation


class SiteForm(OfUnitForm):
    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        field = unit_field("轮训点", user)
        field.offer(field.find(self.data.get("place")) if self.is_bound else None)
        self.fields["place"] = field


class RotationForm(OfUnitForm):
    title = words("名称", 60)
    first_day = day("从哪天所在的半月开始")
    periods = whole("半月数", 1, 48, initial=12, help_text="半月为每月 1 日至 15 日、16 日至月末。")
    per_site = whole("每点人数", 1, 20, required=False, help_text="不填则按规则。")


class RateForm(forms.Form):
    result = choice("评价", TurnResult)
    note = words("说明", 200, required=False)


class BreakForm(forms.Form):
    last_day = day("最后一天")
    reason = words("原因", 100)


# --- mentoring


class PairForm(forms.Form):
    mentor = WorkerNumberField(permission=permissions.VIEW, label="师傅工号")
    apprentice = WorkerNumberField(permission=permissions.GROWTH, label="徒弟工号")
    goals = text("带教目标", 500, rows=4)
    started_on = day("结对日期")
    planned_end = day("计划出师日期")

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        for name in ("mentor", "apprentice"):
            fields[name].user = user
        fields["started_on"].initial = timezone.localdate


class NoteForm(forms.Form):
    day = day("日期")
    note = text("内容", 300)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["day"].initial = timezone.localdate


# --- contests and promotion


class ContestForm(OfUnitForm):
    title = words("名称", 60)
    held_on = day("日期")
    about = text("项目和规则", 1000, rows=4, required=False)


class ContestResultForm(PersonForm):
    score = number("得分", places=2)
    award = choice("奖项", Award, initial=Award.NONE)


class PromotionForm(PersonForm):
    from_post = choice("原岗位", PathPost)
    to_post = choice("晋升到", PathPost)
    promoted_on = day("日期")
    document = words("文号", 60, help_text="如 江组〔2026〕12 号")
    note = words("说明", 120, required=False)


class ReasonForm(forms.Form):
    reason = words("原因", 100)
