"""Providers and how well they complete, the three lists, the quarterly visits of co-building groups."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from common.pages import CreateView, Empty, Link, Ordering, ScopedDetailView, ScopedListView, UpdateView
from common.timeline import timeline_of
from volunteers import permissions
from volunteers.filters.orders import MenuFilter, ProviderFilter, VisitFilter
from volunteers.forms.orders import MenuItemForm, ProviderForm, VisitDutyForm
from volunteers.models import MenuItem, Order, Provider, VisitDuty
from volunteers.selectors.orders import for_lists
from volunteers.selectors.providers import completion, completion_by_month, menu_lists, provider_lists, visit_lists
from volunteers.services.providers import (
    menu_item_add,
    menu_item_change,
    provider_change,
    provider_create,
    visit_duty_agree,
    visit_duty_change,
)
from volunteers.tables.orders import MenuTable, ProviderTable, VisitTable
from volunteers.views.order_new import own_unit

LATEST = 10


# --- providers


class ProviderList(ScopedListView):
    model = Provider
    permission = permissions.VIEW
    page_title = "服务单位"
    page_lead = "物业企业、商家、共建单位和社会组织，以及各自的接单和完成情况。"
    table_class = ProviderTable
    filterset_class = ProviderFilter
    orderings = (Ordering("unit", "组织顺序", "unit__path"), Ordering("name", "名称", "name"))
    search_hint = "名称、服务说明"
    create = Link("登记服务单位", "volunteers:provider-new", permissions.MENU)
    links = (Link("包联走访", "volunteers:visits", permissions.VIEW, icon="calendar-stats"),)
    empty = Empty(
        "还没有服务单位", "登记物业企业、商家等，订单可以派给它们。", "登记服务单位", "volunteers:provider-new"
    )
    export_report_key = "volunteers.providers"
    export_permission = permissions.EXPORT

    def rows(self, queryset: QuerySet[Provider]) -> QuerySet[Provider]:
        return provider_lists(queryset)

    def search(self, queryset: QuerySet[Provider], text: str) -> QuerySet[Provider]:
        return queryset.filter(name__icontains=text) | queryset.filter(about__icontains=text)


class ProviderView(ScopedDetailView):
    """A provider: who it is, who acts for it, how it completes its orders by month."""

    model = Provider
    permission = (permissions.VIEW, permissions.SERVE, permissions.SHOPKEEP)
    template_name = "volunteers/orders/provider.html"
    object: Provider

    def rows(self, queryset: QuerySet[Provider]) -> QuerySet[Provider]:
        return queryset.select_related("unit")

    def trail(self) -> list[tuple[str, str | None]]:
        may = self.request.user.may(permissions.VIEW)  # type: ignore[union-attr]
        return [("服务单位", reverse("volunteers:providers"))] if may else []

    def context(self) -> dict[str, Any]:
        row, user = self.object, self.request.user
        orders = Order.objects.visible_to(user).filter(provider=row)
        operators = "、".join(row.operators.order_by("display_name").values_list("display_name", flat=True))
        return {
            "facts": [
                ("类型", row.get_kind_display()), ("所在单位", row.unit.name), ("服务说明", row.about, "wide"),
                ("对外电话", row.phone), ("包联组", row.visit_group), ("操作账号", operators, "wide"),
                ("状态", "在用" if row.is_active else "停用"),
            ],
            "total": completion(orders),
            "months": completion_by_month(orders),
            "orders": for_lists(orders).order_by("-submitted_at")[:LATEST],
            "may_change": Provider.objects.visible_to(user, permissions.MENU).filter(pk=row.pk).exists(),
            "timeline": timeline_of(row),
        }  # fmt: skip


class CreateProvider(CreateView):
    permission = permissions.MENU
    form_class = ProviderForm
    page_title = "登记服务单位"
    breadcrumbs = (("服务单位", "/providers/"), ("登记服务单位", None))
    cancel_url = "volunteers:providers"
    service = provider_create
    success_message = "已登记。"

    def form_arguments(self) -> dict[str, Any]:
        return {"user": self.request.user, "unit": own_unit(self.request.user, permissions.MENU)}


class ChangeRow(UpdateView):
    """Base of the change forms here: the permission on this very row, nothing saved over another's change."""

    permission = permissions.MENU
    object_permission = permissions.MENU
    version = "event_seq"
    success_message = "已保存。"
    home = ("", "")

    def rows(self, queryset: QuerySet) -> QuerySet:
        return queryset.select_related("unit")

    def context(self) -> dict[str, Any]:
        row = self.object
        return {
            **super().context(),
            "page_title": f"修改：{row}",
            "breadcrumbs": ((self.home[0], reverse(self.home[1])), (str(row), None)),
            "cancel_url": reverse(self.home[1]),
        }


class ChangeProvider(ChangeRow):
    model = Provider
    form_class = ProviderForm
    object_name = "provider"
    service = provider_change
    home = ("服务单位", "volunteers:providers")

    def form_arguments(self) -> dict[str, Any]:
        row = self.object
        names = ("name", "kind", "about", "phone", "visit_group", "is_active")
        initial = {name: getattr(row, name) for name in names}
        return {
            "user": self.request.user, "provider": row, "initial": {**initial, "operators": row.operators.all()},
        }  # fmt: skip


# --- the three lists


class MenuList(ScopedListView):
    model = MenuItem
    permission = permissions.VIEW
    page_title = "三张清单"
    page_lead = "需求清单、资源清单、项目清单。居民按资源清单点单。"
    table_class = MenuTable
    filterset_class = MenuFilter
    orderings = (Ordering("unit", "组织顺序", "unit__path"), Ordering("title", "项目", "title"))
    search_hint = "项目、说明"
    create = Link("列入清单", "volunteers:menu-new", permissions.MENU)
    empty = Empty("清单还是空的", "把能提供的服务列入资源清单，居民就能点单。", "列入清单", "volunteers:menu-new")
    export_report_key = "volunteers.menu"
    export_permission = permissions.EXPORT

    def rows(self, queryset: QuerySet[MenuItem]) -> QuerySet[MenuItem]:
        return menu_lists(queryset)

    def search(self, queryset: QuerySet[MenuItem], text: str) -> QuerySet[MenuItem]:
        return queryset.filter(title__icontains=text) | queryset.filter(about__icontains=text)


class AddMenuItem(CreateView):
    permission = permissions.MENU
    form_class = MenuItemForm
    page_title = "列入清单"
    breadcrumbs = (("三张清单", "/service-menu/"), ("列入清单", None))
    cancel_url = "volunteers:menu"
    service = menu_item_add
    success_message = "已列入清单。"
    success_url = "volunteers:menu"

    def form_arguments(self) -> dict[str, Any]:
        return {"user": self.request.user, "unit": own_unit(self.request.user, permissions.MENU)}


class ChangeMenuItem(ChangeRow):
    model = MenuItem
    form_class = MenuItemForm
    object_name = "item"
    service = menu_item_change
    home = ("三张清单", "volunteers:menu")
    success_url = "volunteers:menu"

    def form_arguments(self) -> dict[str, Any]:
        row = self.object
        names = ("list", "title", "about", "kind", "theme", "provider", "is_active")
        return {"user": self.request.user, "item": row, "initial": {name: getattr(row, name) for name in names}}


# --- quarterly visits


class VisitList(ScopedListView):
    model = VisitDuty
    permission = permissions.VIEW
    page_title = "包联走访"
    page_lead = "共建单位按组包联社区，每季度走访一次；每季度自动生成走访订单，由组内单位接单。"
    breadcrumbs = (("服务单位", "/providers/"), ("包联走访", None))
    table_class = VisitTable
    filterset_class = VisitFilter
    orderings = (Ordering("unit", "组织顺序", "unit__path"), Ordering("group", "包联组", "group"))
    search_hint = "社区、包联组"
    create = Link("建立包联", "volunteers:visit-new", permissions.MENU)
    empty = Empty("还没有包联", "先在服务单位里填写包联组，再建立包联。", "建立包联", "volunteers:visit-new")
    export_report_key = "volunteers.visits"
    export_permission = permissions.EXPORT

    def rows(self, queryset: QuerySet[VisitDuty]) -> QuerySet[VisitDuty]:
        return visit_lists(queryset)

    def search(self, queryset: QuerySet[VisitDuty], text: str) -> QuerySet[VisitDuty]:
        return queryset.filter(unit__name__icontains=text) | queryset.filter(group__icontains=text)


class AgreeVisit(CreateView):
    permission = permissions.MENU
    form_class = VisitDutyForm
    page_title = "建立包联"
    breadcrumbs = (("包联走访", "/visits/"), ("建立包联", None))
    cancel_url = "volunteers:visits"
    service = visit_duty_agree
    success_message = "已建立包联。"
    success_url = "volunteers:visits"

    def form_arguments(self) -> dict[str, Any]:
        return {"user": self.request.user, "is_new": True}


class ChangeVisit(ChangeRow):
    model = VisitDuty
    form_class = VisitDutyForm
    object_name = "duty"
    service = visit_duty_change
    home = ("包联走访", "volunteers:visits")
    success_url = "volunteers:visits"

    def form_arguments(self) -> dict[str, Any]:
        row = self.object
        return {"user": self.request.user, "is_new": False, "initial": {"group": row.group, "is_active": row.is_active}}
