"""Views of the API. Each calls the service that the page calls."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.addresses import client_ip
from common import events as history
from common.api import KeysetPagination, PlainView
from common.api_forms import check, represent, represent_all
from common.api_inputs import serializer_class
from common.codes import own_request_key
from common.errors import Invalid
from common.masks import mask_text
from common.pages.keyset import Ordering
from common.scope import scope_of
from common.workflow import Action
from petitions import permissions, selectors
from petitions.api.serializers import (
    AttachmentSerializer,
    AvailableActionSerializer,
    EventSerializer,
    PetitionDetailSerializer,
    PetitionSerializer,
    RegisteredSerializer,
    RegisterSerializer,
    RevealedSerializer,
    RevealSerializer,
    UploadSerializer,
)
from petitions.filters import PetitionFilter
from petitions.models import Attachment, Petition
from petitions.querysets import PetitionQuerySet
from petitions.services import petition_register, petition_register_and_dispatch
from petitions.services.attachments import petition_attach
from petitions.services.personal import petition_reveal
from petitions.views.ticket import file_response
from petitions.workflow import FLOW

TAGS = ["petitions"]
KEY = OpenApiParameter(
    "Idempotency-Key", str, OpenApiParameter.HEADER,
    description="同一个键重复提交只登记一件，再次提交得到第一次的结果。最长 200 个字符。",
)  # fmt: skip
FILTERS = [
    OpenApiParameter("q", str, description="关键词：内容、地点、编号；有登记权限的也可按电话。"),
    OpenApiParameter("state", str, many=True, description="状态，可以多个。"),
    OpenApiParameter("category", int, description="分类，大类含其小类。"),
    OpenApiParameter("unit", int, description="街道、社区或网格。"),
    OpenApiParameter("lead", str, description="主办单位，如 u12、d7。"),
    OpenApiParameter("deadline", str, enum=["overdue", "today", "late"], description="时限。"),
    OpenApiParameter("kind", str), OpenApiParameter("channel", str), OpenApiParameter("urgency", str),
    OpenApiParameter("received_after", OpenApiTypes.DATE, description="接收日期起。"),
    OpenApiParameter("received_before", OpenApiTypes.DATE, description="接收日期止。"),
    OpenApiParameter("month", str, description="接收月份，如 2026-09。"),
    OpenApiParameter("measure", str, description="统计指标，与月报表格的列相同。"),
]  # fmt: skip


class PetitionAPI(PlainView):
    """Base: one ticket of the caller's scope."""

    permission = permissions.VIEW

    def visible(self, pk: int) -> PetitionQuerySet:
        return Petition.objects.visible_to(self.request.user).filter(pk=pk)

    def get_object(self, pk: int) -> Petition:
        found = selectors.as_shown(self.visible(pk))
        if found is None:
            raise Http404
        return found

    def respond(self, petition: Petition, status: int = 200) -> Response:
        """A ticket just written, as the database has it now."""
        return self.shown(self.get_object(petition.pk), status)

    def shown(self, petition: Petition, status: int = 200) -> Response:
        return Response(represent(PetitionDetailSerializer, petition, self.request), status)


class PetitionListAPI(PlainView):
    """The list, and registering."""

    permission = permissions.VIEW
    pagination_class = KeysetPagination
    orderings: ClassVar[Sequence[Ordering]] = (
        Ordering("received", "接收时间", "received_at", descending=True), Ordering("due", "时限", "due_at"),
    )  # fmt: skip

    def get_queryset(self) -> QuerySet[Petition]:
        """Visible, filtered and searched; raises ``ValidationError`` for a condition that makes no sense."""
        request = self.request
        rows = selectors.for_lists(Petition.objects.visible_to(request.user))
        filters = PetitionFilter(request.query_params, queryset=rows, request=request)
        if not filters.form.is_valid():
            raise serializers.ValidationError({name: list(texts) for name, texts in filters.form.errors.items()})
        rows = filters.qs
        words = request.query_params.get("q", "").replace("\x00", "").strip()[:100]
        if not words:
            return rows
        return selectors.search(rows, words, by_phone=scope_of(request.user).may(permissions.REGISTER))

    @extend_schema(
        tags=TAGS, parameters=FILTERS, responses=PetitionSerializer(many=True), operation_id="petitions_list"
    )
    def get(self, request: Request) -> Response:
        """工单列表，按位置翻页。"""
        paginator = self.pagination_class()
        rows = paginator.paginate_queryset(self.get_queryset(), request, self)
        data = represent_all(PetitionSerializer, rows, request)
        return paginator.get_paginated_response(data)

    @extend_schema(
        tags=TAGS,
        parameters=[KEY],
        request=RegisterSerializer,
        responses={201: RegisteredSerializer},
        operation_id="petitions_register",
    )
    def post(self, request: Request) -> Response:
        """登记诉求。"""
        values = check(RegisterSerializer, request)
        values.setdefault("channel", selectors.usual_channel(request.user))
        values["unit"] = values.get("unit") or self._own_unit(request)
        register = petition_register_and_dispatch if values.pop("dispatch") else petition_register
        result = register(actor=request.user, request_key=_request_key(request), **values)
        return Response(represent(RegisteredSerializer, result, request), 200 if result.repeated else 201)

    def _own_unit(self, request: Request) -> Any:
        unit = selectors.own_unit(request.user)
        if unit is None:
            raise Invalid("请填写所属单位。", "unit")
        return unit


def _request_key(request: Request) -> uuid.UUID | None:
    key = request.headers.get("Idempotency-Key", "")
    if len(key) > 200:
        raise Invalid("Idempotency-Key 最长 200 个字符。")
    return own_request_key(request.user.pk, key) if key else None


class PetitionDetailAPI(PetitionAPI):
    @extend_schema(tags=TAGS, responses=PetitionDetailSerializer, operation_id="petitions_detail")
    def get(self, request: Request, pk: int) -> Response:
        """一件工单。"""
        return self.shown(self.get_object(pk))


class TimelineAPI(PetitionAPI):
    @extend_schema(tags=TAGS, responses=EventSerializer(many=True), operation_id="petitions_timeline")
    def get(self, request: Request, pk: int) -> Response:
        """办理过程，最近的在前。"""
        petition = get_object_or_404(self.visible(pk).only("stream"))
        rows = [
            {
                "seq": event.seq,
                "at": event.at,
                "kind": event.kind,
                "label": history.kind_of(event.kind).label,
                "text": mask_text(history.kind_of(event.kind).describe(event.data)),
                "actor": str(event.actor) if event.actor else None,
            }
            for event in history.whole_timeline(petition)
        ]
        return Response(EventSerializer(rows, many=True).data)


class ActionsAPI(PetitionAPI):
    @extend_schema(tags=TAGS, responses=AvailableActionSerializer(many=True), operation_id="petitions_actions")
    def get(self, request: Request, pk: int) -> Response:
        """现在可以办理的操作。"""
        petition = self.get_object(pk)
        return Response([_described(action, petition, request) for action in FLOW.available(petition, request.user)])


def _described(action: Action, petition: Petition, request: Request) -> dict[str, Any]:
    needed = [
        {"name": field.name, "label": field.label, "input": field.input.value, "required": field.required}
        for field in action.fields
    ]
    url = request.build_absolute_uri(f"/api/v1/petitions/{petition.pk}/actions/{action.name}/")
    return {"name": action.name, "label": action.label, "help": action.help, "url": url, "fields_needed": needed}


class ActionAPI(PetitionAPI):
    """One row of the workflow table. A subclass per action is made by :func:`action_view`."""

    row: ClassVar[Action]

    def post(self, request: Request, pk: int) -> Response:
        petition = self.get_object(pk)
        FLOW.require(self.row.name, petition, request.user)
        form = serializer_class(self.row, petition, request.user, FLOW.key)(
            data=request.data, context={"request": request}
        )
        form.is_valid(raise_exception=True)
        return self.respond(FLOW.perform(self.row.name, petition, request.user, **form.validated_data))


def action_view(action: Action) -> type[ActionAPI]:
    """The API view of an action, described from the table."""
    name = "".join(part.title() for part in action.name.split("_"))
    return type(f"{name}ActionAPI", (ActionAPI,), {"row": action, "post": _post_of(action)})


def _post_of(action: Action) -> Any:
    def post(self: ActionAPI, request: Request, pk: int) -> Response:
        return ActionAPI.post(self, request, pk)

    post.__doc__ = f"{action.label}：{action.help}"
    described = extend_schema(
        tags=TAGS, request=serializer_class(action, None, None, FLOW.key), responses=PetitionDetailSerializer,
        operation_id=f"petitions_action_{action.name}",
    )  # fmt: skip
    return described(post)


class RevealAPI(PetitionAPI):
    @extend_schema(tags=TAGS, request=RevealSerializer, responses=RevealedSerializer, operation_id="petitions_reveal")
    def post(self, request: Request, pk: int) -> Response:
        """查看诉求人的一项信息；必须写明理由，每次都有记录。"""
        petition = self.get_object(pk)
        form = RevealSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        source = client_ip(request._request)
        value = petition_reveal(petition=petition, actor=request.user, source=source, **form.validated_data)
        response = Response({"field": form.validated_data["field"], "value": value})
        response["Cache-Control"] = "no-store"
        return response


class AttachmentsAPI(PetitionAPI):
    permission = (permissions.REGISTER, permissions.TRIAGE, permissions.HANDLE)

    @extend_schema(
        tags=TAGS, request={"multipart/form-data": UploadSerializer}, responses={201: AttachmentSerializer(many=True)},
        operation_id="petitions_attach",
    )  # fmt: skip
    def post(self, request: Request, pk: int) -> Response:
        """上传附件。"""
        petition = self.get_object(pk)
        form = UploadSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        petition_attach(petition=petition, actor=request.user, files=form.validated_data["files"])
        rows = petition.attachments.all()
        return Response(AttachmentSerializer(rows, many=True, context={"request": request}).data, 201)


class AttachmentAPI(PlainView):
    permission = permissions.VIEW

    @extend_schema(
        tags=TAGS,
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
        operation_id="petitions_attachment",
    )
    def get(self, request: Request, pk: int) -> FileResponse:
        """下载附件。"""
        file = Attachment.objects.visible_to(request.user).filter(pk=pk).first()
        if file is None:
            raise Http404
        return file_response(file)
