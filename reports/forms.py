"""Parameters of the reports."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.choices import CallableChoiceIterator

from reports.comparison import months_before
from reports.selectors import oldest_ticket, spans_for

MONTH = re.compile(r"(20\d{2})-(0[1-9]|1[0-2])")
SHOWN_MONTHS = 24


def last_month(today: date | None = None) -> str:
    """The latest month that is over, as ``2026-10``."""
    today = today or timezone.localdate()
    return f"{today.replace(day=1) - timedelta(days=1):%Y-%m}"


def month_choices(user: Any) -> list[tuple[str, str]]:
    """From this month back to the one of the oldest ticket in sight, two years at least."""
    today = timezone.localdate()
    oldest = oldest_ticket(user)
    months = [f"{today:%Y-%m}"]
    while len(months) < SHOWN_MONTHS or months[-1] > f"{oldest:%Y-%m}":
        months.append(months_before(months[-1], 1))
    return [(month, "{}年{}月".format(*map(int, month.split("-")))) for month in months]


class MonthlyForm(forms.Form):
    """Which month, and by what it is divided; only divisions in which the person sees whole rows."""

    month = forms.CharField(
        label="月份",
        widget=forms.Select(attrs={"data-gw-select": ""}),
        help_text="按诉求的接收时间统计；本月未结束时统计到现在。",
        error_messages={"required": "请选择月份。"},
    )
    level = forms.ChoiceField(
        label="统计到", widget=forms.RadioSelect, error_messages={"required": "请选择统计到哪一级。"}
    )

    def __init__(self, data: Any = None, *, user: Any, **options: Any) -> None:
        super().__init__(data, **options)
        spans = spans_for(user)
        level: Any = self.fields["level"]
        level.choices = [(span.key, f"按{span.label}") for span in spans]
        level.initial = spans[0].key if spans else ""
        level.error_messages["invalid_choice"] = "您的岗位不能按这一级统计，请重新选择。"
        month: Any = self.fields["month"]
        month.initial = last_month()
        month.widget.choices = CallableChoiceIterator(lambda: month_choices(user))

    def clean_month(self) -> str:
        month = self.cleaned_data["month"].strip()
        if not MONTH.fullmatch(month):
            raise forms.ValidationError("请按 2026-09 这样的格式填写。")
        if month > f"{timezone.localdate():%Y-%m}":
            raise forms.ValidationError("这个月还没有到，请选择本月或以前的月份。")
        return month
