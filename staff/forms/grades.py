"""Forms of grades. They check form; rules are in the services."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone

from common.pages.inputs import DayInput
from staff.choices import GradeReason
from staff.services.grades import REGRADE_REASONS

DAY = {"required": "请填写日期。", "invalid": "请填写正确的日期，如 2026-07-01。"}


class RegradeForm(forms.Form):
    reason = forms.ChoiceField(
        label="原因", choices=[("", "请选择"), *((key.value, GradeReason(key).label) for key in REGRADE_REASONS)],
        error_messages={"required": "请选择原因。", "invalid_choice": "请从列表中选择原因。"},
    )  # fmt: skip
    on = forms.DateField(
        label="发生日期", widget=DayInput(), error_messages=DAY,
        help_text="任职日、毕业证或证书的取得日、试用期满的次日。学历和证书从取得的次月 1 日起执行。",
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["on"].initial = timezone.localdate


class CorrectForm(forms.Form):
    grade = forms.IntegerField(
        label="更正为（级）", min_value=1, max_value=40,
        error_messages={"required": "请填写等级。", "invalid": "请填写等级数字。", "min_value": "等级从 1 级起。", "max_value": "等级最多 40 级。"},
    )  # fmt: skip
    since = forms.DateField(
        label="生效日期", widget=DayInput(), error_messages=DAY, help_text="之后另有定级的，更正到那一天为止。"
    )
    reason = forms.CharField(
        label="理由和依据", max_length=100, widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "请写明更正的理由和依据。"},
    )  # fmt: skip
