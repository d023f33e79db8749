"""Orders through the API, in the caller's scope; nothing of the orderer is told. Claiming calls what the page calls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common.api import PagedView
from common.pages import Ordering
from common.pages.lists import search_text
from common.scope import scope_of
from grid.api.serializers import UnitRefSerializer
from volunteers import permissions
from volunteers.api.base import MaskedField
from volunteers.choices import OrderKind, OrderState
from volunteers.filters.orders import STANDINGS, OrderFilter
from volunteers.models import Order
from volunteers.selectors import orders as selectors
from volunteers.services.claims import order_claim, server_name
from volunteers.views.order import masked_entries
from volunteers.workflow.orders import ORDER_FLOW

TAGS = ["orders"]
MAY_READ = (permissions.VIEW, permissions.SERVE, permissions.REPORT_ORDER)
FILTERS = [
    OpenApiParameter("q", str, description="内容、地点、编号；有受理权限的也可按电话。"),
    OpenApiParameter("state", str, many=True, enum=OrderState.values, description="状态，可以多个。"),
    OpenApiParameter("kind", str, enum=OrderKind.values, description="类型。"),
    OpenApiParameter("standing", str, enum=[key for key, _ in STANDINGS], description="需要关注。"),
    OpenApiParameter("street", int, description="所属镇街的编号。"),
    OpenApiParameter("placed_after", OpenApiTypes.DATE, description="下单日期起。"),
    OpenApiParameter("placed_before", OpenApiTypes.DATE, description="下单日期止。"),
]


class OrderSerializer(serializers.ModelSerializer):
    title = MaskedField(read_only=True)
    place = MaskedField(read_only=True)
    kind_label = serializers.CharField(source="get_kind_display", read_only=True)
    state_label = serializers.CharField(source="get_state_display", read_only=True)
    unit = UnitRefSerializer(read_only=True)
    server = serializers.SerializerMethodField(help_text="承接的服务单位或志愿者编号")

    class Meta:
        model = Order
        fields: ClassVar = (
            "id", "number", "title", "place", "kind", "kind_label", "theme", "state", "state_label", "unit", "server",
            "wanted_on", "submitted_at", "claim_due_at", "claimed_at", "finish_due_at", "done_at", "hours",
            "confirmed_at", "stars", "raised_at",
        )  # fmt: skip

    def get_server(self, row: Order) -> str:
        return server_name(row)


class OrderDetailSerializer(OrderSerializer):
    text = MaskedField(read_only=True)
    result = MaskedField(read_only=True)
    review = MaskedField(read_only=True)
    actions = serializers.SerializerMethodField(help_text="现在可以办理的操作")

    class Meta(OrderSerializer.Meta):
        fields: ClassVar = (
            *OrderSerializer.Meta.fields, "text", "result", "review", "started_at", "ended_at", "event_seq", "actions",
        )  # fmt: skip

    def get_actions(self, row: Order) -> list[str]:
        return [action.name for action in ORDER_FLOW.available(row, self.context["request"].user)]


class OrderEventSerializer(serializers.Serializer):
    at = serializers.DateTimeField()
    label = serializers.CharField()
    text = serializers.CharField()
    actor = serializers.CharField()


class OrderAPI(PagedView):
    permission = MAY_READ
    serializer = OrderSerializer
    orderings: ClassVar[Sequence[Ordering]] = (
        Ordering("placed", "下单时间", "submitted_at", descending=True),
        Ordering("claim_due", "接单时限", "claim_due_at"),
        Ordering("finish_due", "完成时限", "finish_due_at"),
    )

    def visible(self) -> QuerySet[Order]:
        return selectors.for_lists(Order.objects.visible_to(self.request.user))

    def get_object(self, pk: int) -> Order:
        found = self.visible().select_related("policy", "person", "visit").filter(pk=pk).first()
        if found is None:
            raise Http404
        return found

    def respond(self, pk: int) -> Response:
        return Response(OrderDetailSerializer(self.get_object(pk), context={"request": self.request}).data)


class OrderListAPI(OrderAPI):
    @extend_schema(tags=TAGS, parameters=FILTERS, responses=OrderSerializer(many=True), operation_id="orders_list")
    def get(self, request: Request) -> Response:
        """服务订单列表，按位置翻页。"""
        rows = self.filtered(OrderFilter, request, self.visible())
        text = search_text(request.query_params)
        by_phone = scope_of(request.user).may(permissions.ORDERS)
        return self.paged(request, selectors.search(rows, text, by_phone=by_phone) if text else rows)


class OrderDetailAPI(OrderAPI):
    @extend_schema(tags=TAGS, responses=OrderDetailSerializer, operation_id="orders_detail")
    def get(self, request: Request, pk: int) -> Response:
        """一件服务订单。"""
        return self.respond(pk)


class OrderTimelineAPI(OrderAPI):
    @extend_schema(tags=TAGS, responses=OrderEventSerializer(many=True), operation_id="orders_timeline")
    def get(self, request: Request, pk: int) -> Response:
        """办理过程，最近的在前。"""
        rows = [
            {"at": line.at, "label": line.title, "text": line.text, "actor": line.actor}
            for line in masked_entries(self.get_object(pk))
        ]
        return Response(OrderEventSerializer(rows, many=True).data)


class OrderClaimAPI(OrderAPI):
    permission = permissions.SERVE

    @extend_schema(tags=TAGS, request=None, responses=OrderDetailSerializer, operation_id="orders_claim")
    def post(self, request: Request, pk: int) -> Response:
        """接单：先接先得，晚到的得到 409。"""
        order_claim(order=self.get_object(pk), actor=request.user)
        return self.respond(pk)
