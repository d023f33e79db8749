"""Forms of pay. They check form; rules are in the services."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone

from common.months import written_month
from grid.forms import UnitChoiceField
from grid.selectors import top_units
from staff import permissions
from staff.choices import BonusTax, Deduction, Period
from staff.models import PayRun


class MonthField(forms.CharField):
    """A month; cleaned to its first day."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateInput(attrs={"type": "month", "placeholder": "2026-09"})
        super().__init__(**{"label": "月份", "max_length": 7, "widget": widget, **kwargs})

    def prepare_value(self, value: Any) -> Any:
        return f"{value:%Y-%m}" if isinstance(value, date) else value

    def clean(self, value: Any) -> date | None:
        text = super().clean(value)
        if not text:
            return None
        month = written_month(text)
        if month is None:
            raise forms.ValidationError("请按“2026-09”的样式填写月份。")
        return month


class YuanField(forms.DecimalField):
    """An amount to the fen."""

    def __init__(self, *, may_be_negative: bool = False, **kwargs: Any) -> None:
        attrs = {"step": "0.01", "inputmode": "decimal"}
        super().__init__(
            **{
                "label": "金额（元）", "max_digits": 12, "decimal_places": 2,
                "min_value": None if may_be_negative else Decimal("0.01"), "widget": forms.NumberInput(attrs=attrs),
                "error_messages": {"max_decimal_places": "金额最多两位小数。", "invalid": "请填写数字，如 4712.40。"}, **kwargs,
            }
        )  # fmt: skip


class RunForm(forms.Form):
    """Which month, for whom."""

    field_order = ("unit", "month", "period", "bonus_tax")

    month = MonthField()
    period = forms.ChoiceField(label="类型", choices=Period.choices, initial=Period.MONTH)
    bonus_tax = forms.ChoiceField(
        label="年终奖计税方式", choices=BonusTax.choices, initial=BonusTax.APART, required=False,
        help_text="只用于年终奖：单独计税执行到规则中的截止日，以后并入当年综合所得。",
    )  # fmt: skip

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        unit = UnitChoiceField(
            label="发放范围", permission=permissions.PAY_PREPARE, help_text="输入名称查找；包括它下面的全部单位。",
            error_messages={"required": "请选择发放范围。"},
        )  # fmt: skip
        unit.user = user
        tops = list(top_units(user)[:2])
        unit.initial = tops[0] if len(tops) == 1 else None
        unit.offer(unit.initial)
        if self.is_bound:
            unit.offer(unit.find(self.data.get("unit")))
        fields["unit"] = unit
        fields["month"].initial = timezone.localdate().replace(day=1)
        self.order_fields(self.field_order)

    def clean_bonus_tax(self) -> str:
        return self.cleaned_data["bonus_tax"] or BonusTax.APART


class RunChoiceForm(forms.Form):
    """The run of a sheet."""

    run = forms.ModelChoiceField(label="工资表", queryset=PayRun.objects.none())

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["run"]
        field.queryset = PayRun.objects.visible_to(user).select_related("unit")


class BaseForm(forms.Form):
    valid_from = MonthField(label="从哪个月起")
    amount = YuanField(
        label="缴费基数（元/月）", help_text="上年度月平均工资；低于下限、高于上限的由系统按上下限计算。"
    )


class DeductionForm(forms.Form):
    kind = forms.ChoiceField(label="项目", choices=Deduction.choices)
    amount = YuanField(label="每月金额（元）", min_value=Decimal(0), help_text="填 0 表示从这个月起不再扣除。")
    valid_from = MonthField(
        label="从哪个月起",
        help_text="可以填本年以前的月份：已发月份少扣的在下次工资补扣，多扣的冲回；已在别处扣过的月份不要填。",
    )


class FirstWageForm(forms.Form):
    year = forms.IntegerField(label="纳税年度", min_value=2000, max_value=2100)
    declared_on = forms.DateField(
        label="申报日期", required=False, widget=forms.DateInput(attrs={"type": "date"}),
        help_text="本人书面申报“本年入职前没有取得过工资薪金”的日期，减除费用从 1 月起算；留空表示撤回申报。",
    )  # fmt: skip


class FactorForm(forms.Form):
    valid_from = MonthField(label="从哪个月起")
    percent = forms.DecimalField(label="绩效比例（%）", min_value=0, max_value=300, max_digits=6, decimal_places=2)
    why = forms.CharField(label="依据", max_length=120, help_text="如：2026 年第三季度考核优秀。")


class AdditionForm(forms.Form):
    month = MonthField()
    period = forms.ChoiceField(label="类型", choices=Period.choices, initial=Period.MONTH)
    label = forms.CharField(label="名称", max_length=20, help_text="如：防汛加班补助、工会会费。")
    amount = YuanField(may_be_negative=True, help_text="发放填正数，扣款填负数。")
    taxed = forms.BooleanField(label="计入应税收入", required=False, initial=True)
    why = forms.CharField(label="依据", max_length=120, help_text="文件或审批依据，显示在工资条上。")


class PasswordAgainForm(forms.Form):
    password = forms.CharField(
        label="登录密码", widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}), strip=False
    )
