"""What the API says about units and departments."""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from grid import policies
from grid.choices import Level
from grid.models import Department, PostHolding, Unit
from grid.tables import post_title

UNIT_FIELDS = (
    "id", "code", "name", "aliases", "level", "level_label", "kind", "parent", "households", "size_fault",
    "child_count", "holder_count", "is_active", "merged_into",
)  # fmt: skip


class UnitRefSerializer(serializers.ModelSerializer):
    class Meta:
        model = Unit
        fields: ClassVar = ("id", "code", "name", "level")


class UnitSerializer(serializers.ModelSerializer):
    """One unit of the tree."""

    level_label = serializers.SerializerMethodField(help_text="本地对这一层级的叫法")
    child_count = serializers.IntegerField(read_only=True, help_text="启用的直接下级数")
    holder_count = serializers.IntegerField(read_only=True, help_text="在岗人数")
    households = serializers.SerializerMethodField(help_text="户数；网格以上为各网格合计")
    size_fault = serializers.SerializerMethodField(help_text="网格户数超出范围时的说明，正常为空")

    class Meta:
        model = Unit
        fields: ClassVar = UNIT_FIELDS

    def get_level_label(self, unit: Unit) -> str:
        return policies.level_word(unit.level)

    def get_households(self, unit: Unit) -> int:
        summed: dict[int, int] = self.context["households"]
        return summed[unit.pk]

    def get_size_fault(self, unit: Unit) -> str:
        if unit.level != Level.GRID or not unit.is_active:
            return ""
        rule = self.context.get("size_rule") or policies.grid_size(timezone.localdate())
        return rule.fault(unit.households)


class PostSerializer(serializers.ModelSerializer):
    title = serializers.SerializerMethodField()

    class Meta:
        model = PostHolding
        fields: ClassVar = ("id", "post", "title", "seat", "name", "first_day")

    def get_title(self, holding: PostHolding) -> str:
        return post_title(holding)


class UnitDetailSerializer(UnitSerializer):
    """A unit with those above it and the people in its posts."""

    ancestors = serializers.SerializerMethodField(help_text="从最上级到直接上级，只含看得到的")
    posts = serializers.SerializerMethodField(help_text="在任的岗位人员")

    class Meta:
        model = Unit
        fields: ClassVar = (*UNIT_FIELDS, "ancestors", "posts")

    @extend_schema_field(UnitRefSerializer(many=True))
    def get_ancestors(self, unit: Unit) -> Any:
        return UnitRefSerializer(self.context["ancestors"], many=True).data

    @extend_schema_field(PostSerializer(many=True))
    def get_posts(self, unit: Unit) -> Any:
        return PostSerializer(self.context["posts"], many=True).data


class DepartmentSerializer(serializers.ModelSerializer):
    class Meta:
        model = Department
        fields: ClassVar = ("id", "code", "name", "short_name", "sort", "is_active")
