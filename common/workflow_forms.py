"""Forms and serializers made from the table of a workflow.

Each kind of :class:`common.workflow.Input` is mapped once: to a form field for the pages and to a
serializer field for the API. Both hand the service the same value. Kinds that need domain knowledge
(one unit or department) are registered by the app that has it: :func:`register_input`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import format_html
from django.utils.safestring import SafeString
from rest_framework import serializers

from common.errors import Invalid
from common.pages.inputs import DayInput
from common.workflow import Action, Field, Input

FormField = Callable[[Field, Any, Any], forms.Field]
ApiField = Callable[[Field, Any, Any], serializers.Field]

LIMIT_UNITS = (("wd", "工作日"), ("d", "日"), ("h", "小时"), ("wh", "工作小时"))
LIMIT_MOST = 999
MAX_FILES = 9
SMALLEST = Decimal("0.01")

_FORMS: dict[Input, FormField] = {}
_API: dict[Input, ApiField] = {}


def register_input(kind: Input, *, form: FormField, api: ApiField) -> None:
    """Say how an input is asked for; each function takes the field, the object and the actor.

    Object and actor are ``None`` when the API is described.
    """
    _FORMS[kind] = form
    _API[kind] = api


class ActionForm(forms.Form):
    """Base of all action forms; :meth:`values` is what the service takes."""

    use_required_attribute = True

    def values(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


def form_class(action: Action, obj: Any, actor: Any) -> type[ActionForm]:
    """The form of an action on an object, in the table's order."""
    fields = {field.name: _FORMS[field.input](field, obj, actor) for field in action.fields}
    return type(f"{action.name.title()}Form", (ActionForm,), fields)


def serializer_class(action: Action, obj: Any = None, actor: Any = None, key: str = "") -> type[serializers.Serializer]:
    """The serializer of an action; without an object the one for the API's description."""
    fields: dict[str, Any] = {field.name: _API[field.input](field, obj, actor) for field in action.fields}
    fields["__doc__"] = action.help
    name = "".join(part.title() for part in f"{key}_{action.name}".split("_"))
    return type(name, (serializers.Serializer,), fields)


def choices_of(field: Field, obj: Any, actor: Any) -> Sequence[Any]:
    """Choices of a field: of a ``TextChoices`` class, or of a function of the object and the actor."""
    return field.choices.choices if hasattr(field.choices, "choices") else field.choices(obj, actor)


def resolved(field: Field, value: Any) -> Any:
    """The value as the service takes it; the table's own conversion goes last, and makes nothing of an empty one."""
    if field.resolve is None:
        return value
    return None if value in (None, "") else field.resolve(value)


class _Resolving:
    """A form field that converts with the table's ``resolve`` after its own check."""

    workflow_field: Field

    def clean(self, value: Any) -> Any:
        cleaned = super().clean(value)  # type: ignore[misc]
        try:
            return resolved(self.workflow_field, cleaned)
        except Invalid as error:
            raise ValidationError(error.message) from error


class ChoiceField(_Resolving, forms.ChoiceField):
    def __init__(self, *, workflow_field: Field, **kwargs: Any) -> None:
        self.workflow_field = workflow_field
        super().__init__(**kwargs)


class LimitWidget(forms.MultiWidget):
    """A number and a unit side by side."""

    def __init__(self, label: str = "") -> None:
        number = {"min": 1, "max": LIMIT_MOST, "class": "form-control", "aria-label": f"{label}（数）"}
        unit = {"class": "form-select", "aria-label": f"{label}（单位）"}
        super().__init__((forms.NumberInput(number), forms.Select(unit, LIMIT_UNITS)))

    def render(self, *args: Any, **kwargs: Any) -> SafeString:
        return format_html('<div class="input-group gw-limit">{}</div>', super().render(*args, **kwargs))

    def decompress(self, value: str | None) -> list[Any]:
        if not value:
            return [None, LIMIT_UNITS[0][0]]
        digits = value.rstrip("abcdefghijklmnopqrstuvwxyz")
        return [digits, value[len(digits) :]]


class LimitField(forms.MultiValueField):
    """A limit as the calendar writes it: ``5wd``; nothing without a number."""

    def __init__(self, *, label: str, required: bool, help_text: str = "") -> None:
        number = forms.IntegerField(
            min_value=1, max_value=LIMIT_MOST, required=required,
            error_messages={"min_value": "时限至少为 1。", "max_value": f"时限最多为 {LIMIT_MOST}。", "invalid": "请填写整数。"},
        )  # fmt: skip
        unit = forms.ChoiceField(choices=LIMIT_UNITS, required=False)
        super().__init__(
            (number, unit), label=label, required=required, require_all_fields=False, help_text=help_text,
            widget=LimitWidget(label), error_messages={"required": f"请填写{label}。", "incomplete": f"请填写{label}。"},
        )  # fmt: skip

    def compress(self, data_list: list[Any]) -> str:
        if not data_list or not data_list[0]:
            return ""
        return f"{data_list[0]}{data_list[1] or LIMIT_UNITS[0][0]}"


class FilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files at once; the service checks each by its content."""

    def __init__(self, *, max_files: int = MAX_FILES, **kwargs: Any) -> None:
        self.max_files = max_files
        kwargs.setdefault("widget", FilesInput(attrs={"multiple": True}))
        super().__init__(**kwargs)

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        files = [file for file in (data if isinstance(data, list | tuple) else [data]) if file]
        if not files and self.required:
            raise ValidationError(self.error_messages["required"], code="required")
        if len(files) > self.max_files:
            raise ValidationError(f"一次最多上传 {self.max_files} 个文件。", code="too_many")
        return files


# --- texts


def _common(field: Field) -> dict[str, Any]:
    return {
        "label": field.label,
        "required": field.required,
        "help_text": field.help,
        "error_messages": {"required": f"请填写{field.label}。"},
    }


def _line(field: Field, obj: Any, actor: Any) -> forms.Field:
    return forms.CharField(max_length=field.max_length, **_text_errors(field))


def _text(field: Field, obj: Any, actor: Any) -> forms.Field:
    rows = 6 if field.max_length > 1000 else 3
    return forms.CharField(
        max_length=field.max_length, widget=forms.Textarea(attrs={"rows": rows}), **_text_errors(field)
    )


def _text_errors(field: Field) -> dict[str, Any]:
    options = _common(field)
    options["error_messages"]["max_length"] = f"{field.label}最多 %(limit_value)d 字，现有 %(show_value)d 字，请精简。"
    return options


def _choice(field: Field, obj: Any, actor: Any) -> forms.Field:
    options = _common(field)
    options["error_messages"] = {
        "required": f"请选择{field.label}。",
        "invalid_choice": f"请从列表中选择{field.label}。",
    }
    choices = list(choices_of(field, obj, actor))
    few = len(choices) <= 5 and not any(isinstance(label, list | tuple) for _, label in choices)
    if few:
        return ChoiceField(workflow_field=field, choices=choices, widget=forms.RadioSelect(), **options)
    widget = forms.Select(attrs={"data-gw-select": ""})
    return ChoiceField(workflow_field=field, choices=[("", "请选择"), *choices], widget=widget, **options)


def _yes_no(field: Field, obj: Any, actor: Any) -> forms.Field:
    options = _common(field)
    options["error_messages"] = {"required": f"请选择{field.label}。", "invalid_choice": f"请选择{field.label}。"}
    return forms.TypedChoiceField(
        choices=[("yes", "是"), ("no", "否")], coerce=lambda value: value == "yes", empty_value=None,
        widget=forms.RadioSelect(), **options,
    )  # fmt: skip


def _limit(field: Field, obj: Any, actor: Any) -> forms.Field:
    return LimitField(label=field.label, required=field.required, help_text=field.help)


def _files(field: Field, obj: Any, actor: Any) -> forms.Field:
    return FilesField(**_common(field))


def _date(field: Field, obj: Any, actor: Any) -> forms.Field:
    options = _common(field)
    options["error_messages"]["invalid"] = "请填写正确的日期，如 2026-11-21。"
    return forms.DateField(widget=DayInput(), **options)


def _time(field: Field, obj: Any, actor: Any) -> forms.Field:
    options = _common(field)
    options["error_messages"]["invalid"] = "请填写正确的时间，如 14:30。"
    return forms.TimeField(widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"), **options)


def _number(field: Field, obj: Any, actor: Any) -> forms.Field:
    options = _common(field)
    options["error_messages"].update(
        invalid="请填写数字，如 1.5。", min_value=f"{field.label}应大于 0。", max_decimal_places="最多两位小数。",
        max_digits="数字太大，请检查。", max_whole_digits="数字太大，请检查。",
    )  # fmt: skip
    widget = forms.NumberInput(attrs={"step": "0.01", "min": "0.01", "inputmode": "decimal"})
    return forms.DecimalField(min_value=SMALLEST, max_digits=9, decimal_places=2, widget=widget, **options)


# --- the same for the API


def _api_common(field: Field) -> dict[str, Any]:
    return {"label": field.label, "required": field.required, "help_text": field.help}


def _api_text(field: Field, obj: Any, actor: Any) -> serializers.Field:
    messages: dict[str, Any] = {
        "required": f"请填写{field.label}。",
        "blank": f"请填写{field.label}。",
        "max_length": f"{field.label}最多 {field.max_length} 字，请精简。",
    }
    return serializers.CharField(
        max_length=field.max_length, allow_blank=not field.required, error_messages=messages, **_api_common(field)
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


def _api_choice(field: Field, obj: Any, actor: Any) -> serializers.Field:
    messages: dict[str, Any] = {
        "required": f"请选择{field.label}。",
        "invalid_choice": f"{field.label}的值“{{input}}”不在可选范围内。",
    }
    if obj is None and not hasattr(field.choices, "choices"):
        # For the description of the API: what may be chosen depends on the object.
        return serializers.CharField(**_api_common(field))
    return ApiChoice(
        workflow_field=field, choices=list(choices_of(field, obj, actor)), error_messages=messages, **_api_common(field)
    )


def _api_yes_no(field: Field, obj: Any, actor: Any) -> serializers.Field:
    messages: dict[str, Any] = {"required": f"请选择{field.label}。", "invalid": "只能为 true 或 false。"}
    return serializers.BooleanField(error_messages=messages, **_api_common(field))


def _api_limit(field: Field, obj: Any, actor: Any) -> serializers.Field:
    units = "|".join(unit for unit, _ in LIMIT_UNITS)
    messages: dict[str, Any] = {
        "invalid": "时限应为数字加单位，如 5wd（工作日）、24h（小时）。",
        "required": f"请填写{field.label}。",
    }
    return serializers.RegexField(
        rf"^[1-9][0-9]{{0,2}}({units})$", allow_blank=not field.required, error_messages=messages, **_api_common(field)
    )


def _api_files(field: Field, obj: Any, actor: Any) -> serializers.Field:
    return serializers.ListField(child=serializers.FileField(use_url=False), max_length=MAX_FILES, **_api_common(field))


def _api_date(field: Field, obj: Any, actor: Any) -> serializers.Field:
    messages: dict[str, Any] = {"invalid": "请填写正确的日期，如 2026-11-21。", "required": f"请填写{field.label}。"}
    return serializers.DateField(error_messages=messages, **_api_common(field))


def _api_time(field: Field, obj: Any, actor: Any) -> serializers.Field:
    messages: dict[str, Any] = {"invalid": "请填写正确的时间，如 14:30。", "required": f"请填写{field.label}。"}
    return serializers.TimeField(error_messages=messages, **_api_common(field))


def _api_number(field: Field, obj: Any, actor: Any) -> serializers.Field:
    messages: dict[str, Any] = {
        "invalid": "请填写数字，如 1.5。", "required": f"请填写{field.label}。", "min_value": f"{field.label}应大于 0。",
        "max_decimal_places": "最多两位小数。", "max_digits": "数字太大，请检查。", "max_whole_digits": "数字太大，请检查。",
    }  # fmt: skip
    return serializers.DecimalField(
        max_digits=9, decimal_places=2, min_value=SMALLEST, allow_null=not field.required, error_messages=messages,
        **_api_common(field),
    )  # fmt: skip


def input_kinds() -> Mapping[str, bool]:
    """Every kind of input and whether both sides know it; a test asks for all of them."""
    return {kind.value: kind in _FORMS and kind in _API for kind in Input}


register_input(Input.LINE, form=_line, api=_api_text)
register_input(Input.TEXT, form=_text, api=_api_text)
register_input(Input.CHOICE, form=_choice, api=_api_choice)
register_input(Input.YES_NO, form=_yes_no, api=_api_yes_no)
register_input(Input.LIMIT, form=_limit, api=_api_limit)
register_input(Input.FILES, form=_files, api=_api_files)
register_input(Input.DATE, form=_date, api=_api_date)
register_input(Input.TIME, form=_time, api=_api_time)
register_input(Input.NUMBER, form=_number, api=_api_number)
