"""Conditions of the ticket lists: pages, API and exports read the same names from the address."""

from __future__ import annotations

import re
from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils import timezone

from common.errors import Invalid
from common.pages.filters import PageFilterSet, QuickSelect
from grid.bodies import Body, body_key, body_of
from grid.choices import Level
from grid.models import Unit
from petitions.choices import Channel, Kind, State, Urgency
from petitions.forms import UnitField
from petitions.measures import MEASURES, month_bounds
from petitions.models import Category, Petition
from petitions.querysets import PLACE_COLUMN

MONTH = re.compile(r"(20\d{2})-(0[1-9]|1[0-2])")
LATE_ONCE = Q(sign_in_time=False) | Q(contact_in_time=False) | Q(finish_in_time=False)


class CategoryField(forms.ModelChoiceField):
    """Top categories and, indented, what is below each."""

    def label_from_instance(self, obj: Category) -> str:
        return obj.name if obj.parent_id is None else f"　{obj.name}"


class CategoryFilter(django_filters.ModelChoiceFilter):
    field_class = CategoryField


class UnitFilter(django_filters.Filter):
    field_class = UnitField


class BodyKeyField(forms.CharField):
    """The key of a unit or department (``u12``, ``d7``)."""

    def clean(self, value: Any) -> Body | None:
        text = super().clean(value)
        if not text:
            return None
        try:
            return body_of(text)
        except Invalid as error:
            raise forms.ValidationError(error.message) from error


class BodyFilter(django_filters.Filter):
    field_class = BodyKeyField


class MonthField(forms.CharField):
    def clean(self, value: Any) -> str:
        text = super().clean(value)
        if text and not MONTH.fullmatch(text):
            raise forms.ValidationError("月份应为 2026-09 这样的格式。")
        return text


class MonthFilter(django_filters.Filter):
    field_class = MonthField


# Tickets that hang on a body above the level asked for: registered for a whole street, led by no department.
NOT_BELOW = {"street": "未落到街道", "community": "未落到社区", "grid": "未落到网格", "lead_department": "不由部门主办"}
DEADLINES = (("overdue", "现在已超期"), ("today", "今天到期"), ("late", "任一环节超期过"))


class PetitionFilter(PageFilterSet):
    """``measure``, ``month`` and ``unit`` together are the rows behind a number of the monthly table."""

    primary = ("state", "category", "unit", "deadline")

    state = django_filters.MultipleChoiceFilter(
        label="状态",
        choices=State.choices,
        distinct=False,
        widget=forms.SelectMultiple(attrs={"data-gw-select": "", "size": 1}),
    )
    category = CategoryFilter(
        label="诉求分类", queryset=Category.objects.order_by("code"), method="by_category", empty_label="全部",
        widget=QuickSelect(attrs={"data-gw-select": ""}),
    )  # fmt: skip
    unit = UnitFilter(label="街道、社区或网格", method="by_unit", source="/petitions/options/units", with_closed=True)
    deadline = django_filters.ChoiceFilter(
        label="时限", choices=DEADLINES, method="by_deadline", empty_label="全部", widget=QuickSelect
    )
    lead = BodyFilter(
        label="主办单位", method="by_lead", widget=forms.Select(attrs={"data-gw-select": "/petitions/options/bodies"})
    )
    kind = django_filters.ChoiceFilter(label="诉求类型", choices=Kind.choices, empty_label="全部", widget=QuickSelect)
    channel = django_filters.ChoiceFilter(label="来源", choices=Channel.choices, empty_label="全部", widget=QuickSelect)
    urgency = django_filters.ChoiceFilter(
        label="紧急程度", choices=Urgency.choices, empty_label="全部", widget=QuickSelect
    )
    received = django_filters.DateFromToRangeFilter(field_name="received_at", label="接收日期")
    month = MonthFilter(
        label="接收月份", method="by_month", widget=forms.TextInput(attrs={"type": "month", "maxlength": 7})
    )
    measure = django_filters.ChoiceFilter(
        label="统计指标", choices=[(key, measure.label) for key, measure in MEASURES.items()], method="by_measure",
        empty_label="不限", widget=QuickSelect,
    )  # fmt: skip
    missing = django_filters.ChoiceFilter(
        label="归属", choices=tuple(NOT_BELOW.items()), method="by_missing", empty_label="不限"
    )  # fmt: skip

    class Meta:
        model = Petition
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields = self.form.fields
        fields["unit"].user = getattr(self.request, "user", None)
        fields["unit"].offer(None, "全部")
        fields["lead"].widget.choices = [("", "全部")]
        if not self.form.is_bound or not self.form.is_valid():
            return
        fields["unit"].offer(self.form.cleaned_data["unit"], "全部")
        lead = self.form.cleaned_data["lead"]
        fields["lead"].widget.choices = [("", "全部"), *([(body_key(lead), lead.name)] if lead else [])]

    def by_category(self, rows: QuerySet, name: str, value: Category) -> QuerySet:
        return (
            rows.filter(Q(category=value) | Q(category__parent=value))
            if value.parent_id is None
            else rows.filter(category=value)
        )

    def by_unit(self, rows: QuerySet, name: str, value: Unit) -> QuerySet:
        column = PLACE_COLUMN.get(Level(value.level))
        return rows.filter(**{column: value}) if column else rows

    def by_lead(self, rows: QuerySet, name: str, value: Body) -> QuerySet:
        return rows.filter(**{"lead_unit" if isinstance(value, Unit) else "lead_department": value})

    def by_deadline(self, rows: Any, name: str, value: str) -> QuerySet:
        if value == "overdue":
            return rows.overdue()
        if value == "today":
            return rows.due_today()
        now = timezone.now()
        return rows.filter(LATE_ONCE | MEASURES["overdue"].condition(now))

    def by_month(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        first, end = month_bounds(value)
        return rows.filter(received_at__gte=first, received_at__lt=end)

    def by_missing(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(**{value: None})

    def by_measure(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(MEASURES[value].condition(timezone.now()))
