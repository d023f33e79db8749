"""Reading points through the API, in the caller's scope: programmes, accounts, statements and what two people decide."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common.pages import Ordering
from grid.api.serializers import UnitRefSerializer
from volunteers import permissions
from volunteers.api.base import MaskedField, RowsView
from volunteers.choices import AccountKind, EntryKind, RequestState
from volunteers.filters.points import AccountFilter, ProgrammeFilter, RequestFilter
from volunteers.models import Account, PointsRequest, Programme
from volunteers.selectors import points as selectors

TAGS = ["points"]
DIGITS: dict[str, Any] = {"max_digits": 12, "decimal_places": 2}
PROGRAMME = OpenApiParameter("programme", int, description="积分项目的编号。")
STREET = OpenApiParameter("street", int, description="所属镇街的编号。")
PROGRAMME_FILTERS = [
    OpenApiParameter("q", str, description="名称或代码。"),
    OpenApiParameter("state", str, enum=["open", "closed"], description="在用或停用。"),
]
ACCOUNT_FILTERS = [OpenApiParameter("q", str, description="志愿者编号。"), PROGRAMME, STREET]
REQUEST_FILTERS = [
    OpenApiParameter("q", str, description="志愿者编号、理由。"),
    OpenApiParameter("state", str, enum=RequestState.values, description="状态。"),
    OpenApiParameter("kind", str, enum=EntryKind.values, description="类型。"),
    PROGRAMME, STREET,
]  # fmt: skip


class ProgrammeSerializer(serializers.ModelSerializer):
    class Meta:
        model = Programme
        fields: ClassVar = ("id", "key", "name", "is_active")


class AccountSerializer(serializers.ModelSerializer):
    programme = ProgrammeSerializer(read_only=True)
    volunteer = serializers.CharField(source="volunteer.number", read_only=True, help_text="志愿者编号")
    volunteer_id = serializers.IntegerField(read_only=True)
    unit = UnitRefSerializer(source="volunteer.unit", read_only=True)
    balance = serializers.DecimalField(**DIGITS, read_only=True, help_text="余额，不会小于零")

    class Meta:
        model = Account
        fields: ClassVar = ("id", "programme", "volunteer", "volunteer_id", "unit", "balance")


class MovementSerializer(serializers.Serializer):
    at = serializers.DateTimeField(help_text="入账时间")
    day = serializers.DateField(help_text="所属日期")
    kind = serializers.CharField(help_text="类型")
    reason = serializers.CharField(help_text="摘要")
    amount = serializers.DecimalField(**DIGITS, help_text="收入为正，付出为负")
    balance = serializers.DecimalField(**DIGITS, help_text="这一笔之后的余额")
    entry = serializers.IntegerField(help_text="分录编号")


class StatementSerializer(serializers.Serializer):
    volunteer = serializers.CharField(source="volunteer.number", help_text="志愿者编号")
    programme = ProgrammeSerializer()
    year = serializers.IntegerField()
    opening = serializers.DecimalField(**DIGITS, help_text="年初余额")
    closing = serializers.DecimalField(**DIGITS, help_text="年末余额")
    movements = MovementSerializer(many=True)


class YearSerializer(serializers.Serializer):
    year = serializers.IntegerField(min_value=2000, max_value=2100, required=False)


class PointsRequestSerializer(serializers.ModelSerializer):
    programme = ProgrammeSerializer(read_only=True)
    volunteer = serializers.CharField(source="volunteer.number", read_only=True, help_text="志愿者编号")
    unit = UnitRefSerializer(source="volunteer.unit", read_only=True)
    kind_label = serializers.CharField(source="get_kind_display", read_only=True)
    state_label = serializers.CharField(source="get_state_display", read_only=True)
    reason = MaskedField(read_only=True)
    decision = MaskedField(read_only=True)
    proposed_by = serializers.CharField(source="proposed_by.display_name", read_only=True, default="")
    decided_by = serializers.CharField(source="decided_by.display_name", read_only=True, default="")

    class Meta:
        model = PointsRequest
        fields: ClassVar = (
            "id", "programme", "volunteer", "unit", "kind", "kind_label", "item", "amount", "day", "reason", "reverses",
            "state", "state_label", "proposed_by", "proposed_at", "decided_by", "decided_at", "decision",
        )  # fmt: skip


class ProgrammeListAPI(RowsView):
    permission = permissions.VIEW
    serializer = ProgrammeSerializer
    filterset, search = ProgrammeFilter, selectors.search_programmes
    orderings: ClassVar[Sequence[Ordering]] = (Ordering("id", "编号", "pk"),)

    def visible(self) -> QuerySet[Programme]:
        return Programme.objects.visible_to(self.request.user)

    @extend_schema(
        tags=TAGS, parameters=PROGRAMME_FILTERS, responses=ProgrammeSerializer(many=True),
        operation_id="point_programmes_list",
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """积分项目列表。各项目的规则见系统的“积分规则”。"""
        return self.list_of(request)


class AccountAPI(RowsView):
    """Accounts of persons; the other sides of the ledger are the office's own business."""

    permission = permissions.VIEW
    serializer = AccountSerializer
    filterset, search = AccountFilter, selectors.search_accounts
    orderings: ClassVar[Sequence[Ordering]] = (
        Ordering("volunteer", "志愿者编号", "volunteer__number"),
        Ordering("balance", "余额", "balance", descending=True),
    )

    def visible(self) -> QuerySet[Account]:
        rows = Account.objects.visible_to(self.request.user).filter(kind=AccountKind.PERSON)
        return rows.select_related("programme", "volunteer__unit")


class AccountListAPI(AccountAPI):
    @extend_schema(
        tags=TAGS, parameters=ACCOUNT_FILTERS, responses=AccountSerializer(many=True),
        operation_id="point_accounts_list",
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """志愿者的积分账户和余额，按志愿者编号，按位置翻页。"""
        return self.list_of(request)


class AccountDetailAPI(AccountAPI):
    @extend_schema(tags=TAGS, responses=AccountSerializer, operation_id="point_accounts_detail")
    def get(self, request: Request, pk: int) -> Response:
        """一个积分账户。"""
        return self.represent(self.one(pk))


class StatementAPI(AccountAPI):
    @extend_schema(
        tags=TAGS,
        parameters=[OpenApiParameter("year", int, description="年度，默认今年。")],
        responses=StatementSerializer,
        operation_id="point_accounts_statement",
    )
    def get(self, request: Request, pk: int) -> Response:
        """一个账户一年的对账单：年初余额、每一笔变动和年末余额。"""
        account: Any = self.one(pk)
        form = YearSerializer(data=request.query_params)
        form.is_valid(raise_exception=True)
        year = form.validated_data.get("year", timezone.localdate().year)
        found = selectors.statement(account.volunteer, account.programme, year)
        return self.represent(found, StatementSerializer)


class RequestAPI(RowsView):
    permission = permissions.VIEW
    serializer = PointsRequestSerializer
    filterset, search = RequestFilter, selectors.search_requests
    orderings: ClassVar[Sequence[Ordering]] = (
        Ordering("proposed", "提出时间", "proposed_at", descending=True),
    )  # fmt: skip

    def visible(self) -> QuerySet[PointsRequest]:
        rows = PointsRequest.objects.visible_to(self.request.user)
        return rows.select_related("programme", "volunteer__unit", "proposed_by", "decided_by")


class RequestListAPI(RequestAPI):
    @extend_schema(
        tags=TAGS, parameters=REQUEST_FILTERS, responses=PointsRequestSerializer(many=True),
        operation_id="point_requests_list",
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """积分调整列表，最近提出的在前，按位置翻页。"""
        return self.list_of(request)


class RequestDetailAPI(RequestAPI):
    @extend_schema(tags=TAGS, responses=PointsRequestSerializer, operation_id="point_requests_detail")
    def get(self, request: Request, pk: int) -> Response:
        """一笔积分调整：谁提出，谁复核。"""
        return self.represent(self.one(pk))
