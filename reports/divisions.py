"""By what the monthly tables of volunteer service are divided, and the form that asks for month and division."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, ClassVar

from django import forms
from django.utils import timezone

from common import profile
from common.scope import scope_of
from grid.choices import Level
from reports.comparison import months_before
from reports.forms import SHOWN_MONTHS, last_month
from volunteers import permissions


@dataclass(frozen=True)
class Division:
    """By what a table is divided, and the columns that make sense for it, where they differ."""

    key: str
    columns: tuple[str, ...] = ()
    level: Level | None = None
    word: str = ""

    @property
    def label(self) -> str:
        return profile.current().level_label(self.level) if self.level else self.word


Divisions = Mapping[str, Division]


def keyed(*divisions: Division) -> Divisions:
    return {division.key: division for division in divisions}


def divisions_for(user: Any, divisions: Divisions) -> list[Division]:
    """Streets for the district, communities from the street up, what is no unit for everybody."""
    highest = min((grant.level or 9 for grant in scope_of(user).holding(permissions.VIEW).grants), default=9)
    return [row for row in divisions.values() if row.level is None or highest <= row.level]


class DividedForm(forms.Form):
    """Which month, and by what it is divided."""

    divisions: ClassVar[Divisions]

    month = forms.ChoiceField(label="月份")
    division = forms.ChoiceField(label="统计到", widget=forms.RadioSelect)

    def __init__(self, data: Any = None, *, user: Any, **options: Any) -> None:
        super().__init__(data, **options)
        fields: dict[str, Any] = self.fields
        this = f"{timezone.localdate():%Y-%m}"
        months = [months_before(this, number) for number in range(SHOWN_MONTHS)]
        fields["month"].choices = [(month, "{}年{}月".format(*map(int, month.split("-")))) for month in months]
        fields["month"].initial = last_month()
        offered = divisions_for(user, self.divisions)
        fields["division"].choices = [(row.key, f"按{row.label}") for row in offered]
        fields["division"].initial = offered[0].key if offered else ""


def days_of(month: str) -> tuple[date, date]:
    """First and last day of a month ``2026-09``."""
    first = date.fromisoformat(f"{month}-01")
    following = (first + timedelta(days=31)).replace(day=1)
    return first, following - timedelta(days=1)
