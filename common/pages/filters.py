"""Filter forms above lists."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django_filters.fields import DateRangeField


class PageFilterSet(django_filters.FilterSet):
    """Base of the filter sets of lists. ``primary`` names the fields that are always shown; the rest folds away."""

    primary: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.form.fields.items():
            _dress(field)
            field.required = False
            field.widget.attrs.setdefault("id", f"filter-{name}")

    @property
    def primary_fields(self) -> list[forms.BoundField]:
        return [self.form[name] for name in self._primary()]

    @property
    def other_fields(self) -> list[forms.BoundField]:
        return [field for field in self.form if field.name not in self._primary()]

    @property
    def others_in_use(self) -> bool:
        return any(_filled(field.data) for field in self.other_fields)

    def _primary(self) -> tuple[str, ...]:
        return self.primary or tuple(self.form.fields)[:4]

    def chips(self) -> Iterator[tuple[str, str, str]]:
        """Conditions in force: (parameter, label, value in words)."""
        if not self.form.is_bound:
            return
        self.form.is_valid()
        for name, value in self.form.cleaned_data.items():
            if _filled(value):
                yield name, str(self.form.fields[name].label), in_words(self.form.fields[name], value)

    def rows(self) -> QuerySet:
        """The filtered rows; with an input that makes no sense: none, and the form says why."""
        return self.qs if not self.form.is_bound or self.form.is_valid() else self.queryset.none()


class QuickSelect(forms.Select):
    """A select written in one go: a template per option makes a list of a hundred slow."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        context = self.get_context(name, value, attrs)["widget"]
        groups = [
            format_html('<optgroup label="{}">{}</optgroup>', group, _options(options)) if group else _options(options)
            for group, options, _ in context["optgroups"]
        ]
        inner = format_html_join("", "{}", ((group,) for group in groups))
        return format_html('<select name="{}"{}>{}</select>', context["name"], flatatt(context["attrs"]), inner)


def _options(options: Iterable[dict[str, Any]]) -> SafeString:
    return format_html_join(
        "", '<option value="{}"{}>{}</option>',
        ((option["value"], flatatt(option["attrs"]), option["label"]) for option in options),
    )  # fmt: skip


def _filled(value: Any) -> bool:
    if isinstance(value, slice):
        return value.start is not None or value.stop is not None
    if isinstance(value, QuerySet):
        return value.exists()
    if isinstance(value, list | tuple):
        return any(_filled(item) for item in value)
    return value not in (None, "", [], ())


def in_words(field: forms.Field, value: Any) -> str:
    """A cleaned value as a person would say it."""
    if isinstance(value, slice):
        return f"{_day(value.start) or '不限'} 至 {_day(value.stop) or '不限'}"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list | tuple | QuerySet):
        return "、".join(in_words(field, item) for item in value)
    choices = getattr(field, "choices", ())  # may be an iterator that cannot tell its length
    labels = {str(key): str(label) for key, label in choices if not isinstance(label, list | tuple)}
    return labels.get(str(value), str(value)) if not hasattr(value, "pk") else str(value)


def _day(moment: Any) -> str:
    return f"{moment:%Y-%m-%d}" if moment else ""


def _dress(field: forms.Field) -> None:
    """Give a plain widget the classes of the theme."""
    widgets = getattr(field.widget, "widgets", [field.widget])
    if len(widgets) == 2:  # a range: the label names both, each needs its own name too
        for widget, end in zip(widgets, ("起", "止"), strict=True):
            widget.attrs["aria-label"] = f"{field.label}（{end}）"
    for widget in widgets:
        if isinstance(widget, forms.NullBooleanSelect):
            widget.choices = [("", "不限"), ("true", "是"), ("false", "否")]
        if isinstance(widget, forms.CheckboxInput):
            css = "form-check-input"
        elif isinstance(widget, forms.Select):
            css = "form-select"
        else:
            css = "form-control"
        widget.attrs["class"] = f"{widget.attrs.get('class', '')} {css}".strip()
        if isinstance(field, DateRangeField):  # made of plain text inputs
            widget.input_type = "date"
        if isinstance(widget, forms.DateInput) and widget.input_type == "text":
            widget.input_type, widget.format = "date", "%Y-%m-%d"
