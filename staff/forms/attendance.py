"""Forms of attendance. They check form; rules are in the services."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils import timezone

from common.months import written_month
from grid.forms import UnitChoiceField
from staff import permissions
from staff.choices_growth import DayMark
from staff.forms.growth import choice, words


class MarkForm(forms.Form):
    mark = choice("更正为", DayMark)
    reason = words("理由", 120, help_text="如 手机没电，本人 8:25 到岗")


class CloseForm(forms.Form):
    """Which unit's month is closed."""

    month = forms.TypedChoiceField(
        label="月份", coerce=lambda value: written_month(value),
        error_messages={"required": "请选择月份。", "invalid_choice": "请从列表中选择月份。"},
    )  # fmt: skip

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["month"].choices = past_months()
        unit = UnitChoiceField(
            label="单位（含下属单位）", permission=permissions.ATTEND, error_messages={"required": "请选择单位。"}
        )
        unit.user = user
        unit.offer(unit.find(self.data.get("unit") if self.is_bound else self.initial.get("unit")))
        fields["unit"] = unit
        self.order_fields(["unit", "month"])


def past_months(today: date | None = None) -> list[tuple[str, str]]:
    """The last twelve months that are over, the latest first."""
    on = today or timezone.localdate()
    numbers = range(on.year * 12 + on.month - 2, on.year * 12 + on.month - 14, -1)
    return [(f"{number // 12}-{number % 12 + 1:02d}", f"{number // 12} 年 {number % 12 + 1} 月") for number in numbers]
