"""Ordering for a caller at the desk, and reporting on a grid worker's phone (报单)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.urls import reverse

from common.codes import own_request_key
from common.pages import ScopedFormView
from common.scope import scope_of
from grid.models import Unit
from volunteers import permissions
from volunteers.forms.orders import OrderForm, ReportOrderForm
from volunteers.services.orders import Placed, order_place, order_publish


class CreateOrderView(ScopedFormView):
    """At most five things to fill in."""

    permission = permissions.ORDERS
    form_class: type[forms.BaseForm] = OrderForm
    template_name = "volunteers/orders/new.html"
    page_title = "登记订单"
    submit_label = "登记"
    breadcrumbs = (("服务订单", "/orders/"), ("登记订单", None))

    def form_arguments(self) -> dict[str, Any]:
        return {"user": self.request.user, "unit": own_unit(self.request.user, permissions.ORDERS)}

    def perform(self, form: forms.BaseForm) -> Placed:
        user = self.request.user
        placed = order_place(actor=user, request_key=own_request_key(user.pk, self.submission), **form.cleaned_data)
        if "publish" in self.request.POST and not placed.repeated and placed.order.dispatched_at is None:
            order_publish(order=placed.order, actor=user)
        return placed

    def next_url(self, result: Placed) -> str:
        return reverse("volunteers:order-placed", args=[result.order.pk])


class ReportOrderView(CreateOrderView):
    """What a grid worker sees on the way: a need, reported to the community."""

    permission = permissions.REPORT_ORDER
    form_class = ReportOrderForm
    template_name = "common/form.html"
    page_title = "网格报单"
    page_lead = "走访中发现的需求，报给社区派单。"
    submit_label = "提交"
    cancel_url = "volunteers:orders"
    breadcrumbs = (("服务订单", "/orders/"), ("网格报单", None))

    def form_arguments(self) -> dict[str, Any]:
        return {"user": self.request.user, "unit": own_unit(self.request.user, permissions.REPORT_ORDER)}

    def perform(self, form: forms.BaseForm) -> Placed:
        user = self.request.user
        placed = order_place(actor=user, request_key=own_request_key(user.pk, self.submission), **form.cleaned_data)
        messages.success(self.request, "已报给社区。")
        return placed


def own_unit(user: Any, permission: str) -> Unit | None:
    """The unit a person orders for when nothing else is said: the lowest seat that carries the permission."""
    seats = [grant for grant in scope_of(user).holding(permission).grants if grant.unit_id is not None]
    if not seats:
        return None
    lowest = max(seats, key=lambda grant: grant.level or 0)
    return Unit.objects.visible_to(user).filter(pk=lowest.unit_id or 0).first()
