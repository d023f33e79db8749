"""Forms of rules and holidays. A rule's form is made from its parts (:mod:`accounts.rules`)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.utils import ErrorDict
from django.utils import timezone

from accounts.rules import Part, Path, Section, Table, blocks, changed, grown, open_lists, parts, sections
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


class TextsField(forms.CharField):
    """Short texts, one a line."""

    widget = forms.Textarea(attrs={"rows": 4})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(map(str, value)) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[str]:
        lines = (line.strip() for line in str(super().clean(value) or "").splitlines())
        return list(dict.fromkeys(line for line in lines if line))


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
    "decimal": lambda part: DecimalTextField(max_digits=12, decimal_places=4),
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
    "texts": lambda part: TextsField(required=False, max_length=4_000, help_text="每行写一项"),
}
MOST_NEW = 50  # entries added to a list at one time


def _as_sent(part: Part) -> dict[str, Any]:
    """What a browser would send for a part that nobody has touched."""
    if part.kind == "limit":
        limit = Limit.parse(part.value)
        return {f"{part.name}_0": str(limit.amount), f"{part.name}_1": limit.unit}
    if part.kind == "flag":
        return {part.name: "on"} if part.value else {}
    return {part.name: part.value if isinstance(part.value, list) else str(part.value)}


@dataclass(frozen=True)
class FieldSection:
    """A section of the form: fields of one entry with its ``remove`` box, or the end of a list, to ``add`` to it.

    ``anchor`` is the entry's place on the page, or that of the entry to come.
    """

    title: str
    fields: list[forms.BoundField]
    remove: forms.BoundField | None = None
    add: str = ""
    anchor: str = ""


@dataclass(frozen=True)
class FieldTable:
    """Entries or tables of one shape as rows; ``add`` names the list when more may be added."""

    title: str
    heads: list[str]
    rows: list[FieldSection]
    named: bool
    add: str = ""
    anchor: str = ""

    @property
    def as_table(self) -> bool:
        return True


def _dress(widget: forms.Widget, name: str) -> None:
    kind = getattr(widget, "input_type", "text")
    css = {"checkbox": "form-check-input", "select": "form-select"}.get(kind, "form-control")
    widget.attrs |= {"class": css, "aria-label": name}


class RuleForm(forms.Form):
    """A new version of a rule, starting from the latest one (``latest`` is its key).

    A browser adds an entry to a list by sending the form with ``add=<list>``: :meth:`wants_more`. What was
    entered so far is shown again, unchecked, with one blank entry more.
    """

    valid_from = forms.DateField(label="生效日期", widget=DayInput(), help_text="今天或以后；以前的日期不受影响")
    note = forms.CharField(label="依据", max_length=200, help_text="文件名称和文号，如“×政办发〔2026〕8号”")
    # Named as no part of a rule is: a part of the same name would take its place.
    opened_at = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(
        self, data: Any = None, *, kind: PolicyKind, content: Mapping[str, Any], latest: str = "", **kwargs: Any
    ) -> None:
        kwargs.setdefault("initial", {"valid_from": timezone.localdate(), "opened_at": latest})
        self.kind, self.latest = kind, latest
        sent = {path: _count(data, path) for path in open_lists(kind)}
        self.adding = next((path for path in sent if data and data.get("add") == _name(path)), None)
        self.more = {path: min(count + (path == self.adding), MOST_NEW) for path, count in sent.items()}
        self.content = grown(kind, content, self.more)
        self.parts = list(parts(kind, self.content))
        super().__init__(self._with_blank(data, sent), **kwargs)
        for part in self.parts:
            field = _FIELDS[part.kind](part)
            field.label = part.label
            field.initial = part.value if part.kind != "choices" else [str(value) for value in part.value]
            self.fields[part.name] = field
        for section in sections(kind, self.content):
            if section.entry:
                self.fields[_remove(section.entry)] = forms.BooleanField(label="删除这一项", required=False)
        if self.wants_more:
            self._errors = ErrorDict()  # not checked before it is complete

    @property
    def wants_more(self) -> bool:
        return self.adding is not None

    @property
    def counts(self) -> list[tuple[str, int]]:
        """How many blank entries each list has so far, to be sent along."""
        return [(f"more__{_name(path)}", count) for path, count in self.more.items() if count]

    def _with_blank(self, data: Any, sent: Mapping[Path, int]) -> Any:
        """What was sent, with the values of the entry that has just been added."""
        if self.adding is None or self.more[self.adding] == sent[self.adding]:
            return data
        newest = max(part.entry for part in self.parts if part.entry[:-1] == self.adding)
        data = data.copy()
        for part in self.parts:
            if part.entry == newest:
                for name, value in _as_sent(part).items():
                    data.setlist(name, value if isinstance(value, list) else [value])
        return data

    def sections(self) -> Iterator[FieldSection | FieldTable]:
        """The fields of the rule by section; those of the version itself come first under no heading."""
        yield FieldSection("", [self["valid_from"], self["note"]])
        for block in blocks(self.kind, self.content):
            if isinstance(block, Table):
                rows = [self._in_row(block, section) for section in block.rows]
                end = self._end_of(block.list) if block.list else ""
                yield FieldTable(block.title, block.heads, rows, block.named, _name(block.list), end)
            else:
                yield self._section(block)

    def _section(self, section: Section) -> FieldSection:
        return FieldSection(
            section.title, [self[part.name] for part in section.parts],
            self[_remove(section.entry)] if section.entry else None, section.list_name, self._anchor(section),
        )  # fmt: skip

    def _in_row(self, table: Table, section: Section) -> FieldSection:
        """As a row of a table: the inputs are named by their row and column."""
        row = self._section(section)
        for bound, head in zip(row.fields, table.heads, strict=True):
            of_what = section.title if table.named else f"{section.title}，"
            _dress(bound.field.widget, f"{of_what}{head}")
        if row.remove is not None:
            _dress(row.remove.field.widget, f"删除{section.title}")
        return row

    def _anchor(self, section: Section) -> str:
        if section.entry:
            return f"entry-{_name(section.entry)}"
        return self._end_of(section.list) if section.list else ""

    def _end_of(self, path: Path) -> str:
        count = len({part.entry for part in self.parts if part.entry[:-1] == path})
        return f"entry-{_name((*path, count))}"

    def clean(self) -> dict[str, Any]:
        """An entry that is removed need not be filled in; a version that came meanwhile is not overwritten."""
        for part in self.parts:
            if self._is_removed(part.entry):
                self._errors.pop(part.name, None)
        if self.cleaned_data.get("opened_at") not in ("", self.latest):
            raise ValidationError("您打开页面之后，这项规则又有了新版本，没有保存。请刷新页面，在新版本上修改。")
        return self.cleaned_data

    def _is_removed(self, entry: Path) -> bool:
        return bool(entry) and bool(self.cleaned_data.get(_remove(entry)))

    def new_content(self) -> dict[str, Any]:
        """The rule as it was entered; the form is valid."""
        removed = {part.entry for part in self.parts if self._is_removed(part.entry)}
        values = {part.path: self.cleaned_data[part.name] for part in self.parts if part.entry not in removed}
        return changed(self.kind, self.content, values, removed)


def _name(path: Path) -> str:
    return "__".join(str(step) for step in path)


def _remove(entry: Path) -> str:
    return f"{_name(entry)}__remove"


def _count(data: Any, path: Path) -> int:
    text = str(data.get(f"more__{_name(path)}", "")) if data else ""
    return min(int(text), MOST_NEW) if text.isascii() and text.isdigit() and len(text) < 4 else 0


class HolidayForm(forms.Form):
    first = forms.DateField(label="日期", widget=DayInput())
    last = forms.DateField(label="至（含当日）", widget=DayInput(), required=False, help_text="只有一天时不填")
    is_workday = forms.TypedChoiceField(
        label="安排", choices=(("0", "放假"), ("1", "调休上班")), coerce=lambda value: value == "1"
    )
    name = forms.CharField(label="名称", max_length=40, help_text="如“国庆节”“春节调休”")
    source = forms.CharField(label="依据", max_length=200, help_text="如“国务院办公厅关于2027年部分节假日安排的通知”")
