"""What the API says about party organisations. No account and no member is named, only who is in office."""

from __future__ import annotations

from typing import ClassVar

from rest_framework import serializers

from grid.api.serializers import UnitRefSerializer
from partyorgs.models import PartyOrganisation
from partyorgs.policies import size_warning
from partyorgs.selectors import term_state


class OrganisationSerializer(serializers.ModelSerializer):
    kind_label = serializers.CharField(source="get_kind_display", read_only=True)
    mode_label = serializers.CharField(source="get_mode_display", read_only=True)
    unit = UnitRefSerializer(read_only=True)
    household = serializers.CharField(read_only=True, allow_null=True, help_text="党员中心户所在的户")
    term_text = serializers.SerializerMethodField(help_text="任期的说明，例如 还有 30 天届满")
    size_warning = serializers.SerializerMethodField(help_text="党员数与类别不符时的说明，正常为空")

    class Meta:
        model = PartyOrganisation
        fields: ClassVar = (
            "id", "name", "kind", "kind_label", "mode", "mode_label", "partners", "parent", "unit", "household",
            "secretary_name", "members_count", "members_on", "term_first_day", "term_years", "term_last_day",
            "term_text", "size_warning", "is_active",
        )  # fmt: skip

    def get_term_text(self, row: PartyOrganisation) -> str:
        return term_state(row).text

    def get_size_warning(self, row: PartyOrganisation) -> str:
        return size_warning(row.kind, row.members_count, row.unit.level) if row.is_active else ""
