"""Tables of list pages: columns that know how to be read on paper, on a desk and on a phone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import django_tables2 as tables
from django.core.exceptions import FieldDoesNotExist
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from common.templatetags import gridwork

NUMBER = {"th": {"class": "gw-num"}, "td": {"class": "gw-num"}, "tf": {"class": "gw-num"}}
NOWRAP = {"td": {"class": "gw-nowrap"}}


class TextColumn(tables.Column):
    """Text; long text is cut to two lines, all of it is in the tooltip."""

    def __init__(self, *args: Any, clip: bool = False, **kwargs: Any) -> None:
        if clip:
            kwargs.setdefault("attrs", {"td": {"class": "gw-clip"}})
        super().__init__(*args, **kwargs)
        self.clip = clip

    def render(self, value: Any) -> Any:
        if not self.clip:
            return value
        return format_html('<span class="gw-clip-text" title="{}">{}</span>', value, value)


class NumberColumn(tables.Column):
    """Right-aligned figures with thousands separators."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("attrs", NUMBER)
        super().__init__(*args, **kwargs)

    def render(self, value: Any) -> str:
        return gridwork.number(value)


class RateColumn(NumberColumn):
    """A ratio 0…1 as percent with two decimals."""

    def render(self, value: Any) -> str:
        return gridwork.rate(value)


class DateColumn(tables.Column):
    """A day as 2026-11-21; plain text, for a template per cell is slow."""

    format = "%Y-%m-%d"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("attrs", NOWRAP)
        super().__init__(*args, **kwargs)

    def render(self, value: Any) -> str:
        return (timezone.localtime(value) if isinstance(value, datetime) else value).strftime(self.format)


class DateTimeColumn(DateColumn):
    """A moment as 2026-11-21 09:30 in the district's time."""

    format = "%Y-%m-%d %H:%M"


class DeadlineColumn(tables.Column):
    """A limit in words and colour. ``finished`` and ``paused`` name attributes of the row."""

    def __init__(self, *args: Any, finished: str = "", paused: str = "", **kwargs: Any) -> None:
        kwargs.setdefault("attrs", NOWRAP)
        super().__init__(*args, **kwargs)
        self.finished, self.paused = finished, paused

    def render(self, value: Any, record: Any) -> SafeString:
        finished = getattr(record, self.finished) if self.finished else None
        return gridwork.deadline(value, finished, bool(self.paused and getattr(record, self.paused)))


class StateColumn(tables.Column):
    """A choice in its words on its colour. ``colours`` maps the stored value to a colour."""

    def __init__(self, *args: Any, colours: Mapping[Any, str] | None = None, **kwargs: Any) -> None:
        kwargs.setdefault("attrs", NOWRAP)
        super().__init__(*args, **kwargs)
        self.colours = colours or {}

    def render(self, value: Any, record: Any, bound_column: Any) -> SafeString:
        # ``value`` is already the label: django-tables2 resolves choices to their words.
        stored = bound_column.accessor.resolve(record)
        return gridwork.state_badge(str(value), self.colours.get(stored, "grey"))


class LinkColumn(tables.Column):
    """The row's name, linked to its page; on a phone the title of the card."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("linkify", True)
        kwargs.setdefault("attrs", {"td": {"class": "gw-card-title"}})
        super().__init__(*args, **kwargs)


class SelectColumn(tables.Column):
    """The check box of a row, for actions on several."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"th": {"class": "gw-check"}, "td": {"class": "gw-check"}}
        super().__init__(accessor="pk", attrs=attrs, verbose_name="", **kwargs)

    @property
    def header(self) -> SafeString:
        return format_html('<input type="checkbox" data-gw-select-all aria-label="{}">', "全选本页")

    def render(self, value: Any, record: Any) -> SafeString:
        return format_html('<input type="checkbox" name="selected" value="{}" aria-label="选择 {}">', value, record)


@dataclass(frozen=True)
class SortLink:
    """How the head of a column sorts: the address of the next click and the present direction."""

    url: str
    direction: str = ""  # "ascending", "descending" or not sorted by it


class PageTable(tables.Table):
    """Base of the tables of :class:`~common.pages.lists.ScopedListView`.

    ``always``: columns that cannot be switched off (the first one never can); ``optional``: columns
    that are off until somebody chooses them.
    """

    always: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()

    class Meta:
        template_name = "components/table.html"
        orderable = False
        default = "—"
        attrs = {"class": "table gw-table gw-cards"}

    def __init__(self, *args: Any, sort_links: Mapping[str, SortLink] | None = None, **kwargs: Any) -> None:
        # The rows come as a list, so the library cannot ask their model for the words of the headings.
        for name, column in self.base_columns.items():
            if column.verbose_name is None:
                column.verbose_name = _heading(column, name, self._meta.model)
        super().__init__(*args, **kwargs)
        self.sort_links = dict(sort_links or {})

    @classmethod
    def choosable(cls) -> dict[str, str]:
        """Columns that can be switched on and off, with their headings."""
        names = [name for name, column in cls.base_columns.items() if not isinstance(column, SelectColumn)]
        model = cls._meta.model
        return {name: _heading(cls.base_columns[name], name, model) for name in names[1:] if name not in cls.always}


def _heading(column: tables.Column, name: str, model: Any) -> str:
    if column.verbose_name is not None:
        return str(column.verbose_name)
    if model is None:
        return name
    try:
        return str(model._meta.get_field(str(column.accessor or name).split("__")[0]).verbose_name)
    except FieldDoesNotExist:
        return name
