"""Filters of the lists of grades."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import django_filters
from django.db.models import QuerySet, Value
from django.utils import timezone

from common.pages import PageFilterSet
from grid.filters import visible_streets
from grid.forms import UnitChoiceField
from grid.models import Unit
from staff import permissions
from staff.choices import GradeReason, GradingOutcome, Rank
from staff.models import Grade, Worker
from staff.rules import pay_scheme
from staff.selectors.grading import Batch, Plan, batch_of, batches, people_of, plans
from volunteers.filters.people import visible_communities


def grade_choices() -> list[tuple[str, str]]:
    """The grades of the scheme in force."""
    return [(str(grade), f"{grade} 级") for grade in sorted(pay_scheme(timezone.localdate())[1].grades)]


class GradeFilter(PageFilterSet):
    street = django_filters.ModelChoiceFilter(
        label="所属镇街", queryset=visible_streets, method="in_unit", empty_label="不限"
    )
    community = django_filters.ModelChoiceFilter(
        label="所属社区", queryset=visible_communities, method="in_unit", empty_label="不限"
    )
    rank = django_filters.ChoiceFilter(label="职务", choices=Rank.choices, empty_label="不限")
    grade = django_filters.ChoiceFilter(label="等级", choices=grade_choices, empty_label="不限")
    reason = django_filters.ChoiceFilter(label="原因", choices=GradeReason.choices, empty_label="不限")
    since = django_filters.DateFromToRangeFilter(label="起始日期", field_name="valid_from")

    primary = ("street", "community", "rank", "grade")

    class Meta:
        model = Grade
        fields = ("rank", "grade", "reason")

    def in_unit(self, rows: QuerySet[Grade], name: str, unit: Unit) -> QuerySet[Grade]:
        return rows.filter(worker__unit__path__startswith=unit.path)


class UngradedFilter(PageFilterSet):
    street = django_filters.ModelChoiceFilter(
        label="所属镇街", queryset=visible_streets, method="in_unit", empty_label="不限"
    )
    rank = django_filters.ChoiceFilter(label="职务", choices=Rank.choices, empty_label="不限")

    class Meta:
        model = Worker
        fields = ("rank",)

    def in_unit(self, rows: QuerySet[Worker], name: str, unit: Unit) -> QuerySet[Worker]:
        return rows.filter(unit__path__startswith=unit.path)


# --- grading in bulk


def batch_choices() -> list[tuple[str, str]]:
    return [(batch.key, batch.label) for batch in batches(timezone.localdate())]


class UnitFilter(django_filters.Filter):
    """One unit whose grades the person keeps, with all below it; the select searches on the server."""

    @property
    def field(self) -> Any:
        if not hasattr(self, "_field"):
            field = UnitChoiceField(label=self.label, permission=permissions.GRADE, required=False)
            field.user = self.parent.request.user
            field.offer(field.find(self.parent.data.get(self.field_name)), empty="全部")
            self._field = field
        return self._field


class GradingFilter(PageFilterSet):
    """``kind`` and ``unit`` say what is graded and for whom; the others only choose what is looked at."""

    kind = django_filters.ChoiceFilter(label="类型", choices=batch_choices, method="as_it_is", empty_label=None)
    unit = UnitFilter(label="单位（含下属单位）", method="in_unit")
    outcome = django_filters.ChoiceFilter(
        label="结果", choices=GradingOutcome.choices, method="with_outcome", empty_label="不限"
    )
    rank = django_filters.ChoiceFilter(label="职务", choices=Rank.choices, empty_label="不限")

    primary = ("kind", "unit", "outcome", "rank")

    class Meta:
        model = Worker
        fields = ("rank",)

    @cached_property
    def batch(self) -> Batch:
        """The chosen one, or the first that is offered: this year's step."""
        chosen = self.form.cleaned_data.get("kind") if self.form.is_valid() else ""
        today = timezone.localdate()
        return batch_of(chosen, today) if chosen else batches(today)[0]

    @cached_property
    def chosen_unit(self) -> Unit | None:
        return self.form.cleaned_data.get("unit") if self.form.is_valid() else None

    @cached_property
    def plans(self) -> dict[int, Plan]:
        """What happens to everybody of the batch below the unit, by key; nobody for an input that makes no sense."""
        if not self.form.is_valid():
            return {}
        rows = people_of(self.batch, self.queryset)
        if self.chosen_unit is not None:
            rows = rows.filter(unit__path__startswith=self.chosen_unit.path)
        return {plan.worker.pk: plan for plan in plans(self.batch, rows.select_related(None).order_by("pk"))}

    def filter_queryset(self, queryset: QuerySet[Worker]) -> QuerySet[Worker]:
        """Each row says of which batch it is, so that whoever reads the rows alone can make their plans."""
        people = people_of(self.batch, queryset).annotate(batch=Value(self.batch.key))
        return super().filter_queryset(people)

    def as_it_is(self, rows: QuerySet[Worker], name: str, value: str) -> QuerySet[Worker]:
        return rows

    def in_unit(self, rows: QuerySet[Worker], name: str, unit: Unit) -> QuerySet[Worker]:
        return rows.filter(unit__path__startswith=unit.path)

    def with_outcome(self, rows: QuerySet[Worker], name: str, outcome: str) -> QuerySet[Worker]:
        return rows.filter(pk__in=[key for key, plan in self.plans.items() if plan.outcome == outcome])
