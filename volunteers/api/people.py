"""Reading volunteers and teams through the API, in the caller's scope. Names are masked, the rest of the person is not told."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common.api import PagedView
from common.masks import mask_name
from common.pages import Ordering
from common.pages.lists import search_text
from grid.api.serializers import UnitRefSerializer
from volunteers import permissions
from volunteers.choices import Group, Skill, VolunteerState
from volunteers.filters.people import TeamFilter, VolunteerFilter
from volunteers.models import Team, Volunteer
from volunteers.selectors import people as selectors
from volunteers.tables.people import theme_word

TAGS = ["volunteers"]
VOLUNTEER_FILTERS = [
    OpenApiParameter("q", str, description="编号、昵称，或完整的姓名、手机、身份证号。"),
    OpenApiParameter("group", str, enum=Group.values, description="类别。"),
    OpenApiParameter("state", str, enum=VolunteerState.values, description="状态；已注销的只在指明时列出。"),
    OpenApiParameter("skill", str, enum=Skill.values, description="服务技能。"),
    OpenApiParameter("community", int, description="所属社区的编号。"),
    OpenApiParameter("street", int, description="所属镇街的编号。"),
    OpenApiParameter("todo", str, enum=["guardian", "erasure", "any"], description="待办。"),
    OpenApiParameter("insured", str, enum=["yes", "no"], description="保险是否在有效期内。"),
]
TEAM_FILTERS = [
    OpenApiParameter("q", str, description="队伍名称、服务内容、单位。"),
    OpenApiParameter("theme", str, description="服务主题。"),
    OpenApiParameter("community", int, description="所属社区的编号。"),
    OpenApiParameter("street", int, description="所属镇街的编号。"),
    OpenApiParameter("state", str, enum=["active", "closed"], description="在册或已撤销。"),
    OpenApiParameter("led", str, enum=["yes", "no"], description="有没有队长。"),
]


class VolunteerSerializer(serializers.ModelSerializer):
    name = serializers.SerializerMethodField(help_text="遮盖后的姓名，如 张**")
    group_label = serializers.CharField(source="get_group_display", read_only=True)
    state_label = serializers.CharField(source="get_state_display", read_only=True)
    unit = UnitRefSerializer(read_only=True)
    total_hours = serializers.DecimalField(
        max_digits=12, decimal_places=2, read_only=True, help_text="累计时长（小时）"
    )
    display_consent = serializers.SerializerMethodField(help_text="是否同意公开展示昵称和时长")

    class Meta:
        model = Volunteer
        fields: ClassVar = (
            "id", "number", "name", "nickname", "group", "group_label", "state", "state_label", "unit", "skills",
            "times", "areas", "is_minor", "display_consent", "insured_until", "joined_on", "left_on", "total_hours",
        )  # fmt: skip

    def get_name(self, row: Volunteer) -> str:
        return mask_name(row.person.name)

    def get_display_consent(self, row: Volunteer) -> bool:
        return row.display_consent_at is not None


class PointsSerializer(serializers.Serializer):
    programme = serializers.CharField()
    balance = serializers.DecimalField(max_digits=12, decimal_places=2)


class VolunteerDetailSerializer(VolunteerSerializer):
    star = serializers.SerializerMethodField(help_text="最高星级，没有为空")
    points = serializers.SerializerMethodField(help_text="各积分项目的余额")
    teams = serializers.SerializerMethodField(help_text="所在队伍的编号")

    class Meta(VolunteerSerializer.Meta):
        fields: ClassVar = (*VolunteerSerializer.Meta.fields, "star", "points", "teams")

    def _standing(self) -> selectors.Standing:
        found: selectors.Standing = self.context["standing"]
        return found

    def get_star(self, row: Volunteer) -> str:
        return self._standing().star

    @extend_schema_field(PointsSerializer(many=True))
    def get_points(self, row: Volunteer) -> list[dict[str, Any]]:
        return [{"programme": name, "balance": _fixed(balance)} for name, balance in self._standing().points]

    @extend_schema_field({"type": "array", "items": {"type": "integer"}})
    def get_teams(self, row: Volunteer) -> list[int]:
        return [membership.team_id for membership in selectors.teams_of(row)]


def _fixed(amount: Decimal) -> str:
    return f"{amount:.2f}"


class TeamSerializer(serializers.ModelSerializer):
    unit = UnitRefSerializer(read_only=True)
    theme_label = serializers.SerializerMethodField()
    leader_number = serializers.CharField(
        source="leader.number", read_only=True, default="", help_text="队长的志愿者编号"
    )
    member_count = serializers.IntegerField(read_only=True)

    class Meta:
        model = Team
        fields: ClassVar = (
            "id", "name", "unit", "theme", "theme_label", "about", "leader", "leader_number", "member_count",
            "founded_on", "is_active",
        )  # fmt: skip

    @extend_schema_field(OpenApiTypes.STR)
    def get_theme_label(self, row: Team) -> str:
        return theme_word(row.theme)


class VolunteerAPI(PagedView):
    permission = permissions.VIEW
    serializer = VolunteerSerializer
    orderings: ClassVar[Sequence[Ordering]] = (
        Ordering("number", "编号", "number", descending=True),
        Ordering("joined_on", "注册日期", "joined_on", descending=True),
    )

    def visible(self) -> QuerySet[Volunteer]:
        rows = Volunteer.objects.visible_to(self.request.user).select_related("unit", "person")
        return selectors.with_hours(rows)


class VolunteerListAPI(VolunteerAPI):
    @extend_schema(
        tags=TAGS,
        parameters=VOLUNTEER_FILTERS,
        responses=VolunteerSerializer(many=True),
        operation_id="volunteers_list",
    )
    def get(self, request: Request) -> Response:
        """志愿者列表，姓名遮盖，按位置翻页。"""
        rows: Any = self.filtered(VolunteerFilter, request, self.visible())
        if request.query_params.get("state") != VolunteerState.ERASED:
            rows = rows.listed()
        text = search_text(request.query_params)
        return self.paged(request, selectors.search_volunteers(rows, text) if text else rows)


class VolunteerDetailAPI(VolunteerAPI):
    @extend_schema(tags=TAGS, responses=VolunteerDetailSerializer, operation_id="volunteers_detail")
    def get(self, request: Request, pk: int) -> Response:
        """一名志愿者，连同积分、星级和队伍。"""
        found = self.visible().filter(pk=pk).first()
        if found is None:
            raise Http404
        context = {"request": request, "standing": selectors.standing(found)}
        return Response(VolunteerDetailSerializer(found, context=context).data)


class TeamAPI(PagedView):
    permission = permissions.VIEW
    serializer = TeamSerializer
    orderings: ClassVar[Sequence[Ordering]] = (
        Ordering("unit", "组织顺序", "unit__path"), Ordering("name", "队伍名称", "name"),
    )  # fmt: skip

    def visible(self) -> QuerySet[Team]:
        return selectors.with_members(Team.objects.visible_to(self.request.user).select_related("unit", "leader"))


class TeamListAPI(TeamAPI):
    @extend_schema(
        tags=TAGS, parameters=TEAM_FILTERS, responses=TeamSerializer(many=True), operation_id="volunteer_teams_list"
    )
    def get(self, request: Request) -> Response:
        """志愿队伍列表，按组织顺序，按位置翻页。"""
        rows = self.filtered(TeamFilter, request, self.visible())
        text = search_text(request.query_params)
        return self.paged(request, selectors.search_teams(rows, text) if text else rows)


class TeamDetailAPI(TeamAPI):
    @extend_schema(tags=TAGS, responses=TeamSerializer, operation_id="volunteer_teams_detail")
    def get(self, request: Request, pk: int) -> Response:
        """一支志愿队伍。"""
        found = self.visible().filter(pk=pk).first()
        if found is None:
            raise Http404
        return Response(TeamSerializer(found, context={"request": request}).data)
