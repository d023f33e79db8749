"""Lists: units, people in posts, departments, doors."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, QueryDict
from django.urls import reverse
from django.utils import timezone

from common.imports.links import import_link
from common.pages import Empty, Link, Ordering, PageTable, ScopedListView
from common.pages.keyset import Page
from common.scope import scope_of
from grid import permissions, policies
from grid.choices import Level
from grid.filters import DepartmentFilter, PostFilter, UnitFilter
from grid.models import Department, Household, PostHolding, Unit
from grid.selectors import search_units, with_figures
from grid.tables import DepartmentTable, HouseholdTable, PostTable, UnitTable


class UnitList(ScopedListView):
    model = Unit
    permission = permissions.UNIT_VIEW
    page_title = "单位名册"
    breadcrumbs = (("组织架构", "/units/"), ("单位名册", None))
    table_class = UnitTable
    filterset_class = UnitFilter
    orderings = (Ordering("path", "组织顺序", "path"), Ordering("households", "户数", "households", descending=True))
    search_hint = "名称、拼音、代码"
    links = (
        import_link("导入网格和楼栋", "grid.units", permissions.UNIT_MANAGE),
        import_link("导入门牌", "grid.households", permissions.HOUSEHOLD_MANAGE),
        Link("组织架构", "grid:tree", icon="sitemap"),
    )
    empty = Empty("还没有单位", "导入行政区划后，镇街和社区会显示在这里。")
    export_report_key = "grid.units"

    def rows(self, queryset: QuerySet[Unit]) -> QuerySet[Unit]:
        return with_figures(queryset.select_related("parent"))

    def search(self, queryset: QuerySet[Unit], text: str) -> QuerySet[Unit]:
        return search_units(queryset, text)

    def extra_context(self) -> dict[str, Any]:
        rule = policies.grid_size(timezone.localdate())
        if not rule.flag:
            return {}
        return {"page_lead": f"每个网格应有 {rule.text}，超出的用黄色标出。"}


class PostList(ScopedListView):
    model = PostHolding
    permission = permissions.UNIT_VIEW
    page_title = "岗位人员"
    table_class = PostTable
    filterset_class = PostFilter
    orderings = (
        Ordering("unit", "组织顺序", "unit__path"),
        Ordering("first_day", "任职日期", "first_day", descending=True),
    )
    search_hint = "姓名、单位"
    links = (import_link("导入岗位人员", "grid.posts", permissions.POST_MANAGE),)
    empty = Empty("还没有岗位人员", "在单位页面点“安排人员”，或用 Excel 一次导入。", "查看组织架构", "grid:tree")
    export_report_key = "grid.posts"

    def rows(self, queryset: QuerySet[PostHolding]) -> QuerySet[PostHolding]:
        return queryset.select_related("unit__parent")

    def search(self, queryset: QuerySet[PostHolding], text: str) -> QuerySet[PostHolding]:
        return queryset.filter(name__icontains=text) | queryset.filter(unit__name__icontains=text)


class DepartmentList(ScopedListView):
    model = Department
    page_title = "职能部门"
    table_class = DepartmentTable
    filterset_class = DepartmentFilter
    orderings = (Ordering("sort", "排序", "sort"), Ordering("name", "名称", "name"))
    search_hint = "名称、简称、代码"
    create = Link("新增部门", "grid:department-create", permissions.UNIT_MANAGE)
    empty = Empty("还没有职能部门", "能够接收工单的部门和公用企业登记在这里。", "新增部门", "grid:department-create")

    def search(self, queryset: QuerySet[Department], text: str) -> QuerySet[Department]:
        named = queryset.filter(name__icontains=text) | queryset.filter(short_name__icontains=text)
        return named | queryset.filter(code__icontains=text)

    def table(self, page: Page, ordering: Ordering) -> PageTable:
        """With a column of links for those who maintain departments."""
        table = super().table(page, ordering)
        if not scope_of(self.request.user).holding(permissions.UNIT_MANAGE).everything:
            table.columns.hide("edit")
        return table


class HouseholdList(ScopedListView):
    """Doors of one building group, or of all below a unit."""

    model = Household
    permission = permissions.UNIT_VIEW
    page_title = "门牌"
    table_class = HouseholdTable
    orderings = (Ordering("door", "门牌", "door"), Ordering("unit", "楼栋", "unit__path"))
    search_hint = "门牌"
    empty = Empty("还没有门牌", "录入门牌后，户数自动计算。")

    @cached_property
    def place(self) -> Unit:
        found = Unit.objects.visible_to(self.request.user).filter(pk=self.kwargs["pk"]).first()
        if found is None:
            raise Http404
        return found

    def visible(self, user: Any) -> QuerySet[Household]:
        place = self.place
        rows = Household.objects.visible_to(user).select_related("unit")
        return (
            rows.filter(unit=place)
            if place.level == Level.BUILDING_GROUP
            else rows.filter(unit__path__startswith=place.path)
        )

    def search(self, queryset: QuerySet[Household], text: str) -> QuerySet[Household]:
        return queryset.filter(door__icontains=text)

    def ordering(self, params: QueryDict) -> Ordering:
        if params.get("sort") or self.place.level == Level.BUILDING_GROUP:
            return super().ordering(params)
        return self.orderings[1]

    def extra_context(self) -> dict[str, Any]:
        place = self.place
        may_add = place.level == Level.BUILDING_GROUP and place.is_active
        user = self.request.user
        may_add = may_add and Unit.objects.visible_to(user, permissions.HOUSEHOLD_MANAGE).filter(pk=place.pk).exists()
        return {
            "page_title": f"{place}的门牌",
            "breadcrumbs": (("组织架构", reverse("grid:tree")), (str(place), place.get_absolute_url()), ("门牌", None)),
            "links": [_Button("录入门牌", reverse("grid:doors-add", args=[place.pk]))] if may_add else [],
        }


class _Button:
    """A button of the page's head that leads to the page of one unit."""

    icon = "plus"

    def __init__(self, label: str, url: str) -> None:
        self.label, self.url = label, url
