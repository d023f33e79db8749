"""The page of one order, its actions, and the orderer's data."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.views import View

from common import events as history
from common.decisions import Denied
from common.errors import Conflict
from common.masks import mask_text
from common.models import Event
from common.pages import ActionView, ScopedDetailView, ScopedObjectMixin
from common.workflow import Action
from common.workflow_forms import form_class
from volunteers import events, permissions
from volunteers.choices import COLOURS, OrderState
from volunteers.models import Order
from volunteers.policies.orders import may_reveal
from volunteers.rules import themes
from volunteers.services.claims import server_name
from volunteers.services.order_personal import FIELDS, MASKS, order_reveal
from volunteers.services.orders import query_code
from volunteers.workflow.orders import ORDER_FLOW

RELATED = ("unit", "provider", "volunteer", "menu_item", "care_recipient", "visit", "policy", "registered_by", "person")
MAY_OPEN = (permissions.VIEW, permissions.SERVE, permissions.REPORT_ORDER)


class OrderView(ScopedDetailView):
    """One order: what is wanted, how it stands, what happened, what may be done next."""

    model = Order
    permission = MAY_OPEN
    template_name = "volunteers/orders/order.html"
    object: Order

    def rows(self, queryset: QuerySet[Order]) -> QuerySet[Order]:
        return queryset.select_related(*RELATED)

    def title(self) -> str:
        return mask_text(self.object.title)

    def trail(self) -> list[tuple[str, str | None]]:
        return [home_of(self.request.user)]

    def context(self) -> dict[str, Any]:
        order, user = self.object, self.request.user
        decision = may_reveal(order, user)
        return {
            "state_colour": COLOURS.get(order.state, "grey"),
            "buttons": [
                {"action": action, "url": reverse("volunteers:order-act", args=[order.pk, action.name])}
                for action in ORDER_FLOW.available(order, user)
            ],
            "facts": list(facts(order, self.request.user)),
            "text": mask_text(order.text),
            "place": mask_text(order.place),
            "result": mask_text(order.result),
            "review": mask_text(order.review),
            "person": list(person_rows(order, "volunteers:order-reveal")) if decision else [],
            "has_person": hasattr(order, "person"),
            "reveal_denied": decision.reason if isinstance(decision, Denied) else "",
            "reveal_text_url": reverse("volunteers:order-reveal", args=[order.pk, "text"]) if decision else "",
            "text_is_masked": mask_text(order.text) != order.text,
            "timeline": masked_entries(order),
            "unconfirmed": hours_wait(order),
        }


def home_of(user: Any) -> tuple[str, str]:
    """The list that an order's page is reached from."""
    if user.may(permissions.VIEW) or user.may(permissions.REPORT_ORDER):
        return "服务订单", reverse("volunteers:orders")
    return "我的接单", reverse("volunteers:orders-served")


def hours_wait(order: Order) -> bool:
    """A volunteer reported hours that nobody has confirmed yet."""
    return order.volunteer_id is not None and order.hours is not None and order.confirmed_at is None


def masked_entries(order: Order) -> list[Any]:
    """The timeline without numbers of people in it; what was done without an account names who did it."""
    return [
        SimpleNamespace(
            at=event.at, title=kind.label, text=mask_text(kind.describe(event.data)), icon=kind.icon,
            actor=str(event.actor) if event.actor else who_without_account(event),
        )
        for event in history.timeline(order)
        for kind in (history.kind_of(event.kind),)
    ]  # fmt: skip


def who_without_account(event: Event) -> str:
    """The resident who ordered, the volunteer who served on their own page, or the system."""
    if event.kind in (events.ORDERED, events.ORDER_REVIEWED, events.ORDER_WITHDRAWN):
        return "下单人"
    if event.kind in (events.ORDER_CLAIMED, events.ORDER_DONE, events.ORDER_GIVEN_BACK, events.ORDER_REVEALED):
        return str(event.data.get("by", "系统"))
    return "系统"


def facts(order: Order, user: Any) -> Iterator[tuple[str, Any]]:
    """Head facts in reading order."""
    yield "订单编号", order.number
    yield "类型", order.get_kind_display()
    yield "主题", dict(_theme_words(order)).get(order.theme, order.theme)
    yield "所属单位", order.unit.name
    if order.menu_item is not None:
        yield "清单项目", order.menu_item.title
    if order.visit is not None:
        yield "包联组", order.visit.group
    if order.care_recipient is not None:
        yield "照料对象", _care_link(order, user)
    if order.wanted_on:
        yield "希望日期", f"{order.wanted_on:%Y-%m-%d}"
    yield "登记人", order.registered_by or ("志愿者本人" if order.ordered_by_id else "居民自助")
    yield "下单时间", _moment(order.submitted_at)
    yield "承接", server_name(order)
    for label, at in (("接单时限", order.claim_due_at), ("接单时间", order.claimed_at),
                      ("完成时限", order.finish_due_at), ("完成时间", order.done_at)):  # fmt: skip
        if at is not None:
            yield label, _moment(at)
    if order.started_at is not None and order.ended_at is not None:
        yield "服务时间", f"{_moment(order.started_at)} 至 {timezone.localtime(order.ended_at):%H:%M}"
        yield "服务时长", f"{order.hours:f} 小时" + ("（待确认）" if hours_wait(order) else "")
    if order.stars is not None:
        yield "评价", f"{order.stars} 星"
    if order.raised_at is not None:
        yield "提交街道", _moment(order.raised_at)


def _theme_words(order: Order) -> Iterator[tuple[str, str]]:
    for theme in themes(timezone.localdate(order.submitted_at)):
        yield theme.key, theme.label


def _care_link(order: Order, user: Any) -> Any:
    recipient = order.care_recipient
    assert recipient is not None, "asked for orders of care only"
    if not user.may(permissions.VIEW):
        return recipient.number
    return format_html('<a href="{}">{}</a>', recipient.get_absolute_url(), recipient.number)


def _moment(at: Any) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}"


def person_rows(order: Order, url_name: str) -> Iterator[dict[str, str]]:
    """Masked fields with the address that reveals each."""
    person = getattr(order, "person", None)
    if person is None:
        return
    for name, mask in MASKS.items():
        value = getattr(person, name)
        if value:
            url = reverse(url_name, args=[order.pk, name])
            yield {"label": FIELDS[name], "value": mask(value), "url": url}


class OrderActionView(ActionView):
    """A row of the workflow table as a dialog or a page."""

    model = Order
    permission = MAY_OPEN
    workflow = ORDER_FLOW
    detail_view = OrderView
    object: Order

    def rows(self, queryset: QuerySet[Order]) -> QuerySet[Order]:
        return queryset.select_related(*RELATED)

    def form_for(self, action: Action, obj: Any) -> type[forms.Form]:
        return form_class(action, obj, self.request.user)

    def form_arguments(self) -> dict[str, Any]:
        return {"initial": initial_values(self.action, self.object)}

    def message(self, result: Any) -> str:
        if self.action.name == "claim":
            return "接单成功。请查看下单人电话，约好时间上门；完成后点“服务完成”。"
        return super().message(result)

    def next_url(self, result: Any) -> str:
        seen = Order.objects.visible_to(self.request.user).filter(pk=self.object.pk).exists()
        return self.object.get_absolute_url() if seen else reverse("volunteers:orders-served")

    def moved_on(self, error: Conflict) -> HttpResponse:
        try:
            return super().moved_on(error)
        except Http404:  # taken by another: to the person it is gone
            return HttpResponseRedirect(reverse("volunteers:orders-served"))

    def context(self) -> dict[str, Any]:
        crumbs = [(self.object.number, self.object.get_absolute_url()), (self.action.label, None)]
        return {**super().context(), "breadcrumbs": crumbs}


def initial_values(action: Action, order: Order) -> dict[str, Any]:
    """What an action's form starts with: the menu's provider; today, and the wish for how long it took."""
    if action.name in ("assign", "publish") and order.menu_item is not None and order.menu_item.provider_id:
        return {"provider": str(order.menu_item.provider_id)}
    if action.name in ("done", "complete"):
        return {"day": timezone.localdate()}
    return {}


class OrderRevealView(ScopedObjectMixin, View):
    """One personal field in clear, once, with a reason, on the record."""

    model = Order
    permission = MAY_OPEN

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        order, field = self.get_object(), kwargs["field"]
        if field not in FIELDS:
            raise Http404("没有这一项信息。")
        value = order_reveal(order=order, actor=request.user, field=field, reason=request.POST.get("reason", ""))
        return revealed(request, value, FIELDS[field], order.get_absolute_url())


def revealed(request: HttpRequest, value: str, label: str, back: str) -> HttpResponse:
    """The clear value in its place, or as a page for a browser without script."""
    context = {"value": value, "label": label, "back": back, "page_title": f"查看{label}"}
    fragment = request.headers.get("HX-Request") == "true"
    response = render(request, "components/revealed.html" if fragment else "volunteers/revealed.html", context)
    response["Cache-Control"] = "no-store"
    return response


class PlacedView(ScopedDetailView):
    """What to tell the caller: number, code, what comes next."""

    model = Order
    permission = (permissions.ORDERS, permissions.REPORT_ORDER)
    template_name = "volunteers/orders/placed.html"
    object: Order

    def rows(self, queryset: QuerySet[Order]) -> QuerySet[Order]:
        return queryset.select_related("unit")

    def title(self) -> str:
        return "登记成功"

    def trail(self) -> list[tuple[str, str | None]]:
        return [home_of(self.request.user)]

    def context(self) -> dict[str, Any]:
        order = self.object
        own = order.registered_by_id == self.request.user.pk and order.request_key is not None
        waiting = order.state == OrderState.SUBMITTED
        return {
            "code": query_code(order.request_key) if own and order.request_key else "",
            "may_order": self.request.user.may(permissions.ORDERS),  # type: ignore[union-attr]
            "next_step": "由社区受理、派单。" if waiting else "等待志愿者或服务单位接单。",
        }
