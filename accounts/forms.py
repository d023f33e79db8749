"""Forms of accounts."""

from __future__ import annotations

from typing import Any

from django import forms

from accounts.services.tokens import MOST_DAYS

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
