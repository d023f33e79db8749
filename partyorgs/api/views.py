"""Reading party organisations through the API, in the caller's scope."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from common.api import PagedView
from common.pages import Ordering
from common.pages.lists import search_text
from partyorgs import permissions
from partyorgs.api.serializers import OrganisationSerializer
from partyorgs.choices import OrganisationKind, SetUpMode
from partyorgs.filters import OrganisationFilter
from partyorgs.models import PartyOrganisation
from partyorgs.querysets import OrganisationQuerySet
from partyorgs.selectors import search_organisations

TAGS = ["party-organisations"]
FILTERS = [
    OpenApiParameter("q", str, description="名称、书记或所在单位。"),
    OpenApiParameter("kind", str, enum=OrganisationKind.values, description="类别。"),
    OpenApiParameter("mode", str, enum=SetUpMode.values, description="组建方式。"),
    OpenApiParameter("term", str, enum=["ended", "ending", "missing"], description="已届满、即将届满、未填写任期。"),
    OpenApiParameter("flag", str, enum=["size", "misplaced", "no_secretary"], description="需要关注的情况。"),
    OpenApiParameter("street", int, description="所属镇街的编号。"),
    OpenApiParameter("state", str, enum=["active", "closed"], description="在册或已撤销。"),
]


class OrganisationAPI(PagedView):
    permission = permissions.PARTY_VIEW
    serializer = OrganisationSerializer
    orderings: ClassVar[Sequence[Ordering]] = (
        Ordering("unit", "组织顺序", "unit__path"), Ordering("term", "届满日期", "term_last_day"),
        Ordering("members", "党员数", "members_count", descending=True),
    )  # fmt: skip

    def visible(self) -> OrganisationQuerySet:
        return PartyOrganisation.objects.visible_to(self.request.user).select_related("unit", "household__unit")

    def organisation(self, pk: int) -> PartyOrganisation:
        found = self.visible().filter(pk=pk).first()
        if found is None:
            raise Http404
        return found


class OrganisationListAPI(OrganisationAPI):
    @extend_schema(
        tags=TAGS,
        parameters=FILTERS,
        responses=OrganisationSerializer(many=True),
        operation_id="party_organisations_list",
    )
    def get(self, request: Request) -> Response:
        """党组织列表，按组织顺序，按位置翻页。"""
        rows = self.filtered(OrganisationFilter, request, self.visible())
        text = search_text(request.query_params)
        return self.paged(request, search_organisations(rows, text) if text else rows)


class OrganisationDetailAPI(OrganisationAPI):
    @extend_schema(tags=TAGS, responses=OrganisationSerializer, operation_id="party_organisations_detail")
    def get(self, request: Request, pk: int) -> Response:
        """一个党组织。"""
        return Response(OrganisationSerializer(self.organisation(pk)).data)


class OrganisationChildrenAPI(OrganisationAPI):
    @extend_schema(tags=TAGS, responses=OrganisationSerializer(many=True), operation_id="party_organisations_children")
    def get(self, request: Request, pk: int) -> Response:
        """一个党组织的直接下级（在册的）。"""
        return self.paged(request, self.visible().active().filter(parent=self.organisation(pk)))
