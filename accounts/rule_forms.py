"""Forms of rules and holidays. A rule's form is made from its parts (:mod:`accounts.rules`)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.rules import Part, changed, parts
from common.pages.inputs import DayInput
from common.policies import PolicyKind
from common.profile import Limit

UNITS = (("h", "小时"), ("wh", "工作小时"), ("wd", "工作日"), ("d", "日（自然日）"))
LARGEST = 100_000
MAP_LINE = re.compile(r"(\S+)\s+(\d{1,4})\s*(h|wh|wd|d|小时|工作小时|个?工作日|日|天)")
UNIT_OF_WORD = {"小时": "h", "工作小时": "wh", "工作日": "wd", "个工作日": "wd", "日": "d", "天": "d"}


class LimitWidget(forms.MultiWidget):
    """A number and a unit side by side; ``label`` names both for those who cannot see the row."""

    side_by_side = True

    def __init__(self, label: str = "") -> None:
        number = {"min": 0, "max": 9999, "class": "form-control", "aria-label": f"{label}：数字"}
        unit = {"class": "form-select", "aria-label": f"{label}：单位"}
        super().__init__([forms.NumberInput(attrs=number), forms.Select(choices=UNITS, attrs=unit)])

    def decompress(self, value: Any) -> list[Any]:
        if not value:
            return [None, "wd"]
        limit = Limit.parse(value)
        return [limit.amount, limit.unit]


class LimitField(forms.MultiValueField):
    """A limit such as ``5wd``."""

    def __init__(self, **kwargs: Any) -> None:
        fields = (forms.IntegerField(min_value=0, max_value=9999), forms.ChoiceField(choices=UNITS))
        super().__init__(fields, require_all_fields=True, widget=LimitWidget(kwargs.get("label", "")), **kwargs)

    def compress(self, data_list: list[Any]) -> str:
        return f"{data_list[0]}{data_list[1]}" if data_list else ""


class DecimalTextField(forms.DecimalField):
    """A decimal that is stored as it was written, without a float in between."""

    def clean(self, value: Any) -> str:
        number = super().clean(value)
        return f"{number:f}"


class SpansField(forms.CharField):
    """Spans of a day: ``08:30-12:00，13:30-17:00``."""

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, list):
            return value
        return "，".join(span if isinstance(span, str) else "-".join(span) for span in value)

    def clean(self, value: Any) -> list[str]:
        text = str(super().clean(value)).replace("：", ":").replace("－", "-").replace("—", "-")
        return [span for span in re.split(r"[，,、;；\s]+", text) if span]


class LimitMapField(forms.CharField):
    """Limits by code, one a line: ``0101 3 工作日``."""

    widget = forms.Textarea(attrs={"rows": 4})

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, Mapping):
            return value
        return "\n".join(f"{key} {Limit.parse(text).label}" for key, text in value.items())

    def clean(self, value: Any) -> dict[str, str]:
        text = super().clean(value)
        return dict(self._entry(line.strip()) for line in str(text or "").splitlines() if line.strip())

    def _entry(self, line: str) -> tuple[str, str]:
        match = MAP_LINE.fullmatch(line)
        if match is None:
            raise ValidationError(f"“{line[:40]}”无法识别，请按“分类代码 3 工作日”的格式每行写一条。")
        return match[1], f"{match[2]}{UNIT_OF_WORD.get(match[3], match[3])}"


def _choices(part: Part) -> forms.Field:
    """Any number of them; whether none makes sense is for the rule's own check."""
    number = all(key.isdigit() for key in part.options)
    return forms.TypedMultipleChoiceField(
        choices=list(part.options.items()), coerce=int if number else str, required=False, empty_value=[],
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip


_FIELDS: dict[str, Callable[[Part], forms.Field]] = {
    "flag": lambda part: forms.BooleanField(required=False),
    "integer": lambda part: forms.IntegerField(min_value=0, max_value=LARGEST),
    "decimal": lambda part: DecimalTextField(max_digits=8, decimal_places=4, min_value=0),
    "limit": lambda part: LimitField(label=part.label),
    "choice": lambda part: forms.ChoiceField(choices=list(part.options.items())),
    "choices": _choices,
    "spans": lambda part: SpansField(max_length=200, help_text="如 08:30-12:00，13:30-17:00"),
    "map": lambda part: LimitMapField(
        required=False,
        max_length=20_000,
        help_text="每行一条：分类代码、数字和单位，如 0101 3 工作日；不填则都按上面的时限",
    ),
    "text": lambda part: forms.CharField(max_length=200, required=False),
}


class RuleForm(forms.Form):
    """A new version of a rule, starting from the latest one."""

    valid_from = forms.DateField(label="生效日期", widget=DayInput(), help_text="今天或以后；以前的日期不受影响")
    note = forms.CharField(label="依据", max_length=200, help_text="文件名称和文号，如“×政办发〔2026〕8号”")

    def __init__(self, *args: Any, kind: PolicyKind, content: Mapping[str, Any], **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"valid_from": timezone.localdate()})
        super().__init__(*args, **kwargs)
        self.content = content
        self.parts = list(parts(kind, content))
        for part in self.parts:
            field = _FIELDS[part.kind](part)
            field.label = part.label
            field.initial = part.value if part.kind != "choices" else [str(value) for value in part.value]
            self.fields[part.name] = field

    def sections(self) -> Iterator[tuple[str, list[forms.BoundField]]]:
        """The fields of the rule by section; those of the version itself come first under no heading."""
        yield "", [self["valid_from"], self["note"]]
        found: dict[str, list[forms.BoundField]] = {}
        for part in self.parts:
            found.setdefault(part.section, []).append(self[part.name])
        yield from found.items()

    def new_content(self) -> dict[str, Any]:
        """The rule as it was entered; the form is valid."""
        return changed(self.content, {part.path: self.cleaned_data[part.name] for part in self.parts})


class HolidayForm(forms.Form):
    first = forms.DateField(label="日期", widget=DayInput())
    last = forms.DateField(label="至（含当日）", widget=DayInput(), required=False, help_text="只有一天时不填")
    is_workday = forms.TypedChoiceField(
        label="安排", choices=(("0", "放假"), ("1", "调休上班")), coerce=lambda value: value == "1"
    )
    name = forms.CharField(label="名称", max_length=40, help_text="如“国庆节”“春节调休”")
    source = forms.CharField(label="依据", max_length=200, help_text="如“国务院办公厅关于2027年部分节假日安排的通知”")
