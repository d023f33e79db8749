"""Forms of points. They check form; rules are in the services."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone

from common.pages.inputs import DayInput
from grid.choices import Level
from grid.forms import UnitChoiceField
from grid.models import Unit
from volunteers import permissions
from volunteers.forms.honours import VolunteerNumberField
from volunteers.models import Programme, Volunteer
from volunteers.rules import member_rule

YEARS_SHOWN = 6
REASON = {"required": "请写明理由。", "max_length": "理由最多 %(limit_value)d 字，请精简。"}


class PointsField(forms.DecimalField):
    """Points with at most two places; negative ones only where the form says so."""

    def __init__(self, *, may_be_negative: bool = False, **kwargs: Any) -> None:
        attrs = {"step": "0.01", "inputmode": "decimal"} | ({} if may_be_negative else {"min": "0.01"})
        messages = {
            "required": "请填写积分。", "invalid": "请填写数字，如 2.5。", "max_digits": "积分太多，请检查。",
            "max_whole_digits": "积分太多，请检查。", "max_decimal_places": "积分最多两位小数。", "min_value": "积分应大于 0。",
        }  # fmt: skip
        super().__init__(
            **{
                "label": "积分", "max_digits": 10, "decimal_places": 2, "error_messages": messages,
                "min_value": None if may_be_negative else Decimal("0.01"),
                "widget": forms.NumberInput(attrs=attrs), **kwargs,
            }
        )  # fmt: skip


def programmes(user: Any) -> Any:
    return Programme.objects.visible_to(user).filter(is_active=True)


class ProposalForm(forms.Form):
    """What every proposal asks: whose points, which kind of them, and why."""

    volunteer = VolunteerNumberField(permission=permissions.POINTS)
    reason = forms.CharField(
        label="理由", max_length=120, error_messages=REASON, help_text="写清依据，复核人据此核对；会显示在本人的明细里。",
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["volunteer"].user = user
        if "programme" in fields:
            fields["programme"].queryset = programmes(user)
            fields["programme"].initial = programmes(user).first
        if "day" in fields:
            fields["day"].initial = timezone.localdate


class AdjustmentForm(ProposalForm):
    programme = forms.ModelChoiceField(label="积分项目", queryset=Programme.objects.none(), empty_label=None)
    amount = PointsField(may_be_negative=True, help_text="增加填正数，扣减填负数。")
    day = forms.DateField(label="所属日期", widget=DayInput(), help_text="这笔积分属于哪一天的服务或事项。")

    field_order = ("volunteer", "programme", "amount", "day", "reason")


class ItemForm(ProposalForm):
    item = forms.ChoiceField(label="项目", widget=forms.Select(attrs={"data-gw-select": ""}))
    day = forms.DateField(label="日期", widget=DayInput())

    field_order = ("volunteer", "item", "day", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["item"].choices = [
            (item.key, f"{item.label}（{item.points:+f} 分，每半年最多 {item.most} 次）")
            for item in member_rule(timezone.localdate()).items
        ]
        fields["reason"].label, fields["reason"].required = "说明", False
        fields["reason"].help_text = "如活动名称、时间，会显示在本人的明细里。"


class GrantForm(ProposalForm):
    programme = forms.ModelChoiceField(label="积分项目", queryset=Programme.objects.none(), empty_label=None)
    amount = PointsField()

    field_order = ("pool", "volunteer", "programme", "amount", "reason")

    def __init__(self, *args: Any, user: Any, own: Unit | None = None, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        pool = UnitChoiceField(label="爱心积分池", permission=permissions.POINTS, help_text="由哪个单位的积分池发放。")
        self.fields["pool"] = pool
        self.order_fields(self.field_order)
        pool.user = user
        chosen = pool.find(self.data.get("pool")) if self.is_bound else own
        pool.offer(chosen)
        pool.initial = chosen


class ReversalForm(forms.Form):
    reason = forms.CharField(
        label="冲正的理由", max_length=120, error_messages=REASON, widget=forms.Textarea(attrs={"rows": 2})
    )


class DonationForm(forms.Form):
    """A volunteer's own: nobody's name is asked or shown."""

    programme = forms.ModelChoiceField(label="积分项目", queryset=Programme.objects.none(), empty_label=None)
    amount = PointsField(label="捐赠多少积分")
    to_number = forms.CharField(
        label="对方的志愿者编号", max_length=20, required=False,
        help_text="不填则捐入您所在单位的爱心积分池，用来帮助有困难的邻居。",
    )  # fmt: skip
    note = forms.CharField(label="留言", max_length=60, required=False)

    def __init__(self, *args: Any, volunteer: Volunteer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["programme"]
        field.queryset = Programme.objects.filter(
            is_active=True, accounts__volunteer=volunteer, accounts__balance__gt=0
        ).distinct()
        self.kinds: int = field.queryset.count()  # of points one could give
        if self.kinds == 1:
            field.widget = forms.HiddenInput()
            field.initial = field.queryset.first


def year_choices(today: date | None = None) -> list[tuple[int, str]]:
    this = (today or timezone.localdate()).year
    return [(year, f"{year} 年") for year in range(this, this - YEARS_SHOWN, -1)]


class OverviewForm(forms.Form):
    """Which year, and by what units it is divided; an address without conditions shows this year."""

    year = forms.TypedChoiceField(label="年度", coerce=int, choices=year_choices)
    level = forms.TypedChoiceField(label="统计到", coerce=int)

    def __init__(self, data: Any, *, levels: list[tuple[int, str]]) -> None:
        super().__init__({"year": timezone.localdate().year, "level": levels[0][0] if levels else "", **data.dict()})
        field: Any = self.fields["level"]
        field.choices = levels


class YearlyForm(forms.Form):
    """The statements of a year, of everybody below a unit."""

    year = forms.TypedChoiceField(label="年度", coerce=int, choices=year_choices)
    programme = forms.ModelChoiceField(
        label="积分项目", queryset=Programme.objects.none(), required=False, empty_label="全部"
    )

    def __init__(self, data: Any = None, *, user: Any, own: Unit | None = None, **options: Any) -> None:
        super().__init__(data, **options)
        fields: dict[str, Any] = self.fields
        fields["programme"].queryset = Programme.objects.visible_to(user)
        unit = UnitChoiceField(label="单位", permission=permissions.EXPORT, help_text="包括它下面的全部单位。")
        self.fields["unit"] = unit
        self.order_fields(("unit", "year", "programme"))
        unit.user = user
        chosen = unit.find(self.data.get("unit")) if self.is_bound else own
        unit.offer(chosen)
        unit.initial = chosen


class RankingForm(forms.Form):
    """Whose ranking: a community (or all), a kind of points, a month or a year."""

    unit = forms.ModelChoiceField(
        label="社区", queryset=Unit.objects.none(), required=False, empty_label="全区",
        widget=forms.Select(attrs={"class": "form-select", "data-gw-select": ""}),
    )  # fmt: skip
    programme = forms.ModelChoiceField(
        label="积分项目", queryset=Programme.objects.none(), required=False, empty_label=None,
        widget=forms.Select(attrs={"class": "form-select"}),
    )  # fmt: skip
    period = forms.ChoiceField(label="时间", required=False, widget=forms.Select(attrs={"class": "form-select"}))

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        fields: dict[str, Any] = self.fields
        fields["unit"].queryset = Unit.objects.filter(level=Level.COMMUNITY, is_active=True).order_by("path")
        fields["programme"].queryset = Programme.objects.filter(is_active=True)
        fields["period"].choices = periods()


def periods() -> list[tuple[str, str]]:
    """This month and the five before it, this year and the last."""
    today = timezone.localdate()
    months = []
    year, month = today.year, today.month
    for _ in range(6):
        months.append((f"{year}-{month:02d}", f"{year} 年 {month} 月"))
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)
    return [*months, *((str(one), f"{one} 年") for one in (today.year, today.year - 1))]
