"""Forms of partners' agreements; those of the workflow's actions are made from its table."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone

from common.pages.inputs import DayInput
from grid.forms import UnitChoiceField
from volunteers import permissions
from volunteers.forms.shop import line
from volunteers.models import Provider
from volunteers.selectors.partners import possible_partners


class TermsForm(forms.Form):
    """What is given and what is owed."""

    room = line("提供的场地", 80, help_text="例如：党群服务中心二楼 60 平方米活动室")
    rent = forms.DecimalField(
        label="折合租金（元）", max_digits=10, decimal_places=2, min_value=0, help_text="协议期内合计；免租的填市场价",
        error_messages={"required": "请填写折合租金。"},
    )  # fmt: skip
    owed_hours = forms.DecimalField(
        label="应服务时长（小时）", max_digits=8, decimal_places=2, error_messages={"required": "请填写应服务时长。"}
    )
    service = line("服务内容", 200, help_text="例如：每周六为老年人义诊")
    last_day = forms.DateField(label="截止日期", widget=DayInput(), error_messages={"required": "请填写截止日期。"})


class ChangeForm(TermsForm):
    reason = line("变更的理由", 120)


class AgreementForm(TermsForm):
    provider = forms.ModelChoiceField(
        label="合伙人", queryset=Provider.objects.none(), empty_label="请选择",
        error_messages={"required": "请选择合伙人。"}, widget=forms.Select(attrs={"data-gw-select": ""}),
        help_text="没有的先在“服务单位”中登记。",
    )  # fmt: skip
    first_day = forms.DateField(label="起始日期", widget=DayInput(), error_messages={"required": "请填写起始日期。"})

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["provider"].queryset = possible_partners(user)
        fields["first_day"].initial = timezone.localdate
        unit = UnitChoiceField(
            label="所属单位", permission=permissions.PARTNERS, error_messages={"required": "请选择所属单位。"},
            help_text="提供场地的社区或街道。",
        )  # fmt: skip
        unit.user = user
        unit.offer(unit.find(self.data.get("unit")) if self.is_bound else None)
        fields["unit"] = unit
        self.order_fields(("provider", "unit", "room", "rent", "service", "owed_hours", "first_day", "last_day"))
