"""What a report is, and one run of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Literal

from django import forms
from django.utils import timezone

from common import profile
from common.errors import Invalid
from common.pages.access import require
from common.reporting.columns import Column

Params = Mapping[str, Any]
Row = Mapping[str, Any]
FORMATS = {"xlsx": "Excel 工作簿", "csv": "CSV 文本"}


@dataclass(frozen=True)
class Meta:
    """The head of a sheet: 标题, 填报单位, 期间, 日期. ``period`` is text such as 2026年9月."""

    title: str
    unit: str
    as_of: datetime
    period: str = ""
    note: str = ""

    @property
    def date(self) -> str:
        return f"{timezone.localtime(self.as_of):%Y年%-m月%-d日}"

    @property
    def file_stem(self) -> str:
        """``单位_报表名_2026年9月`` (domain §8)."""
        period = self.period or f"{timezone.localtime(self.as_of):%Y年%-m月%-d日}"
        return "_".join(_file_name_part(part) for part in (self.unit, self.title, period) if part)


def _file_name_part(text: str) -> str:
    """Without what file systems, and the browser's header, cannot carry."""
    return "".join(char for char in text if char.isprintable() and char not in '\\/:*?"<>|').strip()[:60]


def month_label(year: int, month: int) -> str:
    return f"{year}年{month}月"


class Report:
    """Base of all reports; subclasses are registered with :func:`common.reporting.register`.

    ``style``: ``official`` is a styled sheet with title, head and totals for up to some thousand rows,
    ``list`` a plain table for any number of rows. Parameters are those of ``form_class`` after
    cleaning; without one they are passed on as they came. ``params["as_of"]`` is always the moment the
    run was asked for: a report that uses it instead of the clock can be repeated exactly.
    """

    key: ClassVar[str]
    label: ClassVar[str]
    permission: ClassVar[str] = ""
    form_class: ClassVar[type[forms.Form] | None] = None
    style: ClassVar[Literal["official", "list"]] = "official"
    note: ClassVar[str] = ""

    def columns(self, params: Params) -> list[Column]:
        """The columns in order; keys and labels are unique."""
        raise NotImplementedError

    def rows(self, user: Any, params: Params) -> Iterable[Row]:
        """The rows ``user`` may see, one mapping each, as a generator over a server-side cursor.

        A row of a ``list`` report may also be a tuple in the order of the columns: that is faster.
        """
        raise NotImplementedError

    def count(self, user: Any, params: Params) -> int | None:
        """How many rows there will be, for the progress bar; ``None`` when that costs too much."""
        return None

    def meta(self, user: Any, params: Params) -> Meta:
        return Meta(self.label, profile.current().name, params["as_of"], note=self.note)

    def in_total(self, row: Row) -> bool:
        """Whether a row counts in the totals row; rows that are sums of other rows do not."""
        return True

    def link(self, row: Row | None, column: Column, params: Params) -> str | None:
        """Where the rows behind a cell are shown; ``row`` is ``None`` for the totals row."""
        return None

    def make_form(self, raw: Any, user: Any) -> forms.Form:
        if self.form_class is None:
            raise LookupError(f"report {self.key} has no form")
        return self.form_class(raw)

    def clean(self, raw: Any, user: Any) -> dict[str, Any]:
        """Checked parameters from a submitted form or a stored job; raises ``Invalid``."""
        if self.form_class is None:
            return dict(raw or {})
        form = self.make_form(raw, user)
        if form.is_valid():
            return dict(form.cleaned_data)
        name, errors = next(iter(form.errors.items()))
        label = form.fields[name].label if name in form.fields else ""
        raise Invalid(f"{label}：{errors[0]}" if label else str(errors[0]), field=None if name == "__all__" else name)


@dataclass
class Sheet:
    """One run of a report: everything a writer needs. ``rows`` can be read once."""

    report: Report
    params: Params
    meta: Meta
    columns: list[Column]
    rows: Iterator[Any]
    count: int | None = None
    written: int = field(default=0)

    def mappings(self) -> Iterator[Row]:
        keys = [column.key for column in self.columns]
        for row in self.rows:
            yield row if isinstance(row, Mapping) else dict(zip(keys, row, strict=True))


def prepare(report: Report, user: Any, raw: Any = None, as_of: datetime | None = None) -> Sheet:
    """Check permission and parameters of ``user`` and open the rows.

    Raises ``Refused`` without the permission and ``Invalid`` for unusable parameters.
    """
    if report.permission:
        require(user, report.permission)
    params = {**report.clean(raw, user), "as_of": as_of or timezone.now()}
    columns = report.columns(params)
    _check_columns(report, columns)
    rows = iter(report.rows(user, params))
    return Sheet(report, params, report.meta(user, params), columns, rows, report.count(user, params))


def _check_columns(report: Report, columns: list[Column]) -> None:
    for name in ("key", "label"):
        values = [getattr(column, name) for column in columns]
        if not values or len(values) != len(set(values)):
            raise ValueError(f"report {report.key}: a column's {name} is missing or twice")
