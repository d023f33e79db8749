"""Forms of the import pages."""

from __future__ import annotations

from typing import Any

from django import forms

from common.imports.spec import ImportSpec

FIELD = "column_"
SHOWN = 16  # characters of an example


class UploadForm(forms.Form):
    file = forms.FileField(
        label="文件",
        help_text="Excel（.xlsx、.xls）、WPS、OpenDocument（.ods）或 CSV，第一行为列名，最多 20 万行。",
        error_messages={"required": "请选择要导入的文件。", "empty": "文件是空的，里面没有任何内容。"},
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.xls,.xlsm,.xlsb,.ods,.et,.csv,.txt,.tsv"}),
    )


class MappingForm(forms.Form):
    """For every column of the import one choice among the headings of the file."""

    def __init__(
        self, *args: Any, spec: ImportSpec, head: list[str], sample: list[list[str]] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.spec = spec
        headings = [(str(place), _offered(place, heading, sample or [])) for place, heading in enumerate(head)]
        for column in spec.columns:
            self.fields[FIELD + column.name] = forms.ChoiceField(
                label=column.label,
                required=column.required,
                choices=[("", "不导入"), *headings],
                help_text=column.help,
                error_messages={
                    "required": "这是必填项，请选择文件中对应的列。",
                    "invalid_choice": "所选的列不在文件中，请重新选择。",
                },
            )

    @staticmethod
    def initial_of(mapping: dict[str, int]) -> dict[str, str]:
        return {FIELD + name: str(place) for name, place in mapping.items()}

    def clean(self) -> dict[str, Any]:
        chosen: dict[str, str] = {}
        for name, place in list(super().clean().items()):  # type: ignore[union-attr]  # an error takes its field out
            if place and place in chosen.values():
                self.add_error(name, "文件中的这一列已选给另一项。")
            elif place:
                chosen[name] = place
        return self.cleaned_data

    @property
    def mapping(self) -> dict[str, int]:
        """``{column name: place in the file}`` of what was chosen."""
        return {name.removeprefix(FIELD): int(place) for name, place in self.cleaned_data.items() if place}


def _offered(place: int, heading: str, sample: list[list[str]]) -> str:
    """A heading with its place and the first value below it, by which people recognise a column."""
    values = (row[place] for row in sample if place < len(row) and row[place])
    first = next(values, "")
    shown = first if len(first) <= SHOWN else first[: SHOWN - 1] + "…"
    return f"{heading or '（无标题）'}（第 {place + 1} 列{f'，如 {shown}' if shown else ''}）"
