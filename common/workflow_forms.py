"""Forms made from the table of a workflow; :mod:`common.api_inputs` makes the serializers.

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
from django.utils.module_loading import import_string
from django.utils.safestring import SafeString

from common.errors import Invalid
from common.pages.inputs import DayInput
from common.workflow import Action, Field, Input

FormField = Callable[[Field, Any, Any], forms.Field]

LIMIT_UNITS = (("wd", "工作日"), ("d", "日"), ("h", "小时"), ("wh", "工作小时"))
LIMIT_MOST = 999
MAX_FILES = 9
SMALLEST = Decimal("0.01")

_FORMS: dict[Input, FormField] = {}
_API: dict[Input, str] = {}


def register_input(kind: Input, *, form: FormField, api: str) -> None:
    """Say how an input is asked for; each function takes the field, the object and the actor.

    ``api`` is the dotted path of its function: workers never serve the API, and do not load it.
    Object and actor are ``None`` when the API is described.
    """
    _FORMS[kind] = form
    _API[kind] = api


def api_field(kind: Input) -> Callable[[Field, Any, Any], Any]:
    """The function that makes the serializer field of an input."""
    found: Callable[[Field, Any, Any], Any] = import_string(_API[kind])
    return found


class ActionForm(forms.Form):
    """Base of all action forms; :meth:`values` is what the service takes."""

    use_required_attribute = True

    def values(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


def form_class(action: Action, obj: Any, actor: Any) -> type[ActionForm]:
    """The form of an action on an object, in the table's order."""
    fields = {field.name: _FORMS[field.input](field, obj, actor) for field in action.fields}
    return type(f"{action.name.title()}Form", (ActionForm,), fields)


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


def input_kinds() -> Mapping[str, bool]:
    """Every kind of input and whether both sides know it; a test asks for all of them."""
    return {kind.value: kind in _FORMS and callable(api_field(kind)) for kind in Input}


register_input(Input.LINE, form=_line, api="common.api_inputs.text")
register_input(Input.TEXT, form=_text, api="common.api_inputs.text")
register_input(Input.CHOICE, form=_choice, api="common.api_inputs.choice")
register_input(Input.YES_NO, form=_yes_no, api="common.api_inputs.yes_no")
register_input(Input.LIMIT, form=_limit, api="common.api_inputs.limit")
register_input(Input.FILES, form=_files, api="common.api_inputs.files")
register_input(Input.DATE, form=_date, api="common.api_inputs.date")
register_input(Input.TIME, form=_time, api="common.api_inputs.time")
register_input(Input.NUMBER, form=_number, api="common.api_inputs.number")
