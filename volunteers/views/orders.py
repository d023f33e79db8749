"""Worklists of orders: everything in one's scope, the boxes the community works from, the desk of whoever serves."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from common.pages import Empty, Link, Ordering, ScopedListView
from common.scope import scope_of
from volunteers import permissions
from volunteers.filters.orders import OrderFilter
from volunteers.models import Order
from volunteers.selectors import orders as order_selectors
from volunteers.tables.orders import OrderTable

PLACED = Ordering("placed", "下单时间", "submitted_at", descending=True)
CREATE = Link("登记订单", "volunteers:order-new", permissions.ORDERS)
REPORT = Link("网格报单", "volunteers:order-report", permissions.REPORT_ORDER, icon="send")


class OrderList(ScopedListView):
    """All orders of one's scope, the newest first."""

    model = Order
    permission: str | tuple[str, ...] = (permissions.VIEW, permissions.REPORT_ORDER)
    page_title = "全部订单"
    table_class = OrderTable
    filterset_class = OrderFilter
    orderings: tuple[Ordering, ...] = (
        PLACED,
        Ordering("claim_due", "接单时限", "claim_due_at"),
        Ordering("finish_due", "完成时限", "finish_due_at"),
    )
    search_hint = "内容、地点、编号或电话"
    create: Link | None = CREATE
    links: tuple[Link, ...] = (REPORT,)
    empty = Empty("还没有订单", "居民点单、网格报单和电话登记的订单会显示在这里。", "登记订单", "volunteers:order-new")
    export_report_key = "volunteers.orders"
    export_permission = permissions.EXPORT

    def rows(self, queryset: QuerySet[Order]) -> QuerySet[Order]:
        return order_selectors.for_lists(queryset)

    def visible(self, user: Any) -> QuerySet[Order]:
        self.reader = user
        return super().visible(user)

    def search(self, queryset: QuerySet[Order], text: str) -> QuerySet[Order]:
        return order_selectors.search(queryset, text, by_phone=scope_of(self.reader).may(permissions.ORDERS))


class BoxList(OrderList):
    """Orders of one's own area that wait for the same thing."""

    permission = permissions.ORDERS
    box = ""
    links = ()

    def visible(self, user: Any) -> QuerySet[Order]:
        self.reader = user
        return self.rows(order_selectors.box(user, self.box))


class ToDispatchList(BoxList):
    box = "to_dispatch"
    page_title = "待派单"
    page_lead = "居民点单和网格报单，等社区受理、派单。"
    orderings = (Ordering("placed", "下单时间", "submitted_at"),)
    empty = Empty("没有待派的订单", "新的点单和报单会排在这里。", "登记订单", "volunteers:order-new")
    export_report_key = "volunteers.orders_to_dispatch"


class OpenList(BoxList):
    box = "open"
    page_title = "待接单"
    page_lead = "已放出、还没有人接的订单，时限近的在前。"
    orderings = (Ordering("claim_due", "接单时限", "claim_due_at"), PLACED)
    empty = Empty("没有等待接单的订单", "派单以后、有人接单以前的订单会排在这里。")
    export_report_key = "volunteers.orders_open"


class InServiceList(BoxList):
    box = "in_service"
    page_title = "服务中"
    page_lead = "已有人承接的订单，完成时限近的在前。"
    orderings = (Ordering("finish_due", "完成时限", "finish_due_at"), PLACED)
    empty = Empty("没有服务中的订单", "接单以后、完成以前的订单会排在这里。")
    export_report_key = "volunteers.orders_in_service"


class ToReviewList(BoxList):
    box = "to_review"
    page_title = "待评价"
    page_lead = "服务已完成：请电话回访登记评价，并确认志愿者的时长。"
    orderings = (Ordering("done", "完成时间", "done_at"), PLACED)
    empty = Empty("没有待评价的订单", "服务完成、下单人还没有评价的订单会排在这里。")
    export_report_key = "volunteers.orders_to_review"


class RaisedList(BoxList):
    box = "raised"
    page_title = "街道协调"
    page_lead = "社区无人接单、提交街道协调的订单；仍然可以接单。"
    orderings = (Ordering("raised", "提交时间", "raised_at"), PLACED)
    empty = Empty("没有需要街道协调的订单", "超过时限无人接单，或社区主动提交的订单会排在这里。")
    export_report_key = "volunteers.orders_raised"


class ServiceList(OrderList):
    """The desk of a provider's operator or a volunteer with an account, for a phone: what to claim, what is in hand."""

    permission = permissions.SERVE
    page_title = "我的接单"
    page_lead = "可以接的订单和您（或您的服务单位）承接的订单。接单后请按时上门，完成后登记。"
    orderings = (Ordering("placed", "下单时间", "submitted_at", descending=True),)
    create = None
    links = ()
    empty = Empty("没有可以接的订单", "社区派单后，可以接的订单会显示在这里。")
    export_report_key = "volunteers.orders_served"
    export_permission = permissions.SERVE

    def visible(self, user: Any) -> QuerySet[Order]:
        self.reader = user
        return self.rows(Order.objects.visible_to(user, permissions.SERVE).for_service_of(user))


LISTS = (OrderList, ToDispatchList, OpenList, InServiceList, ToReviewList, RaisedList, ServiceList)
