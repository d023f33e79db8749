"""What lists of accounts can be narrowed by."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import RoleAssignment, User
from accounts.policies import managed_area
from accounts.roles import Role
from accounts.scope import current_assignments
from accounts.selectors import audit_kinds
from common import events as history
from common.models import Event
from common.pages import PageFilterSet
from common.scope import any_of
from grid.choices import Level
from grid.models import Unit


def _units(request: Any) -> QuerySet[Unit]:
    """Streets and communities of the area a person manages."""
    area = managed_area(request.user)
    rows = Unit.objects.filter(is_active=True, level__lte=Level.COMMUNITY).order_by("path")
    if area.everything:
        return rows
    return rows.filter(any_of(Q(path__startswith=path) for path in area.unit_paths))


class UserFilter(PageFilterSet):
    role = django_filters.ChoiceFilter(label="角色", choices=Role.choices, method="by_role", empty_label="全部")
    unit = django_filters.ModelChoiceFilter(
        label="单位（含下级）", queryset=_units, method="by_unit", empty_label="全部"
    )
    active = django_filters.ChoiceFilter(
        label="状态", choices=(("1", "启用"), ("0", "停用")), method="by_state", empty_label="全部"
    )  # fmt: skip
    primary = ("role", "unit", "active")

    class Meta:
        model = User
        fields: tuple[str, ...] = ()

    def by_role(self, rows: QuerySet, name: str, role: str) -> QuerySet:
        return rows.filter(pk__in=_now().filter(role=role).values("user"))

    def by_unit(self, rows: QuerySet, name: str, unit: Unit) -> QuerySet:
        return rows.filter(pk__in=_now().filter(unit__path__startswith=unit.path).values("user"))

    def by_state(self, rows: QuerySet, name: str, state: str) -> QuerySet:
        return rows.filter(is_active=state == "1")


def _now() -> QuerySet[RoleAssignment]:
    return RoleAssignment.objects.filter(current_assignments())


# --- audit list

RECENT_DAYS = 30


def has_days(params: Any) -> bool:
    """Whether an address names the days to look at."""
    return bool(params.get("at_after") or params.get("at_before"))


def recent(rows: QuerySet) -> QuerySet:
    """Of the last days only, so that the list costs the same in its tenth year."""
    return rows.filter(at__gte=timezone.now() - timedelta(days=RECENT_DAYS))


def _kinds() -> list[tuple[str, str]]:
    return sorted(((kind.code, kind.label) for kind in audit_kinds()), key=lambda pair: pair[0])


def _objects() -> list[tuple[str, str]]:
    """Kinds of objects with a history, by the words for them."""
    return sorted((model._meta.label_lower, str(model._meta.verbose_name)) for model in history.history_models())


class AuditFilter(PageFilterSet):
    at = django_filters.DateFromToRangeFilter(label="日期")
    kind = django_filters.ChoiceFilter(label="事项", empty_label="全部")
    person = django_filters.CharFilter(label="操作人", method="by_person")
    object_type = django_filters.ChoiceFilter(label="对象", empty_label="全部")
    object_id = django_filters.NumberFilter(label="对象编号", method="by_number")
    ip = django_filters.CharFilter(label="来源地址", method="by_address")
    primary = ("at", "kind", "person")

    class Meta:
        model = Event
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Not in the class: other apps register their kinds and models after it is made.
        self.form.fields["kind"].choices = _kinds()
        self.form.fields["object_type"].choices = _objects()

    def by_person(self, rows: QuerySet, name: str, text: str) -> QuerySet:
        """By name or user name; also the user name somebody tried to sign in with."""
        people = User.objects.filter(Q(display_name__icontains=text) | Q(username__iexact=text)).values("pk")
        return rows.filter(Q(actor__in=people) | Q(data__username=text))

    def by_number(self, rows: QuerySet, name: str, number: Any) -> QuerySet:
        whole = number == int(number) and 0 < number < 2**63
        return rows.filter(object_id=int(number)) if whole else rows.none()

    def by_address(self, rows: QuerySet, name: str, address: str) -> QuerySet:
        return rows.filter(data__ip=address.strip())
