"""Forms of community funds. They check form; rules are in the services."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone

from common.pages.inputs import DayInput
from common.workflow_forms import FilesField
from grid.forms import UnitChoiceField
from staff import permissions
from staff.choices import FundLevel
from staff.forms.pay import YuanField
from staff.models import FundAccount
from staff.rules import funds_on
from staff.services.funds import MOST_FILES, uses_of

DAY = {"required": "请填写日期。", "invalid": "请填写正确的日期，如 2026-07-01。"}


class VouchersField(FilesField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            **{
                "label": "凭证", "max_files": MOST_FILES, "help_text": "发票、收据、签收单的照片或 PDF。",
                "error_messages": {"required": "请上传凭证照片或 PDF。"}, **kwargs,
            }
        )  # fmt: skip
        self.widget.attrs["accept"] = "image/jpeg,image/png,application/pdf"


class AttachForm(forms.Form):
    files = VouchersField(label="补充凭证")  # type: ignore[assignment]


class SpendingForm(forms.Form):
    """Few fields, big enough for a phone."""

    amount = YuanField(error_messages={"required": "请填写金额。", "max_decimal_places": "金额最多两位小数。"})
    day = forms.DateField(label="支出日期", widget=DayInput(), error_messages=DAY)
    payee = forms.CharField(
        label="收款单位", max_length=60, help_text="慰问困难群众的填经办单位，姓名留在凭证里。",
        error_messages={"required": "请填写收款单位。"},
    )  # fmt: skip
    use = forms.ChoiceField(
        label="用途", error_messages={"required": "请选择用途。", "invalid_choice": "请从列表中选择用途。"}
    )
    voucher = forms.CharField(
        label="凭证号", max_length=30, help_text="发票号或记账凭证号。", error_messages={"required": "请填写凭证号。"}
    )
    files = VouchersField()  # type: ignore[assignment]
    note = forms.CharField(label="说明", max_length=120, required=False)

    def __init__(self, *args: Any, account: FundAccount, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        today = timezone.localdate()
        day = min(today, today.replace(year=account.year, month=12, day=31))
        fields["day"].initial = day
        fields["use"].choices = [("", "请选择"), *((use, use) for use in uses_of(account, day))]


class AllocationForm(forms.Form):
    amount = YuanField(error_messages={"required": "请填写金额。"})
    note = forms.CharField(label="依据", max_length=120, error_messages={"required": "请填写下达的依据，如文件号。"})

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        unit = UnitChoiceField(
            label="下达给", permission=permissions.FUND_VIEW, help_text="输入镇街或社区的名称查找。",
            error_messages={"required": "请选择单位。"},
        )  # fmt: skip
        unit.user = user
        unit.offer(unit.find(self.data.get("unit")) if self.is_bound else None)
        fields["unit"] = unit
        self.order_fields(("unit", "amount", "note"))


class ReversalForm(forms.Form):
    reason = forms.CharField(
        label="冲销原因", max_length=120, widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "请写明冲销的原因。"},
    )  # fmt: skip


class BudgetForm(forms.Form):
    """``each``: what every community is given; the rule's amount is offered."""

    fund = forms.ChoiceField(
        label="经费", error_messages={"required": "请选择经费。", "invalid_choice": "请从列表中选择经费。"}
    )
    year = forms.TypedChoiceField(label="年度", coerce=int)
    amount = YuanField(label="预算总额（元）", max_digits=14, error_messages={"required": "请填写预算总额。"})
    each = YuanField(
        label="每个社区下达（元）",
        min_value=Decimal(0),
        help_text="审批通过后按这个标准下达到每个社区；填 0 表示以后逐笔下达。",
    )
    note = forms.CharField(label="依据", max_length=120, error_messages={"required": "请填写依据，如文件号。"})

    def __init__(self, *args: Any, communities: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        this = timezone.localdate()
        funds = list(funds_on(this).values())
        fields["fund"].choices = [("", "请选择"), *((fund.key, _words(fund)) for fund in funds)]
        fields["year"].choices = [(year, f"{year} 年") for year in (this.year, this.year + 1, this.year - 1)]
        if len(funds) == 1:
            each = funds[0].amount if funds[0].level == FundLevel.COMMUNITY else Decimal(0)
            fields["fund"].initial, fields["each"].initial = funds[0].key, each
            fields["amount"].initial = each * communities or funds[0].amount
        fields["amount"].help_text = f"全区现有 {communities} 个社区。"


def _words(fund: Any) -> str:
    return f"{fund.label}（{'每个社区' if fund.level == FundLevel.COMMUNITY else '全区'}每年 {fund.amount:,} 元）"


class CloseForm(forms.Form):
    """Which fund of which year."""

    fund = forms.ChoiceField(label="经费")
    year = forms.TypedChoiceField(label="年度", coerce=int)

    def __init__(self, *args: Any, funds: dict[str, str], years: list[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["fund"].choices = list(funds.items())
        fields["year"].choices = [(year, f"{year} 年") for year in years]


class ExecutionForm(forms.Form):
    """The year of the report, and one fund or all."""

    year = forms.TypedChoiceField(label="年度", coerce=int)
    fund = forms.ChoiceField(label="经费", required=False)

    def __init__(self, *args: Any, funds: dict[str, str], years: list[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["year"].choices = [(year, f"{year} 年") for year in years]
        fields["year"].initial = years[0] if years else None
        fields["fund"].choices = [("", "全部经费"), *funds.items()]
