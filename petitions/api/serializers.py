"""What the API shows of a ticket. Nothing here shows a petitioner in clear."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from common.errors import Invalid
from common.masks import mask_address, mask_name, mask_phone, mask_text
from common.workflow_forms import MAX_FILES
from grid.bodies import body_key
from grid.models import Unit
from grid.selectors import departments
from petitions import permissions, selectors
from petitions.choices import Channel, Kind, State, Urgency
from petitions.models import MAX_TEXT, Attachment, Category, Petition
from petitions.policies import may_reveal


class NamedSerializer(serializers.Serializer):
    """A row of another table: its key and name."""

    id = serializers.IntegerField()
    name = serializers.CharField()


class MaskedField(serializers.CharField):
    """Free text without the telephone and card numbers in it."""

    def to_representation(self, value: Any) -> str:
        return mask_text(str(value))


@extend_schema_field(
    {"type": "object", "nullable": True, "properties": {"key": {"type": "string"}, "name": {"type": "string"}}}
)
class LeadField(serializers.Field):
    """Unit or department that is responsible now."""

    def to_representation(self, value: Any) -> dict[str, str]:
        return {"key": body_key(value), "name": value.name}


class PetitionSerializer(serializers.ModelSerializer):
    """A ticket in a list."""

    title = MaskedField(read_only=True)
    place = MaskedField(read_only=True)
    state_label = serializers.SerializerMethodField()
    category = NamedSerializer(read_only=True, allow_null=True)
    street = NamedSerializer(read_only=True, allow_null=True)
    community = NamedSerializer(read_only=True, allow_null=True)
    grid = NamedSerializer(read_only=True, allow_null=True)
    lead = LeadField(read_only=True)
    url = serializers.SerializerMethodField()

    class Meta:
        model = Petition
        fields = (
            "id", "number", "external_number", "title", "place", "kind", "channel", "urgency", "state", "state_label",
            "category", "street", "community", "grid", "lead", "received_at", "due_at", "finish_due_at", "replied_at",
            "ended_at", "solved", "satisfaction", "url",
        )  # fmt: skip

    def get_state_label(self, obj: Petition) -> str:
        return State(obj.state).label

    def get_url(self, obj: Petition) -> str:
        return self.context["request"].build_absolute_uri(f"/api/v1/petitions/{obj.pk}/")


class PetitionerSerializer(serializers.Serializer):
    """Masked; ``may_reveal`` says whether the reader can ask for the clear text, else why not."""

    is_anonymous = serializers.BooleanField()
    name = serializers.CharField()
    phone = serializers.CharField()
    address = serializers.CharField()
    may_reveal = serializers.BooleanField()
    reason = serializers.CharField()


class AttachmentSerializer(serializers.ModelSerializer):
    url = serializers.SerializerMethodField()

    class Meta:
        model = Attachment
        fields = ("id", "name", "content_type", "size", "sha256", "uploaded_at", "url")

    def get_url(self, obj: Attachment) -> str:
        return self.context["request"].build_absolute_uri(f"/api/v1/petitions/attachments/{obj.pk}/")


class AssignmentSerializer(serializers.Serializer):
    role = serializers.CharField()
    body = LeadField()
    due_at = serializers.DateTimeField(allow_null=True)
    given_at = serializers.DateTimeField()
    signed_at = serializers.DateTimeField(allow_null=True)
    replied_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)


class PetitionDetailSerializer(PetitionSerializer):
    """A ticket with all that its page shows."""

    text = MaskedField(read_only=True)
    reply = MaskedField(read_only=True)
    unit = NamedSerializer(read_only=True)
    about_department = NamedSerializer(read_only=True, allow_null=True)
    petitioner = serializers.SerializerMethodField()
    assignments = AssignmentSerializer(many=True, read_only=True)
    attachments = AttachmentSerializer(many=True, read_only=True)

    class Meta(PetitionSerializer.Meta):
        fields = (
            *PetitionSerializer.Meta.fields, "text", "reply", "unit", "about_department", "petitioner", "accepted_at",
            "dispatched_at", "signed_at", "contacted_at", "called_back_at", "sign_due_at", "contact_due_at",
            "sign_in_time", "contact_in_time", "finish_in_time", "refusal_reason", "returns", "reworks", "extensions",
            "dissatisfactions", "exclusion_reason", "excluded_at", "event_seq", "assignments", "attachments",
        )  # fmt: skip

    @extend_schema_field(PetitionerSerializer)
    def get_petitioner(self, obj: Petition) -> dict[str, Any]:
        decision = may_reveal(obj, self.context["request"].user)
        person = getattr(obj, "petitioner", None) if decision else None
        return {
            "is_anonymous": obj.is_anonymous,
            "name": mask_name(person.name) if person else "",
            "phone": mask_phone(person.phone) if person else "",
            "address": mask_address(person.address) if person else "",
            "may_reveal": bool(decision),
            "reason": getattr(decision, "reason", ""),
        }


class UnitKeyField(serializers.IntegerField):
    """Key of an active unit that the caller may register for."""

    def to_internal_value(self, data: Any) -> Unit:
        key = super().to_internal_value(data)
        unit = selectors.unit_of(self.context["request"].user, key, permissions.REGISTER)
        if unit is None or not unit.is_active:
            raise serializers.ValidationError("找不到所选的单位，或您不能为它登记诉求。")
        return unit


class CategoryKeyField(serializers.IntegerField):
    """Key of an active second-level category."""

    def to_internal_value(self, data: Any) -> Category:
        try:
            return selectors.category_of(super().to_internal_value(data))
        except Invalid as error:
            raise serializers.ValidationError(error.message) from error


class RegisterSerializer(serializers.Serializer):
    """A new ticket. Only ``text`` must be given; ``unit`` defaults to the caller's own."""

    text = serializers.CharField(
        max_length=MAX_TEXT,
        error_messages={
            "required": "请填写诉求内容。", "blank": "请填写诉求内容。", "max_length": f"诉求内容最多 {MAX_TEXT} 字，请精简。",
        },
    )  # fmt: skip
    unit = UnitKeyField(required=False, write_only=True)
    place = serializers.CharField(max_length=120, required=False, allow_blank=True)
    category = CategoryKeyField(required=False, allow_null=True, write_only=True)
    name = serializers.CharField(max_length=40, required=False, allow_blank=True)
    phone = serializers.CharField(max_length=30, required=False, allow_blank=True)
    address = serializers.CharField(max_length=200, required=False, allow_blank=True)
    title = serializers.CharField(max_length=100, required=False, allow_blank=True)
    kind = serializers.ChoiceField(Kind.choices, required=False)
    channel = serializers.ChoiceField(
        [choice for choice in Channel.choices if choice[0] not in (Channel.SNAP, Channel.IMPORT)], required=False
    )
    urgency = serializers.ChoiceField(Urgency.choices, required=False)
    about_department = serializers.PrimaryKeyRelatedField(queryset=departments(), required=False, allow_null=True)
    external_number = serializers.CharField(max_length=40, required=False, allow_blank=True)
    received_at = serializers.DateTimeField(required=False)
    dispatch = serializers.BooleanField(required=False, default=False, help_text="登记后按分类直接派单。")
    files = serializers.ListField(child=serializers.FileField(), max_length=MAX_FILES, required=False)


class RegisteredSerializer(serializers.Serializer):
    """The new ticket, or the one made before with the same ``Idempotency-Key``."""

    petition = PetitionSerializer()
    query_code = serializers.CharField()
    repeated = serializers.BooleanField()


class EventSerializer(serializers.Serializer):
    seq = serializers.IntegerField()
    at = serializers.DateTimeField()
    kind = serializers.CharField()
    label = serializers.CharField()
    text = serializers.CharField()
    actor = serializers.CharField(allow_null=True)


class AvailableActionSerializer(serializers.Serializer):
    name = serializers.CharField()
    label = serializers.CharField()
    help = serializers.CharField()
    url = serializers.CharField()
    fields_needed = serializers.ListField(child=serializers.DictField())


class RevealSerializer(serializers.Serializer):
    field = serializers.ChoiceField([("name", "姓名"), ("phone", "电话"), ("address", "住址"), ("text", "诉求原文")])
    reason = serializers.CharField(
        max_length=200, error_messages={"required": "请写明查看理由。", "blank": "请写明查看理由。"}
    )


class RevealedSerializer(serializers.Serializer):
    field = serializers.CharField()
    value = serializers.CharField()


class UploadSerializer(serializers.Serializer):
    files = serializers.ListField(
        child=serializers.FileField(allow_empty_file=True), max_length=MAX_FILES, allow_empty=False,
        error_messages={"required": "请选择要上传的文件。", "empty": "请选择要上传的文件。", "max_length": f"一次最多上传 {MAX_FILES} 个文件。"},
    )  # fmt: skip
