"""Forms of accounts."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse_lazy
from django.utils import timezone

from accounts.policies import where
from accounts.roles import Role
from accounts.services.tokens import MOST_DAYS
from common.errors import Invalid
from common.pages.inputs import DayInput
from grid.bodies import Body, body_of

TOKEN_DAYS = ((30, "30 天"), (90, "90 天"), (180, "180 天"), (MOST_DAYS, "一年"))


class SignInForm(forms.Form):
    username = forms.CharField(
        label="用户名", max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "autofocus": True}),
    )  # fmt: skip
    password = forms.CharField(
        label="密码", max_length=128, strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )  # fmt: skip


class PasswordForm(forms.Form):
    old = forms.CharField(
        label="原密码", max_length=128, strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )  # fmt: skip
    new = forms.CharField(
        label="新密码", max_length=128, strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )
    again = forms.CharField(
        label="再输一次新密码", max_length=128, strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("new") and data.get("again") and data["new"] != data["again"]:
            self.add_error("again", "两次输入的新密码不一样。")
        return data


class TokenForm(forms.Form):
    name = forms.CharField(label="用途", max_length=40, help_text="写明给哪个系统用，如“短信平台”")
    days = forms.TypedChoiceField(label="有效期", choices=TOKEN_DAYS, coerce=int, initial=90)


class SeatField(forms.Field):
    """A unit or department, found by typing a part of its name."""

    widget = forms.Select

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            **{"label": "任职单位或部门", "error_messages": {"required": "请选择任职单位或部门。"}, **kwargs}
        )
        self.widget.attrs["data-gw-select"] = reverse_lazy("accounts:seats")

    def clean(self, value: Any) -> Body:
        super().clean(value)
        try:
            return body_of(str(value))
        except Invalid as error:
            raise ValidationError(error.message, code="invalid_choice") from None


class RoleForm(forms.Form):
    role = forms.ChoiceField(label="角色")
    seat = SeatField()
    first_day = forms.DateField(label="起始日期", widget=DayInput(), initial=timezone.localdate)
    last_day = forms.DateField(label="截止日期（含当日）", widget=DayInput(), required=False, help_text="长期任职不填")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        roles = [(role.value, f"{role.label}（{where(role)}）") for role in Role]
        role_field, seat_field = self.fields["role"], self.fields["seat"]
        role_field.choices = [("", "请选择"), *roles]  # type: ignore[attr-defined]
        seat_field.widget.choices = self._seat_choices()

    def _seat_choices(self) -> list[tuple[str, str]]:
        """The chosen seat, so that it is still there when the form comes back with errors."""
        choices = [("", "输入名称查找")]
        key = str(self.data.get("seat", "")) if self.is_bound else ""
        try:
            return [*choices, (key, str(body_of(key)))]
        except Invalid:
            return choices


class UserCreateForm(RoleForm):
    display_name = forms.CharField(label="姓名", max_length=40)
    username = forms.CharField(
        label="用户名", max_length=40, help_text="登录用，建立后不能更改；字母、数字和 @ . + - _",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
    )  # fmt: skip
    field_order = ("display_name", "username", "role", "seat", "first_day", "last_day")


class UserForm(forms.Form):
    display_name = forms.CharField(label="姓名", max_length=40)


class DeactivateForm(forms.Form):
    reason = forms.CharField(label="停用的原因", max_length=200, help_text="记入审计，如“调离本单位”")


class RoleEndForm(forms.Form):
    last_day = forms.DateField(
        label="截止日期（含当日）",
        widget=DayInput(),
        required=False,
        help_text="不填则立即收回，对方的下一次操作即生效",
    )
