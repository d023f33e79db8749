"""Care recipients: hours bought and left, the statement of each, visits ordered for them."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views import View

from common.codes import own_request_key
from common.masks import mask_address, mask_name, mask_phone
from common.pages import (
    CreateView,
    Empty,
    Link,
    Ordering,
    ScopedDetailView,
    ScopedListView,
    ScopedObjectMixin,
    UpdateView,
)
from common.timeline import timeline_of
from volunteers import permissions
from volunteers.choices import OrderKind
from volunteers.filters.orders import CareFilter
from volunteers.forms.orders import CareChangeForm, CareForm, CareHoursForm, CareVisitForm, NoteForm
from volunteers.models import CareRecipient, Order
from volunteers.selectors.care import care_lists, care_statement, care_totals
from volunteers.selectors.orders import for_lists
from volunteers.services.care import FIELDS, care_add_hours, care_change, care_end, care_reveal, care_start
from volunteers.services.orders import Placed, order_place, order_publish
from volunteers.tables.orders import CareTable
from volunteers.views.order import revealed
from volunteers.views.order_new import own_unit

MASKS = {"name": mask_name, "phone": mask_phone, "address": mask_address}
HOME = ("照料对象", "volunteers:care")


class CareList(ScopedListView):
    model = CareRecipient
    permission = permissions.VIEW
    page_title = "照料对象"
    page_lead = "购买了照料服务的老人：每次上门从剩余时长中扣除。"
    table_class = CareTable
    filterset_class = CareFilter
    orderings = (
        Ordering("unit", "组织顺序", "unit__path"),
        Ordering("left", "剩余时长", "left_hours"),
        Ordering("last_day", "截止日期", "last_day"),
    )
    search_hint = "编号、照料需要"
    create = Link("购买照料时长", "volunteers:care-new", permissions.ORDERS)
    empty = Empty("还没有照料对象", "为老人购买照料时长后会显示在这里。", "购买照料时长", "volunteers:care-new")
    export_report_key = "volunteers.care"
    export_permission = permissions.EXPORT
    template_name = "volunteers/orders/care_list.html"

    def rows(self, queryset: QuerySet[CareRecipient]) -> QuerySet[CareRecipient]:
        return care_lists(queryset)

    def search(self, queryset: QuerySet[CareRecipient], text: str) -> QuerySet[CareRecipient]:
        return queryset.filter(number__iexact=text) | queryset.filter(needs__icontains=text)

    def extra_context(self) -> dict[str, Any]:
        return {"totals": care_totals(CareRecipient.objects.visible_to(self.request.user).filter(is_active=True))}


class CareView(ScopedDetailView):
    """One elder: hours, the statement of every movement, the visits."""

    model = CareRecipient
    permission = permissions.VIEW
    template_name = "volunteers/orders/care.html"
    object: CareRecipient

    def rows(self, queryset: QuerySet[CareRecipient]) -> QuerySet[CareRecipient]:
        return queryset.select_related("unit", "provider")

    def title(self) -> str:
        return f"{mask_name(self.object.name)} {self.object.number}"

    def trail(self) -> list[tuple[str, str | None]]:
        return [(HOME[0], reverse(HOME[1]))]

    def context(self) -> dict[str, Any]:
        row, user = self.object, self.request.user
        reveal = CareRecipient.objects.visible_to(user, permissions.REVEAL).filter(pk=row.pk).exists()
        manage = CareRecipient.objects.visible_to(user, permissions.ORDERS).filter(pk=row.pk).exists()
        orders = Order.objects.visible_to(user).filter(care_recipient=row)
        return {
            "facts": [
                ("所属单位", row.unit.name), ("照料需要", row.needs), ("承接单位", row.provider),
                ("服务期", f"{row.first_day:%Y-%m-%d} 至 {row.last_day:%Y-%m-%d}"),
                ("状态", "在享" if row.is_active else "已停止"),
            ],
            "used": row.bought_hours - row.left_hours,
            "person": list(_person(row, reveal)),
            "lines": care_statement(row),
            "orders": for_lists(orders).order_by("-submitted_at")[:50],
            "may_manage": manage and row.is_active,
            "timeline": timeline_of(row),
        }  # fmt: skip


def _person(row: CareRecipient, may_reveal: bool) -> Iterator[dict[str, str]]:
    for name, label in FIELDS.items():
        value = getattr(row, name)
        if value:
            url = reverse("volunteers:care-reveal", args=[row.pk, name]) if may_reveal else ""
            yield {"label": label, "value": MASKS[name](value), "url": url}


class StartCare(CreateView):
    permission = permissions.ORDERS
    form_class = CareForm
    page_title = "购买照料时长"
    breadcrumbs = ((HOME[0], "/care/"), ("购买照料时长", None))
    cancel_url = "volunteers:care"
    service = care_start
    success_message = "已登记。"

    def form_arguments(self) -> dict[str, Any]:
        return {"user": self.request.user, "unit": own_unit(self.request.user, permissions.ORDERS)}


class CareUpdate(UpdateView):
    """Base of the forms about one elder."""

    model = CareRecipient
    permission = permissions.ORDERS
    object_permission = permissions.ORDERS
    object_name = "recipient"
    object: CareRecipient
    verb = ""

    def form_arguments(self) -> dict[str, Any]:
        return {}

    def context(self) -> dict[str, Any]:
        row = self.object
        return {
            **super().context(),
            "page_title": f"{self.verb}：{row}",
            "breadcrumbs": ((HOME[0], reverse(HOME[1])), (str(row), row.get_absolute_url()), (self.verb, None)),
            "cancel_url": row.get_absolute_url(),
        }


class AddCareHours(CareUpdate):
    form_class = CareHoursForm
    verb = "追加时长"
    service = care_add_hours
    success_message = "已追加。"

    def service_arguments(self, form: forms.BaseForm) -> dict[str, Any]:
        return {**super().service_arguments(form), "submission": self.submission}


class ChangeCare(CareUpdate):
    form_class = CareChangeForm
    verb = "修改"
    version = "event_seq"
    service = care_change
    success_message = "已保存。"

    def form_arguments(self) -> dict[str, Any]:
        row = self.object
        initial = {"needs": row.needs, "provider": row.provider, "last_day": row.last_day}
        return {"user": self.request.user, "recipient": row, "initial": initial}


class EndCare(CareUpdate):
    form_class = NoteForm
    verb = "停止照料"
    service = care_end
    success_message = "已停止照料，记录保留。"

    def context(self) -> dict[str, Any]:
        return {**super().context(), "submit_style": "danger", "submit_label": "停止照料"}


class OrderVisit(CareUpdate):
    """A visit for the elder: an order of the kind 照料服务, to the elder's provider when there is one."""

    form_class = CareVisitForm
    verb = "预约上门"
    submit_label = "下单"

    def perform(self, form: forms.BaseForm) -> Placed:
        row, user = self.object, self.request.user
        placed = order_place(
            actor=user, unit=row.unit, kind=OrderKind.CARE, care_recipient=row, name=row.name, phone=row.phone,
            address=row.address, request_key=own_request_key(user.pk, self.submission), **form.cleaned_data,
        )  # fmt: skip
        if not placed.repeated and row.provider is not None:
            order_publish(order=placed.order, actor=user, provider=row.provider)
        return placed

    def message(self, result: Placed) -> str:
        return f"已下单 {result.order.number}。"

    def context(self) -> dict[str, Any]:
        left: Decimal = self.object.left_hours
        return {**super().context(), "page_lead": f"剩余 {left:f} 小时；服务完成后按实际时长扣除。"}


class CareRevealView(ScopedObjectMixin, View):
    model = CareRecipient
    permission = permissions.REVEAL

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        row, field = self.get_object(), kwargs["field"]
        if field not in FIELDS:
            raise Http404("没有这一项信息。")
        value = care_reveal(recipient=row, actor=request.user, field=field, reason=request.POST.get("reason", ""))
        return revealed(request, value, FIELDS[field], row.get_absolute_url())
