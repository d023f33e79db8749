"""Forms of appraisal. They check form; rules are in the services."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone

from common.pages.inputs import DayInput
from grid.choices import Level
from grid.models import Unit
from staff import permissions
from staff.appraisal.words import MONTHS_OF, Cycle, HonourLevel, Subject
from staff.forms.pay import MonthField
from staff.models import AppraisalScore
from staff.services.appraisal import period_of

QUARTERS, YEARS = 6, 3
NAMES = "一二三四"


def text(label: str, most: int, rows: int = 3, help_text: str = "") -> forms.CharField:
    return forms.CharField(
        label=label, max_length=most, widget=forms.Textarea(attrs={"rows": rows}), help_text=help_text,
        error_messages={
            "required": f"请填写{label}。", "max_length": f"{label}最多 %(limit_value)d 字，现有 %(show_value)d 字，请精简。",
        },
    )  # fmt: skip


def line(label: str, most: int, required: bool = True, help_text: str = "") -> forms.CharField:
    field = text(label, most, help_text=help_text)
    field.widget, field.required = forms.TextInput(attrs={"autocomplete": "off"}), required
    return field


def points(label: str, required: bool = True) -> forms.DecimalField:
    return forms.DecimalField(
        label=label, min_value=Decimal(0), max_value=Decimal(100), max_digits=5, decimal_places=2, required=required,
        widget=forms.NumberInput(attrs={"step": "0.01", "inputmode": "decimal"}),
        error_messages={
            "required": f"请填写{label}。", "invalid": "得分应为 0 至 100 的数字。", "min_value": "得分不能低于 0。",
            "max_value": "得分不能高于 100。", "max_decimal_places": "得分最多两位小数。", "max_digits": "得分不能高于 100。",
            "max_whole_digits": "得分不能高于 100。",
        },
    )  # fmt: skip


def periods(today: date) -> list[tuple[str, str]]:
    """Quarters and years that have begun, the latest first: ``quarter:2026-07-01``."""
    found = []
    for cycle, count in ((Cycle.QUARTER, QUARTERS), (Cycle.YEAR, YEARS)):
        first, _ = period_of(cycle, today)
        for _ in range(count):
            name = f"{first.year} 年度" if cycle == Cycle.YEAR else (
                f"{first.year} 年第{NAMES[(first.month - 1) // MONTHS_OF[Cycle.QUARTER]]}季度"
            )  # fmt: skip
            found.append((f"{cycle}:{first:%Y-%m-%d}", name))
            first, _ = period_of(cycle, date.fromordinal(first.toordinal() - 1))
    return found


class OpenForm(forms.Form):
    """Who, where, which days."""

    subject = forms.ChoiceField(
        label="考核对象", choices=Subject.choices, widget=forms.RadioSelect, initial=Subject.WORKER,
        error_messages={"required": "请选择考核对象。", "invalid_choice": "请从列表中选择考核对象。"},
    )  # fmt: skip
    period = forms.ChoiceField(
        label="考核期", error_messages={"required": "请选择考核期。", "invalid_choice": "请从列表中选择考核期。"}
    )
    unit = forms.ModelChoiceField(
        label="组织单位", queryset=Unit.objects.none(), help_text="考核这个单位及所属单位的全部对象。",
        error_messages={"required": "请选择组织单位。", "invalid_choice": "请从列表中选择组织单位。"},
    )  # fmt: skip

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["period"].choices = [("", "请选择"), *periods(timezone.localdate())]
        rows = Unit.objects.visible_to(user, permissions.APPRAISE).filter(level__lte=Level.STREET, is_active=True)
        fields["unit"].queryset = rows.order_by("path")
        fields["unit"].empty_label = "请选择"
        fields["unit"].initial = rows.order_by("path").first()

    def clean(self) -> dict[str, Any]:
        data = dict(super().clean() or {})
        if chosen := data.pop("period", ""):
            cycle, _, first = chosen.partition(":")
            data |= {"cycle": cycle, "first_day": date.fromisoformat(first)}
        return data


class ReasonForm(forms.Form):
    why = line("理由", 100)


class AppealForm(forms.Form):
    text = text("申诉理由", 500, rows=5, help_text="写明哪一项不对、依据是什么。每次考核只能申诉一次。")


class CorrectForm(forms.Form):
    """One line of a final result."""

    line = forms.ChoiceField(
        label="更正哪一项",
        error_messages={"required": "请选择更正哪一项。", "invalid_choice": "请从列表中选择更正哪一项。"},
    )
    points = points("更正后得分（0 至 100）")
    why = text("更正理由", 200)

    def __init__(self, *args: Any, lines: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["line"].choices = [("", "请选择"), *lines]


class PayFromForm(forms.Form):
    month = MonthField(label="从哪个月起计发", error_messages={"required": "请填写月份。"})


class HonourForm(forms.Form):
    name = line("荣誉名称", 60)
    level = forms.ChoiceField(
        label="级别", choices=[("", "请选择"), *HonourLevel.choices],
        error_messages={"required": "请选择级别。", "invalid_choice": "请从列表中选择级别。"},
    )  # fmt: skip
    given_by = line("授予单位", 60)
    given_on = forms.DateField(
        label="授予日期",
        widget=DayInput(),
        error_messages={"required": "请填写授予日期。", "invalid": "请填写正确的日期，如 2026-07-01。"},
    )
    document = line("文号", 60, required=False)


class SheetForm(forms.Form):
    """Points of the items of one page of a sheet; what is left empty stays open."""

    def __init__(self, *args: Any, scores: Iterable[AppraisalScore], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for score in scores:
            field = points("得分", required=False)
            field.initial = score.points
            self.fields[f"score_{score.pk}"] = field

    def points(self) -> dict[int, Decimal | None]:
        return {int(name.removeprefix("score_")): value for name, value in self.cleaned_data.items()}
