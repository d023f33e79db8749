"""Reading activities through the API, in the caller's scope. No volunteer is named, only how many there are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common.api import PagedView
from common.pages import Ordering
from common.pages.lists import search_text
from grid.api.serializers import UnitRefSerializer
from volunteers import permissions
from volunteers.choices import ActivityState
from volunteers.filters.activities import ActivityFilter
from volunteers.models import Activity, ActivityRole
from volunteers.selectors.activities import search_activities, theme_labels, with_figures

TAGS = ["activities"]
FILTERS = [
    OpenApiParameter("q", str, description="活动名称、地点或组织单位。"),
    OpenApiParameter("state", str, enum=ActivityState.values, description="状态。"),
    OpenApiParameter("theme", str, description="主题。"),
    OpenApiParameter("month", str, description="月份，如 2026-11。"),
    OpenApiParameter("street", int, description="所属镇街的编号。"),
    OpenApiParameter("series", str, description="固定服务日。"),
    OpenApiParameter(
        "flag", str, enum=["waiting", "unconfirmed", "objected"], description="有候补、结束三天未确认、有异议待答复。"
    ),
]


class ActivityRoleSerializer(serializers.ModelSerializer):
    class Meta:
        model = ActivityRole
        fields: ClassVar = ("id", "name", "places", "skill")


class ActivitySerializer(serializers.ModelSerializer):
    unit = UnitRefSerializer(read_only=True)
    theme_label = serializers.SerializerMethodField(help_text="主题的名称")
    state_label = serializers.CharField(source="get_state_display", read_only=True)
    roles = ActivityRoleSerializer(many=True, read_only=True)
    taken = serializers.IntegerField(read_only=True, help_text="已报名人数")
    waiting = serializers.IntegerField(read_only=True, help_text="候补人数")

    class Meta:
        model = Activity
        fields: ClassVar = (
            "id", "title", "unit", "theme", "theme_label", "series", "about", "place", "starts_at", "ends_at",
            "signup_until", "capacity", "min_age", "max_age", "is_risky", "risks", "state", "state_label",
            "cancel_reason", "roles", "taken", "waiting",
        )  # fmt: skip

    def get_theme_label(self, row: Activity) -> str:
        labels: dict[str, str] = self.context["themes"]
        return labels.get(row.theme, row.theme)


class ActivityAPI(PagedView):
    permission = permissions.VIEW
    serializer = ActivitySerializer
    orderings: ClassVar[Sequence[Ordering]] = (Ordering("starts_at", "开始时间", "starts_at", descending=True),)

    def visible(self) -> QuerySet[Activity]:
        rows = Activity.objects.visible_to(self.request.user).select_related("unit").prefetch_related("roles")
        return with_figures(rows)

    def for_serializer(self, rows: Sequence[Any]) -> dict[str, Any]:
        return {"themes": theme_labels()}


class ActivityListAPI(ActivityAPI):
    @extend_schema(
        tags=TAGS, parameters=FILTERS, responses=ActivitySerializer(many=True), operation_id="activities_list"
    )
    def get(self, request: Request) -> Response:
        """志愿活动列表，开始时间最近的在前，按位置翻页。"""
        rows = self.filtered(ActivityFilter, request, self.visible())
        text = search_text(request.query_params)
        return self.paged(request, search_activities(rows, text) if text else rows)


class ActivityDetailAPI(ActivityAPI):
    @extend_schema(tags=TAGS, responses=ActivitySerializer, operation_id="activities_detail")
    def get(self, request: Request, pk: int) -> Response:
        """一项志愿活动。"""
        found = self.visible().filter(pk=pk).first()
        if found is None:
            raise Http404
        return Response(ActivitySerializer(found, context=self.for_serializer([found])).data)
