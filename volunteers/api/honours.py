"""Reading stars, nominations and certificates through the API, in the caller's scope. Names are masked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common.masks import mask_name
from common.pages import Ordering
from grid.api.serializers import UnitRefSerializer
from volunteers import permissions
from volunteers.api.base import MaskedField, RowsView
from volunteers.choices import NominationState
from volunteers.filters.honours import KINDS, STANDING, CertificateFilter, NominationFilter, StarFilter
from volunteers.models import Certificate, Nomination, StarAward
from volunteers.selectors import honours as selectors
from volunteers.workflow.nominations import NOMINATION_FLOW

TAGS = ["honours"]
YEAR = OpenApiParameter("year", int, description="年度，今年和之前四年。")
STREET = OpenApiParameter("street", int, description="所属镇街的编号。")
STAR_FILTERS = [
    OpenApiParameter("q", str, description="志愿者编号、昵称。"),
    OpenApiParameter("stars", int, enum=[1, 2, 3, 4, 5], description="星级。"),
    OpenApiParameter("kind", str, enum=[key for key, _ in KINDS], description="按服务时长，或按半年党员积分。"),
    YEAR, STREET,
]  # fmt: skip
NOMINATION_FILTERS = [
    OpenApiParameter("q", str, description="志愿者编号、荣誉。"),
    OpenApiParameter("state", str, enum=NominationState.values, description="状态。"),
    YEAR, STREET,
]  # fmt: skip
CERTIFICATE_FILTERS = [
    OpenApiParameter("q", str, description="证明编号、志愿者编号。"),
    OpenApiParameter("standing", str, enum=[key for key, _ in STANDING], description="有效或已撤销。"),
    YEAR,
]


class StarSerializer(serializers.ModelSerializer):
    volunteer = serializers.CharField(source="volunteer.number", read_only=True, help_text="志愿者编号")
    unit = UnitRefSerializer(source="volunteer.unit", read_only=True)
    half = serializers.CharField(read_only=True, help_text="半年度，如 2026-1；按服务时长的为空")

    class Meta:
        model = StarAward
        fields: ClassVar = ("id", "volunteer", "unit", "stars", "label", "half", "measure", "on")


class NominationSerializer(serializers.ModelSerializer):
    volunteer = serializers.CharField(source="volunteer.number", read_only=True, help_text="志愿者编号")
    unit = UnitRefSerializer(source="volunteer.unit", read_only=True)
    state_label = serializers.CharField(source="get_state_display", read_only=True)

    class Meta:
        model = Nomination
        fields: ClassVar = (
            "id", "honour", "year", "volunteer", "unit", "state", "state_label", "nominated_at", "awarded_on",
        )  # fmt: skip


class NominationDetailSerializer(NominationSerializer):
    name = serializers.SerializerMethodField(help_text="遮盖后的姓名，如 张**")
    deeds = MaskedField(read_only=True, help_text="主要事迹")
    note = MaskedField(read_only=True, help_text="审核意见")
    actions = serializers.SerializerMethodField(help_text="现在可以办理的操作")

    class Meta(NominationSerializer.Meta):
        fields: ClassVar = (*NominationSerializer.Meta.fields, "name", "deeds", "note", "actions")

    def get_name(self, row: Nomination) -> str:
        return mask_name(row.volunteer.person.name)

    def get_actions(self, row: Nomination) -> list[str]:
        return [action.name for action in NOMINATION_FLOW.available(row, self.context["request"].user)]


class CertificateSerializer(serializers.ModelSerializer):
    """Without the code of the check page: that is for whoever holds the certificate."""

    name = serializers.SerializerMethodField(help_text="遮盖后的姓名，如 张**")
    volunteer = serializers.CharField(source="volunteer.number", read_only=True, help_text="志愿者编号")
    unit = UnitRefSerializer(read_only=True)

    class Meta:
        model = Certificate
        fields: ClassVar = (
            "id", "number", "name", "volunteer", "unit", "first_day", "last_day", "hours", "times", "issued_on",
            "revoked_at",
        )  # fmt: skip

    def get_name(self, row: Certificate) -> str:
        return mask_name(row.name)


class StarListAPI(RowsView):
    permission = permissions.VIEW
    serializer = StarSerializer
    filterset, search = StarFilter, selectors.search_stars
    orderings: ClassVar[Sequence[Ordering]] = (
        Ordering("on", "认定日期", "on", descending=True),
        Ordering("measure", "时长或积分", "measure", descending=True),
    )

    def visible(self) -> QuerySet[StarAward]:
        return StarAward.objects.visible_to(self.request.user).select_related("volunteer__unit")

    @extend_schema(tags=TAGS, parameters=STAR_FILTERS, responses=StarSerializer(many=True), operation_id="stars_list")
    def get(self, request: Request) -> Response:
        """星级志愿者列表，最近认定的在前，按位置翻页。"""
        return self.list_of(request)


class NominationAPI(RowsView):
    permission = permissions.VIEW
    serializer = NominationSerializer
    filterset, search = NominationFilter, selectors.search_nominations
    orderings: ClassVar[Sequence[Ordering]] = (
        Ordering("nominated", "推荐时间", "nominated_at", descending=True),
    )  # fmt: skip

    def visible(self) -> QuerySet[Nomination]:
        return Nomination.objects.visible_to(self.request.user).select_related("volunteer__unit")


class NominationListAPI(NominationAPI):
    @extend_schema(
        tags=TAGS, parameters=NOMINATION_FILTERS, responses=NominationSerializer(many=True),
        operation_id="nominations_list",
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """表彰推荐列表，最近推荐的在前，按位置翻页。"""
        return self.list_of(request)


class NominationDetailAPI(NominationAPI):
    @extend_schema(tags=TAGS, responses=NominationDetailSerializer, operation_id="nominations_detail")
    def get(self, request: Request, pk: int) -> Response:
        """一份表彰推荐。"""
        return self.represent(self.one(pk), NominationDetailSerializer)


class CertificateAPI(RowsView):
    permission = permissions.VIEW
    serializer = CertificateSerializer
    filterset, search = CertificateFilter, selectors.search_certificates
    orderings: ClassVar[Sequence[Ordering]] = (
        Ordering("issued", "出具日期", "issued_on", descending=True),
    )  # fmt: skip

    def visible(self) -> QuerySet[Certificate]:
        return Certificate.objects.visible_to(self.request.user).select_related("volunteer", "unit")


class CertificateListAPI(CertificateAPI):
    @extend_schema(
        tags=TAGS, parameters=CERTIFICATE_FILTERS, responses=CertificateSerializer(many=True),
        operation_id="certificates_list",
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """志愿服务证明列表，姓名遮盖，按位置翻页。"""
        return self.list_of(request)


class CertificateDetailAPI(CertificateAPI):
    @extend_schema(tags=TAGS, responses=CertificateSerializer, operation_id="certificates_detail")
    def get(self, request: Request, pk: int) -> Response:
        """一份志愿服务证明，姓名遮盖，不含核验码。"""
        return self.represent(self.one(pk))
