"""What the API says about the person behind a request."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from accounts.models import RoleAssignment
from common.permissions import label_of


class RoleSerializer(serializers.ModelSerializer):
    """A role in force; ``unit`` and ``department`` are official codes, one of them empty."""

    label = serializers.CharField(source="get_role_display", help_text="角色名称")
    unit = serializers.CharField(source="unit.code", default="", help_text="单位代码")
    department = serializers.CharField(source="department.code", default="", help_text="职能部门代码")
    seat = serializers.CharField(help_text="任职单位或部门名称")

    class Meta:
        model = RoleAssignment
        fields = ("role", "label", "unit", "department", "seat", "first_day", "last_day")
        read_only_fields = fields


class PermissionSerializer(serializers.Serializer):
    code = serializers.CharField(help_text="权限代码")
    label = serializers.CharField(help_text="权限名称")

    def to_representation(self, instance: str) -> dict[str, str]:
        return {"code": instance, "label": label_of(instance)}


class MeSerializer(serializers.Serializer):
    """Who the caller is, and what they may do."""

    username = serializers.CharField(help_text="用户名")
    display_name = serializers.CharField(help_text="姓名")
    roles = RoleSerializer(source="current_roles", many=True)
    permissions = serializers.SerializerMethodField()

    def get_permissions(self, user: Any) -> list[dict[str, str]]:
        codes = sorted(user.scope.permissions)
        return [dict(row) for row in PermissionSerializer(codes, many=True).data]
