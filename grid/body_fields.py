"""How a unit or department is asked for in forms: the kinds ``BODY`` and ``BODIES`` of a workflow.

:mod:`grid.api.inputs` has the API's side.
Both send body keys (``u12``, ``d7``); the service gets the units and departments themselves.
Imported from ``GridConfig.ready()``.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from common.errors import Invalid
from common.workflow import Field, Input
from common.workflow_forms import choices_of, register_input
from grid.bodies import Body, body_of

MOST_BODIES = 20


class BodyField(forms.ChoiceField):
    """One body out of a list of keys."""

    def clean(self, value: Any) -> Body | None:
        key = super().clean(value)
        return _found(key) if key else None


class BodiesField(forms.MultipleChoiceField):
    """Several bodies out of a list of keys."""

    def clean(self, value: Any) -> list[Body]:
        keys = super().clean(value)
        if len(keys) > MOST_BODIES:
            raise ValidationError(f"最多选择 {MOST_BODIES} 个单位。", code="too_many")
        return [_found(key) for key in keys]


def _found(key: str) -> Body:
    try:
        return body_of(key)
    except Invalid as error:
        raise ValidationError(error.message, code="invalid_choice") from error


def _messages(field: Field) -> dict[str, str]:
    return {"required": f"请选择{field.label}。", "invalid_choice": f"请从列表中选择{field.label}。"}


def _form(field: Field, obj: Any, actor: Any) -> forms.Field:
    return BodyField(
        choices=[("", "请选择"), *choices_of(field, obj, actor)], label=field.label, required=field.required,
        help_text=field.help, widget=forms.Select(attrs={"data-gw-select": ""}), error_messages=_messages(field),
    )  # fmt: skip


def _many_form(field: Field, obj: Any, actor: Any) -> forms.Field:
    return BodiesField(
        choices=choices_of(field, obj, actor), label=field.label, required=field.required, help_text=field.help,
        widget=forms.SelectMultiple(attrs={"data-gw-select": "", "size": 4}),
        error_messages=_messages(field) | {"invalid_list": f"请从列表中选择{field.label}。"},
    )  # fmt: skip


register_input(Input.BODY, form=_form, api="grid.api.inputs.body")
register_input(Input.BODIES, form=_many_form, api="grid.api.inputs.bodies")
