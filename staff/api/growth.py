"""Reading trainings and turns of rotation through the API, in the caller's scope. Names are masked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common.api import PagedView
from common.masks import mask_name
from common.pages import Ordering
from common.pages.lists import search_text
from grid.api.serializers import UnitRefSerializer
from staff import permissions
from staff.choices_growth import RotationState, SessionState, Subject
from staff.filters.growth import SessionFilter, TurnFilter
from staff.models import RotationTurn, TrainingSession
from staff.selectors.grades import of_worker
from staff.selectors.training import with_places

TAGS = ["staff"]
SESSION_FILTERS = [
    OpenApiParameter("q", str, description="名称中的文字。"),
    OpenApiParameter("state", str, enum=SessionState.values, description="状态。"),
    OpenApiParameter("subject", str, enum=Subject.values, description="类别。"),
    OpenApiParameter("street", int, description="所属镇街的编号。"),
]
TURN_FILTERS = [
    OpenApiParameter("q", str, description="工号，或完整的姓名。"),
    OpenApiParameter("when", str, enum=["now", "coming", "over"], description="正在、将要或已经结束。"),
    OpenApiParameter("state", str, enum=RotationState.values, description="状态。"),
    OpenApiParameter("street", int, description="所属镇街的编号。"),
    OpenApiParameter("community", int, description="所属社区的编号。"),
]


class TrainingSerializer(serializers.ModelSerializer):
    unit = UnitRefSerializer(read_only=True)
    subject_label = serializers.CharField(source="get_subject_display", read_only=True)
    state_label = serializers.CharField(source="get_state_display", read_only=True)
    taken = serializers.IntegerField(read_only=True, help_text="已占名额")
    waiting = serializers.IntegerField(read_only=True, help_text="候补人数")
    present = serializers.IntegerField(read_only=True, help_text="到场人数")

    class Meta:
        model = TrainingSession
        fields: ClassVar = (
            "id", "title", "unit", "subject", "subject_label", "starts_at", "ends_at", "place", "teacher", "hours", "capacity",
            "taken", "waiting", "present", "state", "state_label",
        )  # fmt: skip


class TrainingAPI(PagedView):
    permission = permissions.GROWTH
    serializer = TrainingSerializer
    orderings: ClassVar[Sequence[Ordering]] = (Ordering("starts_at", "开始时间", "starts_at", descending=True),)

    def visible(self) -> QuerySet[TrainingSession]:
        rows = TrainingSession.objects.visible_to(self.request.user)
        return with_places(rows.select_related("unit"))


class TrainingListAPI(TrainingAPI):
    @extend_schema(
        tags=TAGS, parameters=SESSION_FILTERS, responses=TrainingSerializer(many=True), operation_id="trainings_list"
    )
    def get(self, request: Request) -> Response:
        """培训，按开始时间从近到远。"""
        rows = self.filtered(SessionFilter, request, self.visible())
        text = search_text(request.query_params)
        return self.paged(request, rows.filter(title__icontains=text) if text else rows)


class TrainingDetailAPI(TrainingAPI):
    @extend_schema(tags=TAGS, responses=TrainingSerializer, operation_id="trainings_detail")
    def get(self, request: Request, pk: int) -> Response:
        """一次培训。"""
        found = self.visible().filter(pk=pk).first()
        if found is None:
            raise Http404
        return Response(TrainingSerializer(found).data)


class TurnSerializer(serializers.ModelSerializer):
    worker_number = serializers.CharField(source="worker.number", read_only=True, help_text="工号")
    name = serializers.SerializerMethodField(help_text="遮盖后的姓名，如 张**")
    unit = UnitRefSerializer(source="worker.unit", read_only=True)
    site = UnitRefSerializer(source="site.place", read_only=True, help_text="轮训点")
    state_label = serializers.CharField(source="get_state_display", read_only=True)

    class Meta:
        model = RotationTurn
        fields: ClassVar = (
            "id", "worker_number", "name", "unit", "site", "seat", "first_day", "last_day", "state", "state_label", "result",
        )  # fmt: skip

    def get_name(self, row: RotationTurn) -> str:
        return mask_name(row.worker.person.name)


class TurnAPI(PagedView):
    permission = permissions.GROWTH
    serializer = TurnSerializer
    orderings: ClassVar[Sequence[Ordering]] = (Ordering("first_day", "第一天", "first_day", descending=True),)

    def visible(self) -> QuerySet[RotationTurn]:
        rows = RotationTurn.objects.visible_to(self.request.user)
        return rows.select_related("worker__unit", "worker__person", "site__place")


class TurnListAPI(TurnAPI):
    @extend_schema(
        tags=TAGS, parameters=TURN_FILTERS, responses=TurnSerializer(many=True), operation_id="rotation_turns_list"
    )
    def get(self, request: Request) -> Response:
        """轮训安排，按第一天从近到远。"""
        rows = self.filtered(TurnFilter, request, self.visible())
        text = search_text(request.query_params)
        return self.paged(request, rows.filter(of_worker(text, "worker__")) if text else rows)


class TurnDetailAPI(TurnAPI):
    @extend_schema(tags=TAGS, responses=TurnSerializer, operation_id="rotation_turns_detail")
    def get(self, request: Request, pk: int) -> Response:
        """一次轮训。"""
        found = self.visible().filter(pk=pk).first()
        if found is None:
            raise Http404
        return Response(TurnSerializer(found).data)
