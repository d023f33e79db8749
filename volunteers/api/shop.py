"""Shops, products and redemptions through the API, in the caller's scope; handing out calls what the counter calls.

Who redeemed is told by number and masked name, the household's number of a property-fee credit is masked.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common.api_forms import check
from common.masks import mask_id, mask_name
from common.pages import Ordering
from grid.api.serializers import UnitRefSerializer
from volunteers import permissions
from volunteers.api.base import RowsView
from volunteers.choices import ProductKind, RedemptionState
from volunteers.filters.shop import OFFERED, OPEN, STOCKS, ProductFilter, RedemptionFilter, ShopFilter
from volunteers.models import Price, Product, Redemption, Shop
from volunteers.selectors import shop as selectors
from volunteers.services.handing_out import find_by_code, redemption_collect
from volunteers.workflow import REDEMPTION_FLOW

TAGS = ["shops"]
MAY_READ = (permissions.VIEW, permissions.SHOPKEEP)
STREET = OpenApiParameter("street", int, description="所属镇街的编号。")
SHOP = OpenApiParameter("shop", int, description="积分超市的编号。")
KIND = OpenApiParameter("kind", str, enum=ProductKind.values, description="类型。")
SHOP_FILTERS = [
    OpenApiParameter("q", str, description="名称、所属单位、经营单位。"),
    OpenApiParameter("state", str, enum=[key for key, _ in OPEN], description="营业中或已停业。"),
    OpenApiParameter("run_by", str, enum=["own", "provider"], description="社区自营或商家经营。"),
    STREET,
]
PRODUCT_FILTERS = [
    OpenApiParameter("q", str, description="商品、积分超市、所属单位。"),
    OpenApiParameter("state", str, enum=[key for key, _ in OFFERED], description="已上架或已下架。"),
    OpenApiParameter("stock", str, enum=[key for key, _ in STOCKS], description="库存：已兑完、少于 5 件、有、不限。"),
    KIND, SHOP, STREET,
]  # fmt: skip
REDEMPTION_FILTERS = [
    OpenApiParameter("q", str, description="兑换编号、商品、志愿者编号。"),
    OpenApiParameter("state", str, many=True, enum=RedemptionState.values, description="状态，可以多个。"),
    OpenApiParameter("reserved_after", OpenApiTypes.DATE, description="兑换日期起。"),
    OpenApiParameter("reserved_before", OpenApiTypes.DATE, description="兑换日期止。"),
    OpenApiParameter("collected_after", OpenApiTypes.DATE, description="领取日期起。"),
    OpenApiParameter("collected_before", OpenApiTypes.DATE, description="领取日期止。"),
    OpenApiParameter("settled", str, enum=["yes", "no"], description="是否已与供应商结算。"),
    KIND, SHOP, STREET,
]  # fmt: skip


class ShopSerializer(serializers.ModelSerializer):
    unit = UnitRefSerializer(read_only=True)
    programme = serializers.CharField(source="programme.key", read_only=True, help_text="收取哪种积分，项目的代码")
    provider = serializers.CharField(
        source="provider.name", read_only=True, default="", help_text="经营单位，社区自营为空"
    )

    class Meta:
        model = Shop
        fields: ClassVar = ("id", "name", "unit", "programme", "provider", "address", "hours", "is_active")


class ShopRefSerializer(serializers.ModelSerializer):
    class Meta:
        model = Shop
        fields: ClassVar = ("id", "name")


class ProductSerializer(serializers.ModelSerializer):
    kind_label = serializers.CharField(source="get_kind_display", read_only=True)
    shop = ShopRefSerializer(read_only=True)
    unit = UnitRefSerializer(source="shop.unit", read_only=True)
    stock = serializers.IntegerField(read_only=True, allow_null=True, help_text="还能兑换的件数，空为不限")

    class Meta:
        model = Product
        fields: ClassVar = (
            "id", "name", "kind", "kind_label", "about", "points", "value", "stock", "most_per_month", "shop", "unit",
            "is_active",
        )  # fmt: skip


class PriceSerializer(serializers.ModelSerializer):
    class Meta:
        model = Price
        fields: ClassVar = ("points", "value", "valid_from")


class ProductDetailSerializer(ProductSerializer):
    prices = PriceSerializer(many=True, read_only=True, help_text="价格的历史，最近的在前")

    class Meta(ProductSerializer.Meta):
        fields: ClassVar = (*ProductSerializer.Meta.fields, "prices")


class RedemptionSerializer(serializers.ModelSerializer):
    shop = ShopRefSerializer(read_only=True)
    product = serializers.CharField(source="product.name", read_only=True)
    product_id = serializers.IntegerField(read_only=True)
    kind = serializers.ChoiceField(source="product.kind", choices=ProductKind.choices, read_only=True)
    volunteer = serializers.CharField(source="volunteer.number", read_only=True, help_text="志愿者编号")
    name = serializers.SerializerMethodField(help_text="遮盖后的姓名，如 张**")
    account_number = serializers.SerializerMethodField(help_text="遮盖后的物业费户号")
    state_label = serializers.CharField(source="get_state_display", read_only=True)

    class Meta:
        model = Redemption
        fields: ClassVar = (
            "id", "number", "shop", "product", "product_id", "kind", "quantity", "points", "value", "volunteer", "name",
            "account_number", "state", "state_label", "reserved_at", "keep_until", "collected_at", "ended_at",
            "settled_on",
        )  # fmt: skip

    def get_name(self, row: Redemption) -> str:
        return mask_name(row.volunteer.person.name)

    def get_account_number(self, row: Redemption) -> str:
        return mask_id(row.account_number)


class RedemptionDetailSerializer(RedemptionSerializer):
    actions = serializers.SerializerMethodField(help_text="现在可以办理的操作")

    class Meta(RedemptionSerializer.Meta):
        fields: ClassVar = (*RedemptionSerializer.Meta.fields, "actions")

    def get_actions(self, row: Redemption) -> list[str]:
        return [action.name for action in REDEMPTION_FLOW.available(row, self.context["request"].user)]


class PickUpSerializer(serializers.Serializer):
    code = serializers.CharField(max_length=40, help_text="志愿者出示的领取码，字母和数字不分大小写")


class ShopAPI(RowsView):
    permission = MAY_READ
    serializer = ShopSerializer
    filterset, search = ShopFilter, selectors.search_shops
    orderings: ClassVar[Sequence[Ordering]] = (
        Ordering("unit", "组织顺序", "unit__path"), Ordering("name", "名称", "name"),
    )  # fmt: skip

    def visible(self) -> QuerySet[Shop]:
        return Shop.objects.visible_to(self.request.user).select_related("unit", "programme", "provider")


class ShopListAPI(ShopAPI):
    @extend_schema(tags=TAGS, parameters=SHOP_FILTERS, responses=ShopSerializer(many=True), operation_id="shops_list")
    def get(self, request: Request) -> Response:
        """积分超市列表，按组织顺序，按位置翻页。"""
        return self.list_of(request)


class ShopDetailAPI(ShopAPI):
    @extend_schema(tags=TAGS, responses=ShopSerializer, operation_id="shops_detail")
    def get(self, request: Request, pk: int) -> Response:
        """一家积分超市。"""
        return self.represent(self.one(pk))


class ProductAPI(RowsView):
    permission = MAY_READ
    serializer = ProductSerializer
    filterset, search = ProductFilter, selectors.search_products
    orderings: ClassVar[Sequence[Ordering]] = (
        Ordering("newest", "上架先后", "pk", descending=True),
        Ordering("points", "所需积分", "points"),
        Ordering("name", "名称", "name"),
    )

    def visible(self) -> QuerySet[Product]:
        return Product.objects.visible_to(self.request.user).select_related("shop__unit")


class ProductListAPI(ProductAPI):
    @extend_schema(
        tags=TAGS, parameters=PRODUCT_FILTERS, responses=ProductSerializer(many=True), operation_id="products_list"
    )
    def get(self, request: Request) -> Response:
        """兑换商品列表，带所需积分和库存，按位置翻页。"""
        return self.list_of(request)


class ProductDetailAPI(ProductAPI):
    @extend_schema(tags=TAGS, responses=ProductDetailSerializer, operation_id="products_detail")
    def get(self, request: Request, pk: int) -> Response:
        """一件兑换商品，连同价格的历史。"""
        return self.represent(self.one(pk), ProductDetailSerializer)


class RedemptionAPI(RowsView):
    permission: ClassVar[str | tuple[str, ...]] = MAY_READ
    serializer = RedemptionSerializer
    filterset, search = RedemptionFilter, selectors.search_redemptions
    orderings: ClassVar[Sequence[Ordering]] = (
        Ordering("reserved", "兑换时间", "reserved_at", descending=True),
        Ordering("keep", "保留至", "keep_until"),
    )

    def visible(self) -> QuerySet[Redemption]:
        rows = Redemption.objects.visible_to(self.request.user)
        return rows.select_related("shop", "product", "volunteer__person")

    def detail(self, row: Any) -> Response:
        return self.represent(self.one(row.pk), RedemptionDetailSerializer)


class RedemptionListAPI(RedemptionAPI):
    @extend_schema(
        tags=TAGS, parameters=REDEMPTION_FILTERS, responses=RedemptionSerializer(many=True),
        operation_id="redemptions_list",
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """兑换列表，最近的在前，按位置翻页。"""
        return self.list_of(request)


class RedemptionDetailAPI(RedemptionAPI):
    @extend_schema(tags=TAGS, responses=RedemptionDetailSerializer, operation_id="redemptions_detail")
    def get(self, request: Request, pk: int) -> Response:
        """一笔兑换。"""
        return self.represent(self.one(pk), RedemptionDetailSerializer)


class RedemptionFindAPI(RedemptionAPI):
    """A POST, so that the code stands in no address and no log."""

    permission = permissions.SHOPKEEP

    @extend_schema(
        tags=TAGS, request=PickUpSerializer, responses=RedemptionDetailSerializer, operation_id="redemptions_find"
    )
    def post(self, request: Request) -> Response:
        """按领取码查找待领取的兑换，核对后再发放；用过的领取码得到 409。"""
        return self.detail(find_by_code(actor=request.user, code=check(PickUpSerializer, request)["code"]))


class RedemptionCollectAPI(RedemptionAPI):
    permission = permissions.SHOPKEEP

    @extend_schema(
        tags=TAGS, request=PickUpSerializer, responses=RedemptionDetailSerializer, operation_id="redemptions_collect"
    )
    def post(self, request: Request, pk: int) -> Response:
        """凭领取码发放，一个领取码只能用一次，第二次得到 409。"""
        row, code = self.one(pk), check(PickUpSerializer, request)["code"]
        return self.detail(redemption_collect(redemption=row, actor=request.user, code=code))
