"""Serializers made from the table of a workflow: the API's side of :mod:`common.workflow_forms`."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from common.errors import Invalid
from common.workflow import Action, Field
from common.workflow_forms import LIMIT_UNITS, MAX_FILES, SMALLEST, api_field, choices_of, resolved


def serializer_class(action: Action, obj: Any = None, actor: Any = None, key: str = "") -> type[serializers.Serializer]:
    """The serializer of an action; without an object the one for the API's description."""
    fields: dict[str, Any] = {field.name: api_field(field.input)(field, obj, actor) for field in action.fields}
    fields["__doc__"] = action.help
    name = "".join(part.title() for part in f"{key}_{action.name}".split("_"))
    return type(name, (serializers.Serializer,), fields)


def _common(field: Field) -> dict[str, Any]:
    return {"label": field.label, "required": field.required, "help_text": field.help}


def text(field: Field, obj: Any, actor: Any) -> serializers.Field:
    messages: dict[str, Any] = {
        "required": f"请填写{field.label}。",
        "blank": f"请填写{field.label}。",
        "max_length": f"{field.label}最多 {field.max_length} 字，请精简。",
    }
    return serializers.CharField(
        max_length=field.max_length, allow_blank=not field.required, error_messages=messages, **_common(field)
    )


class ApiChoice(serializers.ChoiceField):
    def __init__(self, *, workflow_field: Field, **kwargs: Any) -> None:
        self.workflow_field = workflow_field
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, list | dict):
            self.fail("invalid_choice", input="")
        value = super().to_internal_value(data)
        try:
            return resolved(self.workflow_field, value)
        except Invalid as error:
            raise serializers.ValidationError(error.message) from error


def choice(field: Field, obj: Any, actor: Any) -> serializers.Field:
    messages: dict[str, Any] = {
        "required": f"请选择{field.label}。",
        "invalid_choice": f"{field.label}的值“{{input}}”不在可选范围内。",
    }
    if obj is None and not hasattr(field.choices, "choices"):
        # For the description of the API: what may be chosen depends on the object.
        return serializers.CharField(**_common(field))
    return ApiChoice(
        workflow_field=field, choices=list(choices_of(field, obj, actor)), error_messages=messages, **_common(field)
    )


def yes_no(field: Field, obj: Any, actor: Any) -> serializers.Field:
    messages: dict[str, Any] = {"required": f"请选择{field.label}。", "invalid": "只能为 true 或 false。"}
    return serializers.BooleanField(error_messages=messages, **_common(field))


def limit(field: Field, obj: Any, actor: Any) -> serializers.Field:
    units = "|".join(unit for unit, _ in LIMIT_UNITS)
    messages: dict[str, Any] = {
        "invalid": "时限应为数字加单位，如 5wd（工作日）、24h（小时）。",
        "required": f"请填写{field.label}。",
    }
    return serializers.RegexField(
        rf"^[1-9][0-9]{{0,2}}({units})$", allow_blank=not field.required, error_messages=messages, **_common(field)
    )


def files(field: Field, obj: Any, actor: Any) -> serializers.Field:
    return serializers.ListField(child=serializers.FileField(use_url=False), max_length=MAX_FILES, **_common(field))


def date(field: Field, obj: Any, actor: Any) -> serializers.Field:
    messages: dict[str, Any] = {"invalid": "请填写正确的日期，如 2026-11-21。", "required": f"请填写{field.label}。"}
    return serializers.DateField(error_messages=messages, **_common(field))


def time(field: Field, obj: Any, actor: Any) -> serializers.Field:
    messages: dict[str, Any] = {"invalid": "请填写正确的时间，如 14:30。", "required": f"请填写{field.label}。"}
    return serializers.TimeField(error_messages=messages, **_common(field))


def number(field: Field, obj: Any, actor: Any) -> serializers.Field:
    messages: dict[str, Any] = {
        "invalid": "请填写数字，如 1.5。", "required": f"请填写{field.label}。", "min_value": f"{field.label}应大于 0。",
        "max_decimal_places": "最多两位小数。", "max_digits": "数字太大，请检查。", "max_whole_digits": "数字太大，请检查。",
    }  # fmt: skip
    return serializers.DecimalField(
        max_digits=9, decimal_places=2, min_value=SMALLEST, allow_null=not field.required, error_messages=messages,
        **_common(field),
    )  # fmt: skip
