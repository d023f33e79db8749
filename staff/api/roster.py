"""Reading the roster through the API, in the caller's scope. Names are masked, the rest of the person is not told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common.api import PagedView
from common.masks import mask_name
from common.pages import Ordering
from common.pages.lists import search_text
from grid.api.serializers import UnitRefSerializer
from staff import permissions
from staff.choices import Education, Rank, WorkerKind
from staff.filters.roster import CERTIFICATES, PARTY, WorkerFilter
from staff.models import StaffPost, Worker, WorkerCertificate
from staff.selectors import roster as selectors

TAGS = ["staff"]
FILTERS = [
    OpenApiParameter("q", str, description="工号，或完整的姓名、手机、身份证号。"),
    OpenApiParameter("kind", str, enum=WorkerKind.values, description="用工类别。"),
    OpenApiParameter("rank", str, enum=Rank.values, description="职务。"),
    OpenApiParameter("education", str, enum=[*Education.values, "bachelor_up"], description="学历。"),
    OpenApiParameter("certificate", str, enum=[key for key, _ in CERTIFICATES], description="有效证书。"),
    OpenApiParameter("ending", str, enum=["30", "90", "past"], description="证书到期。"),
    OpenApiParameter("party", str, enum=[key for key, _ in PARTY], description="政治面貌。"),
    OpenApiParameter("state", str, enum=["left", "all"], description="不写只列在岗的。"),
    OpenApiParameter("probation", str, enum=["yes", "no"], description="是否在试用期内。"),
    OpenApiParameter("community", int, description="所属社区的编号。"),
    OpenApiParameter("street", int, description="所属镇街的编号。"),
]


class WorkerSerializer(serializers.ModelSerializer):
    name = serializers.SerializerMethodField(help_text="遮盖后的姓名，如 张**")
    unit = UnitRefSerializer(read_only=True)
    kind_label = serializers.CharField(source="get_kind_display", read_only=True)
    rank_label = serializers.CharField(source="get_rank_display", read_only=True)
    state_label = serializers.CharField(source="get_state_display", read_only=True)
    education_label = serializers.CharField(source="get_education_display", read_only=True)
    certificate = serializers.CharField(read_only=True, help_text="今天有效的最高证书，没有为空")

    class Meta:
        model = Worker
        fields: ClassVar = (
            "id", "number", "name", "unit", "kind", "kind_label", "rank", "rank_label", "state", "state_label", "education",
            "education_label", "certificate", "party_role", "entered_on", "community_since", "probation_until", "filed_on",
            "left_on",
        )  # fmt: skip

    def get_name(self, row: Worker) -> str:
        return mask_name(row.person.name)


class StaffPostSerializer(serializers.ModelSerializer):
    unit = UnitRefSerializer(read_only=True)

    class Meta:
        model = StaffPost
        fields: ClassVar = ("unit", "rank", "kind", "valid_from", "valid_to", "note")


class WorkerCertificateSerializer(serializers.ModelSerializer):
    class Meta:
        model = WorkerCertificate
        fields: ClassVar = ("level", "issued_on", "expires_on")


class WorkerDetailSerializer(WorkerSerializer):
    posts = serializers.SerializerMethodField(help_text="任职，新的在前；valid_to 为离任后的第一天")
    certificates = serializers.SerializerMethodField()

    class Meta(WorkerSerializer.Meta):
        fields: ClassVar = (*WorkerSerializer.Meta.fields, "posts", "certificates")

    @extend_schema_field(StaffPostSerializer(many=True))
    def get_posts(self, row: Worker) -> Any:
        return StaffPostSerializer(row.posts.select_related("unit"), many=True).data

    @extend_schema_field(WorkerCertificateSerializer(many=True))
    def get_certificates(self, row: Worker) -> Any:
        return WorkerCertificateSerializer(row.certificates.all(), many=True).data


class WorkerAPI(PagedView):
    permission = permissions.VIEW
    serializer = WorkerSerializer
    orderings: ClassVar[Sequence[Ordering]] = (
        Ordering("number", "工号", "number"),
        Ordering("entered_on", "入职日期", "entered_on", descending=True),
    )

    def visible(self) -> QuerySet[Worker]:
        rows = Worker.objects.visible_to(self.request.user).select_related("unit", "person")
        return selectors.with_certificate(rows, timezone.localdate())


class WorkerListAPI(WorkerAPI):
    @extend_schema(
        tags=TAGS, parameters=FILTERS, responses=WorkerSerializer(many=True), operation_id="staff_workers_list"
    )
    def get(self, request: Request) -> Response:
        """社区工作者列表，姓名遮盖，按位置翻页。"""
        rows: Any = self.filtered(WorkerFilter, request, self.visible())
        rows = selectors.shown_states(rows, request.query_params.get("state"))
        text = search_text(request.query_params)
        return self.paged(request, selectors.search_workers(rows, text) if text else rows)


class WorkerDetailAPI(WorkerAPI):
    @extend_schema(tags=TAGS, responses=WorkerDetailSerializer, operation_id="staff_workers_detail")
    def get(self, request: Request, pk: int) -> Response:
        """一名社区工作者，连同任职和证书。"""
        found = self.visible().filter(pk=pk).first()
        if found is None:
            raise Http404
        return Response(WorkerDetailSerializer(found, context={"request": request}).data)
