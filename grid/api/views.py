"""Reading the hierarchy through the API, in the caller's scope."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from common.api import PagedView, PlainView
from common.pages import Ordering
from common.pages.lists import search_text
from grid import permissions, policies
from grid.api.serializers import DepartmentSerializer, UnitDetailSerializer, UnitSerializer
from grid.choices import Level
from grid.filters import DepartmentFilter, UnitFilter
from grid.models import Department, Unit
from grid.selectors import holders, households_of, search_units, trail, with_figures

TAGS = ["units"]
FILTERS = [
    OpenApiParameter("q", str, description="名称、其他写法、拼音（全拼或首字母）或代码。"),
    OpenApiParameter(
        "level", int, enum=list(Level.values), description="层级：1 区县，2 镇街，3 社区，4 网格，5 楼栋。"
    ),
    OpenApiParameter("street", int, description="所属镇街的编号。"),
    OpenApiParameter("kind", str, description="类型。"),
    OpenApiParameter("state", str, enum=["active", "closed"], description="启用或已停用。"),
    OpenApiParameter("flag", str, enum=["size", "empty_posts"], description="户数超出范围的网格、岗位无人的单位。"),
]


class UnitPagedView(PagedView):
    permission = permissions.UNIT_VIEW
    serializer = UnitSerializer
    orderings: ClassVar[Sequence[Ordering]] = (
        Ordering("path", "组织顺序", "path"), Ordering("households", "户数", "households", descending=True),
    )  # fmt: skip

    def for_serializer(self, rows: Sequence[Any]) -> dict[str, Any]:
        return {"size_rule": policies.grid_size(timezone.localdate()), "households": households_of(rows)}

    def unit(self, pk: int) -> Unit:
        rows = Unit.objects.visible_to(self.request.user).select_related("parent__parent__parent__parent")
        found = with_figures(rows).filter(pk=pk).first()
        if found is None:
            raise Http404
        return found


class UnitListAPI(UnitPagedView):
    @extend_schema(tags=TAGS, parameters=FILTERS, responses=UnitSerializer(many=True), operation_id="units_list")
    def get(self, request: Request) -> Response:
        """单位列表，按组织顺序，按位置翻页。"""
        rows = self.filtered(UnitFilter, request, with_figures(Unit.objects.visible_to(request.user)))
        text = search_text(request.query_params)
        return self.paged(request, search_units(rows, text) if text else rows)


class UnitDetailAPI(UnitPagedView):
    @extend_schema(tags=TAGS, responses=UnitDetailSerializer, operation_id="units_detail")
    def get(self, request: Request, pk: int) -> Response:
        """一个单位，连同它的上级和在任人员。"""
        unit = self.unit(pk)
        context = {
            "request": request, **self.for_serializer([unit]), "ancestors": trail(unit, request.user),
            "posts": holders(unit).select_related("unit"),
        }  # fmt: skip
        return Response(UnitDetailSerializer(unit, context=context).data)


class UnitChildrenAPI(UnitPagedView):
    @extend_schema(tags=TAGS, responses=UnitSerializer(many=True), operation_id="units_children")
    def get(self, request: Request, pk: int) -> Response:
        """一个单位的直接下级（启用的）。"""
        unit = self.unit(pk)
        below = Unit.objects.visible_to(request.user).active().filter(parent=unit)
        return self.paged(request, with_figures(below))


class DepartmentListAPI(PagedView):
    serializer = DepartmentSerializer
    orderings: ClassVar[Sequence[Ordering]] = (Ordering("sort", "排序", "sort"), Ordering("name", "名称", "name"))

    @extend_schema(
        tags=["departments"], responses=DepartmentSerializer(many=True), operation_id="departments_list",
        parameters=[OpenApiParameter("state", str, enum=["active", "closed"], description="启用或已停用。")],
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """职能部门列表。"""
        return self.paged(
            request, self.filtered(DepartmentFilter, request, Department.objects.visible_to(request.user))
        )


class DepartmentDetailAPI(PlainView):
    @extend_schema(tags=["departments"], responses=DepartmentSerializer, operation_id="departments_detail")
    def get(self, request: Request, pk: int) -> Response:
        """一个职能部门。"""
        found = Department.objects.visible_to(request.user).filter(pk=pk).first()
        if found is None:
            raise Http404
        return Response(DepartmentSerializer(found).data)
