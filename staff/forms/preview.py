"""Which scheme is to be tried."""

from __future__ import annotations

from typing import Any

from django import forms


class TrialForm(forms.Form):
    scheme = forms.ChoiceField(
        label="方案",
        error_messages={"required": "请选择方案。", "invalid_choice": "没有这个方案，请重新选择。"},
    )

    def __init__(self, *args: Any, offered: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["scheme"].choices = [("", "请选择"), *offered]
