"""A volunteer's own orders: what may be claimed nearby, what is in hand, what they ordered themselves."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views import View

from common.codes import own_request_key
from common.errors import PlainError
from common.masks import mask_text
from common.pages import FormPage, add_error
from common.workflow_forms import form_class
from volunteers import own_sections
from volunteers.choices import COLOURS, OrderState
from volunteers.forms.orders import OwnOrderForm, ReviewForm
from volunteers.models import Order, Volunteer
from volunteers.own import OwnMixin, back_to
from volunteers.own_sections import OwnLink, OwnSection
from volunteers.selectors import orders as selectors
from volunteers.services.claims import (
    order_claim_as_volunteer,
    order_done_as_volunteer,
    order_give_back_as_volunteer,
)
from volunteers.services.order_personal import FIELDS, order_reveal_as_volunteer
from volunteers.services.order_reviews import (
    WITHDRAWN_BY_ORDERER,
    order_progress,
    order_review_public,
    order_withdraw_public,
    own_order,
)
from volunteers.services.orders import Placed, order_place
from volunteers.tables.orders import standing
from volunteers.views.order import hours_wait, person_rows, revealed
from volunteers.views.order_public import state_words
from volunteers.workflow.orders import ORDER_FLOW

SHOWN = 20
IN_BOX = 5


class OwnOrdersView(OwnMixin, View):
    """Three lists on one phone page."""

    def get(self, request: HttpRequest) -> HttpResponse:
        mine = self.volunteer
        context = {
            "page_title": "我的订单",
            "held": lines(selectors.held_by(mine)),
            "near": lines(selectors.near(mine)),
            "served": lines(selectors.served_by(mine)[:SHOWN]),
            "ordered": lines(selectors.ordered_by(mine)[:SHOWN]),
        }
        return render(request, "volunteers/own/orders.html", context)


def lines(orders: Any) -> list[dict[str, Any]]:
    """Orders as lines of a list, without numbers of people in them."""
    return [
        {
            "order": order,
            "title": mask_text(order.title),
            "url": reverse("volunteers:own-order", args=[order.pk]),
            "standing": standing(order),
            "colour": COLOURS.get(order.state, "grey"),
            "unconfirmed": hours_wait(order),
        }
        for order in orders
    ]


class OwnOrderView(OwnMixin, View):
    """One order as the volunteer may see it: open to claim, in hand, done, or ordered by them."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return show(request, find(pk, self.volunteer), self.volunteer)


def find(pk: int, volunteer: Volunteer) -> Order:
    """The order, when it is the volunteer's to serve, to claim, or their own; else it is not there."""
    order = selectors.for_volunteer(volunteer, pk)
    if order is None:
        raise Http404("这一单不在您的订单里，可能已被别人接走。")
    return order


def show(request: HttpRequest, order: Order, mine: Volunteer, status: int = 200, **context: Any) -> HttpResponse:
    held = order.volunteer_id == mine.pk and order.state == OrderState.CLAIMED
    own = order.ordered_by_id == mine.pk
    context = {
        "page_title": mask_text(order.title),
        **back_to("我的订单", "own-orders"),
        "order": order,
        "colour": COLOURS.get(order.state, "grey"),
        "standing": standing(order),
        "words": state_words(order) if own else "",
        "text": mask_text(order.text),
        "place": mask_text(order.place),
        "may_claim": not own and order.state == OrderState.OPEN,
        "held": held,
        "person": list(person_rows(order, "volunteers:own-order-reveal")) if held else [],
        "progress": order_progress(order) if own else None,
        "review_form": ReviewForm() if own and order.state == OrderState.DONE else None,
        "may_withdraw": own and order.state in WITHDRAWN_BY_ORDERER,
        "unconfirmed": hours_wait(order) and not own,
        **context,
    }
    return render(request, "volunteers/own/order.html", context, status=status)


class OwnClaimView(OwnMixin, View):
    """抢单: first come, first served."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        order = selectors.claimable(pk)
        if order is None:
            raise Http404("这一单不在您的订单里，可能已被别人接走。")
        try:
            order_claim_as_volunteer(order=order, volunteer=self.volunteer)
        except PlainError as error:
            messages.warning(request, error.message)
            return HttpResponseRedirect(reverse("volunteers:own-orders"))
        messages.success(request, "接单成功。请查看下单人电话，约好时间上门。")
        return HttpResponseRedirect(reverse("volunteers:own-order", args=[pk]))


class OwnFormView(OwnMixin, FormPage):
    """Base: a form about an order in the volunteer's hands. Its fields are those of the workflow's action."""

    action = ""
    template_name = "volunteers/own/form.html"

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        row = ORDER_FLOW.actions[self.action]
        self.form_class = form_class(row, None, None)
        self.page_title = self.submit_label = row.label
        self.page_lead = row.help

    def order(self) -> Order:
        order = find(self.kwargs["pk"], self.volunteer)
        if order.volunteer_id != self.volunteer.pk:
            raise Http404("这一单不在您手上。")
        return order

    def next_url(self, result: Order) -> str:
        return reverse("volunteers:own-order", args=[result.pk])

    def context(self) -> dict[str, Any]:
        return {"order": self.order(), **back_to("订单", "own-order", self.kwargs["pk"])}


class OwnDoneView(OwnFormView):
    action = "done"

    def form_arguments(self) -> dict[str, Any]:
        return {"initial": {"day": timezone.localdate()}}

    def perform(self, form: forms.BaseForm) -> Order:
        return order_done_as_volunteer(order=self.order(), volunteer=self.volunteer, **form.cleaned_data)

    def message(self, result: Order) -> str:
        return "已登记完成。社区确认或下单人好评后，时长计入您的服务记录。"


class OwnGiveBackView(OwnFormView):
    action = "give_back"

    def perform(self, form: forms.BaseForm) -> Order:
        return order_give_back_as_volunteer(order=self.order(), volunteer=self.volunteer, **form.cleaned_data)

    def message(self, result: Order) -> str:
        return "已退单。"

    def next_url(self, result: Order) -> str:
        return reverse("volunteers:own-orders")


class OwnRevealView(OwnMixin, View):
    """A field of the orderer, for the volunteer who is to come."""

    def post(self, request: HttpRequest, pk: int, field: str) -> HttpResponse:
        order = find(pk, self.volunteer)
        if field not in FIELDS:
            raise Http404("没有这一项信息。")
        value = order_reveal_as_volunteer(
            order=order, volunteer=self.volunteer, field=field, reason=request.POST.get("reason", "")
        )
        return revealed(request, value, FIELDS[field], reverse("volunteers:own-order", args=[pk]))


class OwnPlaceView(OwnMixin, FormPage):
    """A volunteer orders for themselves."""

    form_class = OwnOrderForm
    template_name = "volunteers/own/form.html"
    page_title = "我要下单"
    page_lead = "由社区派单，其他志愿者或服务单位上门。"
    submit_label = "提交"
    success_message = "已提交，社区派单后有人接单。"

    def form_arguments(self) -> dict[str, Any]:
        return {"unit": self.volunteer.unit}

    def perform(self, form: forms.BaseForm) -> Placed:
        person = self.volunteer.person
        return order_place(
            actor=None, unit=self.volunteer.unit, ordered_by=self.volunteer, name=person.name, phone=person.phone,
            request_key=own_request_key(f"volunteer-{self.volunteer.pk}", self.submission), **form.cleaned_data,
        )  # fmt: skip

    def next_url(self, result: Placed) -> str:
        return reverse("volunteers:own-order", args=[result.order.pk])

    def context(self) -> dict[str, Any]:
        return back_to("我的订单", "own-orders")


class OwnReviewView(OwnMixin, View):
    """评单 of one's own order, or withdrawing it."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        order = own_order(order=find(pk, self.volunteer), volunteer=self.volunteer)
        form = ReviewForm(request.POST)
        if not form.is_valid():
            return show(request, order, self.volunteer, 400, review_form=form, form=form)
        try:
            order_review_public(order=order, **form.cleaned_data)
        except PlainError as error:
            add_error(form, error)
            return show(request, order, self.volunteer, error.status, review_form=form, form=form)
        messages.success(request, "谢谢您的评价。")
        return HttpResponseRedirect(reverse("volunteers:own-order", args=[pk]))


class OwnWithdrawView(OwnMixin, View):
    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        order = own_order(order=find(pk, self.volunteer), volunteer=self.volunteer)
        try:
            order_withdraw_public(order=order)
            messages.success(request, "已撤回。")
        except PlainError as error:
            messages.warning(request, error.message)
        return HttpResponseRedirect(reverse("volunteers:own-orders"))


def in_hand(volunteer: Volunteer) -> OwnSection | None:
    """What the volunteer has taken and not done, on the own first page."""
    held = lines(selectors.held_by(volunteer)[:IN_BOX])
    if not held:
        return None
    url = reverse("volunteers:own-orders")
    return OwnSection("我接的单", "volunteers/own/orders_box.html", {"lines": held}, icon="hand-stop", url=url)


own_sections.register("orders", 30, in_hand)
own_sections.register_link("orders", 30, OwnLink("接单和下单", "volunteers:own-orders", "hand-stop"))
