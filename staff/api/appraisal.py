"""Reading appraisals and their results through the API, in the caller's scope. Names are masked."""

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
from staff.appraisal.words import AppraisalState, Cycle, Subject
from staff.filters.appraisal import AppraisalFilter, ResultFilter
from staff.models import Appraisal, AppraisalResult
from staff.selectors.appraisal import listed, search_results

TAGS = ["staff"]
FILTERS = [
    OpenApiParameter("q", str, description="单位名称的一部分。"),
    OpenApiParameter("subject", str, enum=Subject.values, description="考核对象。"),
    OpenApiParameter("cycle", str, enum=Cycle.values, description="周期。"),
    OpenApiParameter("state", str, enum=AppraisalState.values, description="状态。"),
    OpenApiParameter("year", int, description="考核期开始的年份。"),
]
RESULT_FILTERS = [
    OpenApiParameter("q", str, description="工号、完整的姓名，或单位名称的一部分。"),
    OpenApiParameter("appraisal", int, description="考核的编号。"),
    OpenApiParameter("subject", str, enum=Subject.values, description="考核对象。"),
    OpenApiParameter("street", int, description="所属镇街的编号。"),
    OpenApiParameter("community", int, description="所属社区的编号。"),
    OpenApiParameter("level", str, description="等次的名称。"),
    OpenApiParameter("two_sides", bool, description="只列双管双评的。"),
]


class AppraisalSerializer(serializers.ModelSerializer):
    unit = UnitRefSerializer(read_only=True)
    period = serializers.CharField(source="period_words", read_only=True, help_text="如 2026 年第三季度")
    subject_label = serializers.CharField(source="get_subject_display", read_only=True)
    state_label = serializers.CharField(source="get_state_display", read_only=True)

    class Meta:
        model = Appraisal
        fields: ClassVar = (
            "id", "unit", "period", "subject", "subject_label", "cycle", "first_day", "last_day", "state", "state_label",
            "people", "judge_until", "appeal_until", "pay_month",
        )  # fmt: skip


class AppraisalResultSerializer(serializers.ModelSerializer):
    worker_number = serializers.CharField(
        source="appraised.worker.number", read_only=True, default=None, help_text="工号；社区的考核为空"
    )
    name = serializers.SerializerMethodField(help_text="遮盖后的姓名，或社区名称")
    unit = UnitRefSerializer(source="appraised.unit", read_only=True)
    host_unit = UnitRefSerializer(source="appraised.host_unit", read_only=True, allow_null=True)
    place = serializers.IntegerField(read_only=True, allow_null=True, help_text="同分同名次，没有得分为空")
    street_place = serializers.IntegerField(read_only=True, allow_null=True)

    class Meta:
        model = AppraisalResult
        fields: ClassVar = (
            "id", "appraisal", "worker_number", "name", "unit", "host_unit", "score", "home_score", "host_score", "level",
            "stars", "percent", "place", "street_place", "why",
        )  # fmt: skip

    def get_name(self, row: AppraisalResult) -> str:
        one = row.appraised
        return mask_name(one.worker.person.name) if one.worker else one.unit.name


class AppraisalLineSerializer(serializers.Serializer):
    side = serializers.CharField(help_text="home 派出单位（本单位），host 所在单位")
    key = serializers.CharField()
    label = serializers.CharField()
    weight = serializers.CharField(help_text="权重（%）")
    points = serializers.CharField(allow_null=True, help_text="0 至 100；不计的为空")
    why = serializers.CharField()
    numerator = serializers.CharField(allow_null=True)
    denominator = serializers.CharField(allow_null=True)


class AppraisalResultDetailSerializer(AppraisalResultSerializer):
    lines = AppraisalLineSerializer(many=True, read_only=True)

    class Meta(AppraisalResultSerializer.Meta):
        fields: ClassVar = (*AppraisalResultSerializer.Meta.fields, "lines")


class AppraisalAPI(PagedView):
    permission = permissions.APPRAISAL_VIEW
    serializer = AppraisalSerializer
    orderings: ClassVar[Sequence[Ordering]] = (Ordering("first_day", "考核期", "first_day", descending=True),)

    def visible(self) -> QuerySet[Appraisal]:
        return Appraisal.objects.visible_to(self.request.user).select_related("unit")


class AppraisalListAPI(AppraisalAPI):
    @extend_schema(
        tags=TAGS, parameters=FILTERS, responses=AppraisalSerializer(many=True), operation_id="appraisals_list"
    )
    def get(self, request: Request) -> Response:
        """考核期列表，新的在前。"""
        rows = self.filtered(AppraisalFilter, request, self.visible())
        text = search_text(request.query_params)
        return self.paged(request, rows.filter(unit__name__icontains=text) if text else rows)


class AppraisalDetailAPI(AppraisalAPI):
    @extend_schema(tags=TAGS, responses=AppraisalSerializer, operation_id="appraisals_detail")
    def get(self, request: Request, pk: int) -> Response:
        """一个考核期。"""
        found = self.visible().filter(pk=pk).first()
        if found is None:
            raise Http404
        return Response(AppraisalSerializer(found).data)


class ResultAPI(PagedView):
    permission = permissions.APPRAISAL_VIEW
    serializer = AppraisalResultSerializer
    orderings: ClassVar[Sequence[Ordering]] = (Ordering("score", "得分", "standing", descending=True),)

    def visible(self) -> QuerySet[AppraisalResult]:
        return listed(AppraisalResult.objects.visible_to(self.request.user))


class ResultListAPI(ResultAPI):
    @extend_schema(
        tags=TAGS, parameters=RESULT_FILTERS, responses=AppraisalResultSerializer(many=True),
        operation_id="appraisal_results_list",
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """现行考核结果，按得分排列。"""
        rows = self.filtered(ResultFilter, request, self.visible())
        text = search_text(request.query_params)
        return self.paged(request, search_results(rows, text) if text else rows)


class ResultDetailAPI(ResultAPI):
    @extend_schema(tags=TAGS, responses=AppraisalResultDetailSerializer, operation_id="appraisal_results_detail")
    def get(self, request: Request, pk: int) -> Response:
        """一个现行结果，连同每一项得分的来历。"""
        found = self.visible().filter(pk=pk).first()
        if found is None:
            raise Http404
        return Response(AppraisalResultDetailSerializer(found).data)
