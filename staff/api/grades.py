"""Reading grades through the API, in the caller's scope. Names are masked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone
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
from staff.choices import GradeReason, Rank
from staff.filters.grades import GradeFilter
from staff.models import Grade
from staff.selectors.grades import current_grades, of_worker

TAGS = ["staff"]
FILTERS = [
    OpenApiParameter("q", str, description="工号，或完整的姓名。"),
    OpenApiParameter("street", int, description="所属镇街的编号。"),
    OpenApiParameter("community", int, description="所属社区的编号。"),
    OpenApiParameter("rank", str, enum=Rank.values, description="职务。"),
    OpenApiParameter("grade", int, description="等级。"),
    OpenApiParameter("reason", str, enum=GradeReason.values, description="原因。"),
]


class GradeSerializer(serializers.ModelSerializer):
    worker_number = serializers.CharField(source="worker.number", read_only=True, help_text="工号")
    name = serializers.SerializerMethodField(help_text="遮盖后的姓名，如 张**")
    unit = UnitRefSerializer(source="worker.unit", read_only=True)
    rank_label = serializers.CharField(source="get_rank_display", read_only=True)
    reason_label = serializers.CharField(source="get_reason_display", read_only=True)
    why = serializers.ListField(child=serializers.CharField(), read_only=True, help_text="为什么是这一级，逐句说明")

    class Meta:
        model = Grade
        fields: ClassVar = (
            "id", "worker_number", "name", "unit", "grade", "rank", "rank_label", "valid_from", "valid_to", "reason",
            "reason_label", "why",
        )  # fmt: skip

    def get_name(self, row: Grade) -> str:
        return mask_name(row.worker.person.name)


class GradeAPI(PagedView):
    permission = (permissions.MANAGE, permissions.GRADE)
    serializer = GradeSerializer
    orderings: ClassVar[Sequence[Ordering]] = (
        Ordering("number", "工号", "worker__number"), Ordering("grade", "等级", "grade", descending=True),
    )  # fmt: skip

    def visible(self) -> QuerySet[Grade]:
        return current_grades(Grade.objects.visible_to(self.request.user), timezone.localdate())


class GradeListAPI(GradeAPI):
    @extend_schema(tags=TAGS, parameters=FILTERS, responses=GradeSerializer(many=True), operation_id="grades_list")
    def get(self, request: Request) -> Response:
        """在岗人员今天执行的等级，按工号排列。"""
        rows = self.filtered(GradeFilter, request, self.visible())
        text = search_text(request.query_params)
        return self.paged(request, rows.filter(of_worker(text, "worker__")) if text else rows)


class GradeDetailAPI(GradeAPI):
    @extend_schema(tags=TAGS, responses=GradeSerializer, operation_id="grades_detail")
    def get(self, request: Request, pk: int) -> Response:
        """一条现行等级，连同理由。"""
        found = self.visible().filter(pk=pk).first()
        if found is None:
            raise Http404
        return Response(GradeSerializer(found).data)
