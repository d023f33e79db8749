"""How a unit or department is asked for in the API; :mod:`grid.body_fields` has the forms."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from common.errors import Invalid
from common.workflow import Field
from grid.bodies import Body, body_of
from grid.body_fields import MOST_BODIES


class ApiBodyField(serializers.CharField):
    """A body key such as ``u12`` (unit) or ``d7`` (department)."""

    def to_internal_value(self, data: Any) -> Body:
        key = super().to_internal_value(data)
        try:
            return body_of(key[:20])
        except Invalid as error:
            raise serializers.ValidationError(error.message) from error


def body(field: Field, obj: Any, actor: Any) -> serializers.Field:
    return ApiBodyField(
        label=field.label, required=field.required, help_text=field.help,
        error_messages={"required": f"请填写{field.label}。", "blank": f"请填写{field.label}。"},
    )  # fmt: skip


def bodies(field: Field, obj: Any, actor: Any) -> serializers.Field:
    return serializers.ListField(
        child=ApiBodyField(), max_length=MOST_BODIES, label=field.label, required=field.required,
        help_text=field.help,
    )  # fmt: skip
