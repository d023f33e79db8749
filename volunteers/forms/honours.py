"""Forms of nominations and certificates. They check form; rules are in the services."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone

from common.pages.inputs import DayInput
from volunteers import permissions
from volunteers.models import Volunteer
from volunteers.rules import honours


class VolunteerNumberField(forms.CharField):
    """A volunteer of the person's own area, by number."""

    def __init__(self, *, permission: str, **kwargs: Any) -> None:
        self.permission = permission
        self.user: Any = None
        super().__init__(
            **{"label": "志愿者编号", "max_length": 20, "error_messages": {"required": "请填写志愿者编号。"}, **kwargs}
        )

    def clean(self, value: Any) -> Any:
        number = super().clean(value).strip().upper()
        found = Volunteer.objects.visible_to(self.user, self.permission).filter(number=number).first()
        if found is None:
            raise forms.ValidationError("您的辖区内没有这个编号的志愿者，请核对编号。")
        return found


class NominationForm(forms.Form):
    honour = forms.ChoiceField(label="荣誉")
    year = forms.TypedChoiceField(label="年度", coerce=int)
    volunteer = VolunteerNumberField(permission=permissions.NOMINATE)
    deeds = forms.CharField(
        label="主要事迹", max_length=1000, widget=forms.Textarea(attrs={"rows": 6}),
        help_text="写清做了什么、多久、效果如何，20 至 1000 字。",
    )  # fmt: skip

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        today = timezone.localdate()
        fields["honour"].choices = [(name, name) for name in honours(today)]
        fields["year"].choices = [(year, f"{year} 年") for year in (today.year, today.year - 1)]
        fields["volunteer"].user = user


class CertificateForm(forms.Form):
    volunteer = VolunteerNumberField(permission=permissions.CERTIFY)
    first_day = forms.DateField(label="起始日期", widget=DayInput())
    last_day = forms.DateField(label="截止日期", widget=DayInput())

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["volunteer"].user = user
        fields["first_day"].initial = lambda: timezone.localdate().replace(month=1, day=1)
        fields["last_day"].initial = timezone.localdate


class WantedForm(forms.Form):
    first_day = forms.DateField(label="起始日期", widget=DayInput())
    last_day = forms.DateField(label="截止日期", widget=DayInput())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["first_day"].initial = lambda: timezone.localdate().replace(month=1, day=1)
        self.fields["last_day"].initial = timezone.localdate


class RevokeForm(forms.Form):
    reason = forms.CharField(label="撤销理由", max_length=200, error_messages={"required": "请写明撤销的理由。"})


class CheckForm(forms.Form):
    number = forms.CharField(label="证明编号", max_length=24, error_messages={"required": "请填写证明编号。"})
    code = forms.CharField(label="核验码", max_length=20, error_messages={"required": "请填写核验码。"})
