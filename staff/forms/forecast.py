"""Forms of the forecast of pay. They check form; rules are in the services."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone

from common.months import first_of_next
from grid.choices import Level
from grid.forms import UnitChoiceField
from grid.selectors import top_units
from staff import permissions
from staff.choices import Source
from staff.forms.pay import MonthField
from staff.models import Forecast

LENGTHS = ((12, "12 个月"), (24, "24 个月"), (36, "36 个月"), (60, "60 个月"))
BY = (("month", "按月"), ("year", "按年"))


class ForecastForm(forms.Form):
    """For whom, from when on, how long."""

    field_order: tuple[str, ...] = ("unit", "first_month", "months", "scheme", "since", "renewals")

    first_month = MonthField(label="从哪个月起", error_messages={"required": "请填写起始月份。"})
    months = forms.TypedChoiceField(label="测算多长", choices=LENGTHS, coerce=int, initial=36)
    since = MonthField(
        label="新方案从哪个月起", required=False, help_text="不填就从测算的第一个月起；只测算现行方案时不用填。"
    )
    renewals = forms.BooleanField(
        label="证书到期视为续登", required=False, initial=True, help_text="去掉后，登记有效期一过就不再计证书津贴。"
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        unit = UnitChoiceField(
            label="测算范围", permission=permissions.PAY_VIEW, help_text="全区，或者一个镇街。",
            error_messages={"required": "请选择测算范围。"},
        )  # fmt: skip
        unit.user = user
        tops = list(top_units(user)[:2])
        unit.initial = tops[0] if len(tops) == 1 else None
        unit.offer(unit.find(self.data.get("unit")) if self.is_bound else unit.initial)
        fields["unit"] = unit
        fields["first_month"].initial = first_of_next(timezone.localdate())
        self.order_fields(self.field_order)

    def clean_unit(self) -> Any:
        unit = self.cleaned_data["unit"]
        if unit.level > Level.STREET:
            raise forms.ValidationError("请选择全区或一个镇街。")
        return unit


class SchemeForecastForm(ForecastForm):
    """With a saved or a sample scheme beside the present one, or without."""

    scheme = forms.ChoiceField(
        label="与哪个方案比较", required=False,
        error_messages={"invalid_choice": "没有这个方案，请重新选择。"},
    )  # fmt: skip

    def __init__(self, *args: Any, offered: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["scheme"].choices = [("", "只测算现行方案"), *offered]


class TableForecastForm(ForecastForm):
    """The present scheme with another base, or other figures of its grades."""

    field_order: tuple[str, ...] = ("unit", "first_month", "months", "since", "renewals", "base", "local")

    base = forms.DecimalField(label="基数（元/月）", max_digits=9, decimal_places=2, min_value=0)
    local = forms.DecimalField(label="地区系数", max_digits=6, decimal_places=4, min_value=Decimal("0.1"))

    def __init__(self, *args: Any, present: Mapping[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.present = present
        sources = {item["source"] for item in present["items"]}
        self.columns = [
            (name, label)
            for name, label, source in (
                ("coefficient", "系数", Source.COEFFICIENT), ("amount", "等级工资（元/月）", Source.GRADE),
            )
            if source in sources
        ]  # fmt: skip
        fields: dict[str, Any] = self.fields
        for name in ("base", "local"):
            fields[name].initial = present[name]
            if Source.COEFFICIENT not in sources:
                del fields[name]
        for row in present["grades"]:
            for name, label in self.columns:
                fields[f"{name}_{row['grade']}"] = forms.DecimalField(
                    label=f"{row['grade']} 级{label}", max_digits=10, decimal_places=4, min_value=0, initial=row[name],
                    widget=forms.NumberInput(
                        attrs={
                            "class": "form-control", "step": "any", "inputmode": "decimal",
                            "aria-label": f"{row['grade']} 级{label}",
                        }
                    ),
                )  # fmt: skip

    @property
    def plain_fields(self) -> Iterator[forms.BoundField]:
        """All that is not in the table of grades."""
        return (field for field in self if "_" not in field.name or field.name in ForecastForm.base_fields)

    @property
    def table(self) -> list[dict[str, Any]]:
        """The rows of the table of grades."""
        return [
            {"grade": row["grade"], "fields": [self[f"{name}_{row['grade']}"] for name, _ in self.columns]}
            for row in self.present["grades"]
        ]

    def content(self) -> dict[str, Any]:
        """The scheme as it was filled in."""
        values, data = self.cleaned_data, deepcopy(dict(self.present))
        for name in ("base", "local"):
            if name in values:
                data[name] = _text(values[name])
        for row in data["grades"]:
            for name, _ in self.columns:
                row[name] = _text(values[f"{name}_{row['grade']}"])
        return data

    def changes(self) -> str:
        """What differs from the present scheme, in a few words."""
        data = self.content()
        words = [
            f"{label} {_text(Decimal(self.present[key]))} → {data[key]}"
            for key, label in (("base", "基数"), ("local", "地区系数"))
            if key in self.cleaned_data and Decimal(self.present[key]) != Decimal(data[key])
        ]
        others = zip(self.present["grades"], data["grades"], strict=True)
        if any(Decimal(old[name]) != Decimal(new[name]) for old, new in others for name, _ in self.columns):
            words.append("等级表有改动")
        return "，".join(words)


def _text(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


class ForecastChoiceForm(forms.Form):
    """The forecast of a sheet, and how fine it is."""

    forecast = forms.ModelChoiceField(label="测算", queryset=Forecast.objects.none())
    by = forms.ChoiceField(label="粗细", choices=BY, initial="month")

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["forecast"]
        field.queryset = Forecast.objects.visible_to(user).select_related("unit")
