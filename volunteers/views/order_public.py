"""Pages for residents, without an account: order a service, follow it, review it (点单、评单)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.cache import never_cache

from accounts.addresses import client_ip
from common.codes import own_request_key
from common.errors import PlainError
from common.masks import mask_text
from common.pages import FormPage, PublicMixin, add_error
from grid.models import Unit
from volunteers.choices import OrderState
from volunteers.forms.orders import OrderQueryForm, PublicOrderForm, ReviewForm
from volunteers.models import Order, OrderPerson
from volunteers.selectors.orders import community_choices, community_of
from volunteers.services.order_reviews import (
    WITHDRAWN_BY_ORDERER,
    order_by_code,
    order_progress,
    order_review_public,
    order_withdraw_public,
)
from volunteers.services.orders import Placed, order_place_public

PLACED = "volunteers_placed"


def personal_fields() -> list[dict[str, str]]:
    """What is asked of a person, what for and how long: from the columns' own registration (PIPL art. 17)."""
    rows = []
    for name, label in (("name", "称呼"), ("phone", "电话"), ("address", "住址")):
        field: Any = OrderPerson._meta.get_field(name)
        rows.append({"label": label, "purpose": field.purpose, "retention": field.retention})
    return rows


@method_decorator(never_cache, name="dispatch")
class PublicOrderView(PublicMixin, FormPage):
    """Phone first: which community, then its list of resources or one's own words. A poster's code names the community."""

    form_class = PublicOrderForm
    template_name = "volunteers/orders/public_order.html"
    page_title = "点单服务"
    page_lead = "不用注册。提交后给您订单编号和查询码，随时可以查进展、作评价。"
    unit: Unit | None = None

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.unit = community_of(request.GET.get("community"))

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return super().get(request, *args, **kwargs) if self.unit is not None else self._ask()

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return super().post(request, *args, **kwargs) if self.unit is not None else self._ask()

    def _ask(self) -> HttpResponse:
        context = {
            "page_title": self.page_title,
            "page_lead": "先选择您住在哪个社区，再看社区能提供哪些服务。",
            "communities": community_choices(),
        }
        return render(self.request, "volunteers/orders/public_where.html", context)

    def form_arguments(self) -> dict[str, Any]:
        return {"unit": self.unit}

    def context(self) -> dict[str, Any]:
        return {"unit": self.unit, "personal": personal_fields()}

    def perform(self, form: forms.BaseForm) -> Placed | None:
        assert isinstance(form, PublicOrderForm)
        if form.is_trap:
            return None
        data = {key: value for key, value in form.cleaned_data.items() if key not in ("consent", "website")}
        return order_place_public(
            source=client_ip(self.request), request_key=own_request_key("public-order", self.submission),
            unit=self.unit, **data,
        )  # fmt: skip

    def next_url(self, result: Placed | None) -> str:
        if result is None:  # a program: it learns nothing
            return reverse("volunteers:public-order")
        self.request.session[PLACED] = {"number": result.order.number, "code": result.code}
        return reverse("volunteers:public-placed")


@method_decorator(never_cache, name="dispatch")
class PublicPlacedView(PublicMixin, View):
    """Number and query code, once more as long as the browser is open."""

    def get(self, request: HttpRequest) -> HttpResponse:
        placed = request.session.get(PLACED)
        if not placed:
            return HttpResponseRedirect(reverse("volunteers:public-order"))
        return render(request, "volunteers/orders/public_placed.html", {"page_title": "提交成功", **placed})


@method_decorator(never_cache, name="dispatch")
class PublicQueryView(PublicMixin, View):
    """Number and code in, progress out; then the review. POSTs, so that the code stands in no address and no log."""

    template_name = "volunteers/orders/public_query.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._show(OrderQueryForm(initial={"number": request.GET.get("number", "")[:24]}))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = OrderQueryForm(request.POST)
        if not form.is_valid():
            return self._show(form, status=400)
        try:
            order = order_by_code(source=client_ip(request), **form.cleaned_data)
        except PlainError as error:
            add_error(form, error)
            return self._show(form, status=error.status)
        if request.POST.get("do") == "review":
            return self._review(form, order)
        if request.POST.get("do") == "withdraw":
            return self._withdraw(form, order)
        return self._order(form, order)

    def _review(self, form: OrderQueryForm, order: Order) -> HttpResponse:
        review = ReviewForm(self.request.POST)
        if not review.is_valid():
            return self._order(form, order, review, 400)
        try:
            order_review_public(order=order, **review.cleaned_data)
        except PlainError as error:
            add_error(review, error)
            return self._order(form, order, review, error.status)
        messages.success(self.request, "谢谢您的评价。")
        order.refresh_from_db()
        return self._order(form, order)

    def _withdraw(self, form: OrderQueryForm, order: Order) -> HttpResponse:
        try:
            order_withdraw_public(order=order)
            messages.success(self.request, "已撤回。")
        except PlainError as error:
            messages.warning(self.request, error.message)
        order.refresh_from_db()
        return self._order(form, order)

    def _order(
        self, form: OrderQueryForm, order: Order, review: ReviewForm | None = None, status: int = 200
    ) -> HttpResponse:
        done = order.state == OrderState.DONE
        context = {
            "progress": order_progress(order),
            "title": mask_text(order.title),
            "words": state_words(order),
            "review_form": (review or ReviewForm()) if done else None,
            "may_withdraw": order.state in WITHDRAWN_BY_ORDERER,
            "sent": form.cleaned_data,
        }
        return self._show(form, status, review if review is not None else form, **context)

    def _show(self, form: Any, status: int = 200, shown: Any = None, **context: Any) -> HttpResponse:
        context = {"page_title": "查询订单", "query_form": form, "form": shown or form, **context}
        return render(self.request, self.template_name, context, status=status)


def state_words(order: Order) -> str:
    """The state in a resident's words."""
    return {
        OrderState.SUBMITTED: "已收到，等社区派单",
        OrderState.OPEN: "已派单，等志愿者或服务单位接单",
        OrderState.CLAIMED: "已有人接单，请等候上门",
        OrderState.DONE: "服务已完成，请您评价",
        OrderState.REVIEWED: "已完成，谢谢您的评价",
    }.get(OrderState(order.state), OrderState(order.state).label)
