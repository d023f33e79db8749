"""Reading community funds through the API, in the caller's scope."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

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
from staff import permissions
from staff.choices import FundEntryKind, FundState
from staff.filters.funds import AccountFilter, EntryFilter
from staff.models import FundAccount, FundEntry
from staff.selectors.funds import search_accounts, search_entries

TAGS = ["staff"]
PLACE = [
    OpenApiParameter("year", int, description="年度。"),
    OpenApiParameter("fund", str, description="经费代码。"),
    OpenApiParameter("street", int, description="所属镇街的编号。"),
    OpenApiParameter("community", int, description="所属社区的编号。"),
]


class FundAccountSerializer(serializers.ModelSerializer):
    unit = UnitRefSerializer(read_only=True)
    budget = serializers.DecimalField(14, 2, read_only=True, help_text="可用经费＝收到的－下达下级的")
    rate = serializers.SerializerMethodField(help_text="执行率，如 38.50%；没有经费时为 —")

    class Meta:
        model = FundAccount
        fields: ClassVar = (
            "id", "unit", "fund", "label", "year", "received", "given", "budget", "spent", "carried", "balance", "rate",
            "is_closed",
        )  # fmt: skip

    def get_rate(self, row: FundAccount) -> str:
        return str(row.rate)


class FundEntrySerializer(serializers.ModelSerializer):
    account = FundAccountSerializer(read_only=True)
    other = serializers.SerializerMethodField(help_text="转入的单位，没有时为空")
    kind_label = serializers.CharField(source="get_kind_display", read_only=True)
    state_label = serializers.CharField(source="get_state_display", read_only=True)

    class Meta:
        model = FundEntry
        fields: ClassVar = (
            "id", "account", "other", "kind", "kind_label", "amount", "day", "payee", "use", "voucher", "note", "is_reversed",
            "state", "state_label",
        )  # fmt: skip

    def get_other(self, row: FundEntry) -> str:
        return row.other.unit.name if row.other else ""


class AccountAPI(PagedView):
    permission = permissions.FUND_VIEW
    serializer = FundAccountSerializer
    orderings: ClassVar[Sequence[Ordering]] = (
        Ordering("place", "组织顺序", "unit__path"), Ordering("balance", "余额", "balance", descending=True),
    )  # fmt: skip

    def visible(self) -> QuerySet[FundAccount]:
        return FundAccount.objects.visible_to(self.request.user).select_related("unit")


class AccountListAPI(AccountAPI):
    @extend_schema(
        tags=TAGS, parameters=[OpenApiParameter("q", str, description="单位或经费的名称。"), *PLACE],
        responses=FundAccountSerializer(many=True), operation_id="fund_accounts_list",
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """社区经费账：每个单位每项经费每年一本。"""
        rows = self.filtered(AccountFilter, request, self.visible())
        text = search_text(request.query_params)
        return self.paged(request, search_accounts(rows, text) if text else rows)


class AccountDetailAPI(AccountAPI):
    @extend_schema(tags=TAGS, responses=FundAccountSerializer, operation_id="fund_accounts_detail")
    def get(self, request: Request, pk: int) -> Response:
        """一本经费账。"""
        found = self.visible().filter(pk=pk).first()
        if found is None:
            raise Http404
        return Response(FundAccountSerializer(found).data)


class EntryAPI(PagedView):
    permission = permissions.FUND_VIEW
    serializer = FundEntrySerializer
    orderings: ClassVar[Sequence[Ordering]] = (
        Ordering("day", "日期", "day", descending=True), Ordering("amount", "金额", "amount", descending=True),
    )  # fmt: skip

    def visible(self) -> QuerySet[FundEntry]:
        rows = FundEntry.objects.visible_to(self.request.user)
        return rows.select_related("account__unit", "other__unit")


class EntryListAPI(EntryAPI):
    @extend_schema(
        tags=TAGS, responses=FundEntrySerializer(many=True), operation_id="fund_entries_list",
        parameters=[
            OpenApiParameter("q", str, description="收款单位、凭证号或单位名称。"),
            OpenApiParameter("state", str, enum=FundState.values, description="状态。"),
            OpenApiParameter("kind", str, enum=FundEntryKind.values, description="类型。"), *PLACE,
        ],
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """社区经费收支，新的在前。"""
        rows = self.filtered(EntryFilter, request, self.visible())
        text = search_text(request.query_params)
        return self.paged(request, search_entries(rows, text) if text else rows)


class EntryDetailAPI(EntryAPI):
    @extend_schema(tags=TAGS, responses=FundEntrySerializer, operation_id="fund_entries_detail")
    def get(self, request: Request, pk: int) -> Response:
        """一笔收支。"""
        found = self.visible().filter(pk=pk).first()
        if found is None:
            raise Http404
        return Response(FundEntrySerializer(found).data)
