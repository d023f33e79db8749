"""Pages of shops and products for staff and shop keepers."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

from django import forms
from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import FileResponse, Http404, HttpRequest
from django.urls import reverse
from django.views import View

from common.masks import mask_name
from common.pages import (
    CreateView,
    Empty,
    Link,
    Ordering,
    ScopedDetailView,
    ScopedListView,
    ScopedObjectMixin,
    UpdateView,
)
from common.pages.files import stored_file
from common.pages.inputs import ConfirmForm
from common.scope import scope_of
from common.timeline import timeline_of
from common.uploads import type_of
from volunteers import permissions
from volunteers.choices import COLOURS, RedemptionState
from volunteers.filters.shop import ProductFilter, ShopFilter
from volunteers.forms import shop as shop_forms
from volunteers.models import Product, Redemption, Shop
from volunteers.selectors.shop import search_products, search_shops
from volunteers.services import shop as services
from volunteers.services.stock import kept_for_redemptions, stock_count, stock_receive
from volunteers.tables.shop import ProductTable, ShopTable

SEEN_BY = (permissions.VIEW, permissions.SHOPKEEP)
SHOPS = "积分超市"
MOVES = 50
NEWEST = 10


def may_use(row: Any, user: Any, permission: str) -> bool:
    """Whether the person holds the permission for this row."""
    return bool(
        scope_of(user).may(permission)
        and type(row)._default_manager.visible_to(user, permission).filter(pk=row.pk).exists()
    )


def _counted(rows: QuerySet, by: str) -> Coalesce:
    found = rows.order_by().values(by).annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(found, output_field=IntegerField()), 0)


# --- shops


class ShopList(ScopedListView):
    model = Shop
    permission = SEEN_BY
    page_title = SHOPS
    page_lead = "用积分兑换实物、服务或抵扣物业费的地方。积分不是报酬，不得买卖。"
    table_class = ShopTable
    filterset_class = ShopFilter
    orderings = (
        Ordering("unit", "组织顺序", "unit__path"),
        Ordering("name", "名称", "name"),
    )
    search_hint = "名称、所属单位、经营单位"
    create = Link("开设积分超市", "volunteers:shop-create", permissions.SHOP)
    links = (Link("全部商品", "volunteers:products", icon="basket"),)
    empty = Empty("还没有积分超市", "开设之后上架商品，志愿者就可以兑换。", "开设积分超市", "volunteers:shop-create")
    export_report_key = "volunteers.shops"
    export_permission = permissions.EXPORT

    def rows(self, queryset: QuerySet[Shop]) -> QuerySet[Shop]:
        offered = Product.objects.active().filter(shop=OuterRef("pk"))
        waiting = Redemption.objects.visible_to(self.reader).filter(shop=OuterRef("pk"), state=RedemptionState.RESERVED)
        return queryset.select_related("unit", "provider", "programme").annotate(
            product_count=_counted(offered, "shop"), waiting_count=_counted(waiting, "shop")
        )

    def visible(self, user: Any) -> Any:
        self.reader = user
        return super().visible(user)

    def search(self, queryset: QuerySet[Shop], text: str) -> QuerySet[Shop]:
        return search_shops(queryset, text)


class ShopPage(ScopedDetailView):
    model = Shop
    permission = SEEN_BY
    template_name = "volunteers/shop/shop.html"
    object: Shop

    def rows(self, queryset: QuerySet[Shop]) -> QuerySet[Shop]:
        return queryset.select_related("unit", "provider", "programme")

    def trail(self) -> list[tuple[str, str | None]]:
        return [(SHOPS, reverse("volunteers:shops"))]

    def context(self) -> dict[str, Any]:
        shop, user = self.object, self.request.user
        redemptions = Redemption.objects.visible_to(user).filter(shop=shop)
        products = list(Product.objects.visible_to(user).filter(shop=shop).order_by("-is_active", "points", "name"))
        listed = f"{reverse('volunteers:redemptions')}?shop={shop.pk}"
        state = {row["state"]: row["n"] for row in redemptions.order_by().values("state").annotate(n=Count("pk"))}
        return {
            "facts": [
                ("所属单位", shop.unit), ("经营单位", shop.provider or "社区自营"), ("收取的积分", shop.programme.name),
                ("领取地点", shop.address), ("开放时间", shop.hours), ("状态", "营业中" if shop.is_active else "已停业"),
            ],
            "products": products,
            "figures": [
                ("商品", len(products), "种", "", "basket", "blue"),
                ("待领取", state.get(RedemptionState.RESERVED, 0), "笔", f"{listed}&state=reserved", "clock", "amber"),
                ("已领取", state.get(RedemptionState.COLLECTED, 0), "笔", f"{listed}&state=collected", "circle-check",
                 "green"),
            ],
            "may_manage": may_use(shop, user, permissions.SHOP),
            "may_keep": may_use(shop, user, permissions.SHOPKEEP),
            "timeline": timeline_of(shop),
        }  # fmt: skip


class ShopCreate(CreateView):
    permission = permissions.SHOP
    form_class = shop_forms.ShopForm
    service = services.shop_create
    page_title = "开设积分超市"
    breadcrumbs = ((SHOPS, "/volunteers/shops/"), ("开设积分超市", None))
    success_message = "已开设，接下来上架商品。"
    cancel_url = "volunteers:shops"

    def form_arguments(self) -> dict[str, Any]:
        return {"user": self.request.user}


class ShopUpdate(UpdateView):
    """A form about one shop."""

    model = Shop
    permission = permissions.SHOP
    object_permission = permissions.SHOP
    object: Shop
    success_message = "已保存。"

    def rows(self, queryset: QuerySet[Shop]) -> QuerySet[Shop]:
        return queryset.select_related("unit", "provider", "programme")

    def context(self) -> dict[str, Any]:
        return {
            **super().context(),
            "breadcrumbs": [
                (SHOPS, reverse("volunteers:shops")), (self.object.name, self.object.get_absolute_url()),
                (self.page_title, None),
            ],
            "cancel_url": self.object.get_absolute_url(),
        }  # fmt: skip


class ShopChange(ShopUpdate):
    form_class = shop_forms.ShopChangeForm
    service = services.shop_change
    page_title = "修改积分超市"
    version = "event_seq"

    def form_arguments(self) -> dict[str, Any]:
        return {"user": self.request.user, "initial": shop_forms.shop_initial(self.object)}


class ShopClose(ShopUpdate):
    form_class = shop_forms.ReasonForm
    service = services.shop_close
    page_title = "停止营业"
    page_lead = "停业后不能再兑换，已兑换的在保留期内照常领取。"
    submit_label = "停止营业"
    success_message = "已停止营业。"


class ShopReopen(ShopUpdate):
    form_class = ConfirmForm
    service = services.shop_reopen
    page_title = "恢复营业"
    page_lead = "恢复之后志愿者又可以兑换这里的商品。"
    submit_label = "恢复营业"
    success_message = "已恢复营业。"


class ProductCreate(ShopUpdate):
    form_class = shop_forms.ProductForm
    service = services.product_create
    page_title = "上架商品"
    submit_label = "上架"
    success_message = "已上架。"

    def form_arguments(self) -> dict[str, Any]:
        return {}

    def next_url(self, result: Product) -> str:
        return result.get_absolute_url()


# --- products


class ProductList(ScopedListView):
    model = Product
    permission = SEEN_BY
    page_title = "兑换商品"
    breadcrumbs = ((SHOPS, "/volunteers/shops/"), ("兑换商品", None))
    table_class = ProductTable
    filterset_class = ProductFilter
    orderings = (
        Ordering("newest", "上架先后", "pk", descending=True),
        Ordering("points", "所需积分", "points"),
        Ordering("name", "名称", "name"),
    )
    search_hint = "商品、积分超市、所属单位"
    empty = Empty("还没有商品", "在积分超市的页面上架。", "积分超市", "volunteers:shops")
    export_report_key = "volunteers.products"
    export_permission = permissions.EXPORT

    def rows(self, queryset: QuerySet[Product]) -> QuerySet[Product]:
        return queryset.select_related("shop__unit")

    def search(self, queryset: QuerySet[Product], text: str) -> QuerySet[Product]:
        return search_products(queryset, text)


class ProductPage(ScopedDetailView):
    model = Product
    permission = SEEN_BY
    template_name = "volunteers/shop/product.html"
    object: Product

    def rows(self, queryset: QuerySet[Product]) -> QuerySet[Product]:
        return queryset.select_related("shop__unit", "shop__programme")

    def trail(self) -> list[tuple[str, str | None]]:
        return [(SHOPS, reverse("volunteers:shops")), (self.object.shop.name, self.object.shop.get_absolute_url())]

    def context(self) -> dict[str, Any]:
        product, user = self.object, self.request.user
        newest = Redemption.objects.visible_to(user).filter(product=product).select_related("volunteer__person")
        return {
            "facts": [
                ("类型", product.get_kind_display()), ("所需积分", f"{product.points:f}"),
                ("结算价", f"{product.value:f} 元"),
                ("每人每月最多", product.most_per_month or "不限"), ("积分超市", product.shop.name),
                ("说明", product.about, "wide"),
            ],
            "kept": kept_for_redemptions(product),
            "prices": product.prices.select_related("changed_by"),
            "moves": product.moves.select_related("by", "redemption")[:MOVES],
            "newest": [
                (row, mask_name(row.volunteer.person.name), COLOURS[row.state])
                for row in newest.order_by("-reserved_at", "-pk")[:NEWEST]
            ],
            "may_manage": may_use(product, user, permissions.SHOP),
            "may_keep": may_use(product, user, permissions.SHOPKEEP),
            "timeline": timeline_of(product),
        }  # fmt: skip


class ProductUpdate(UpdateView):
    """A form about one product."""

    model = Product
    permission = permissions.SHOP
    object_permission = permissions.SHOP
    object: Product
    success_message = "已保存。"

    def rows(self, queryset: QuerySet[Product]) -> QuerySet[Product]:
        return queryset.select_related("shop__unit")

    def context(self) -> dict[str, Any]:
        product = self.object
        return {
            **super().context(),
            "breadcrumbs": [
                (product.shop.name, product.shop.get_absolute_url()), (product.name, product.get_absolute_url()),
                (self.page_title, None),
            ],
            "cancel_url": product.get_absolute_url(),
        }  # fmt: skip


class ProductChange(ProductUpdate):
    form_class = shop_forms.ProductChangeForm
    service = services.product_change
    page_title = "修改商品"


class ProductPrice(ProductUpdate):
    form_class = shop_forms.PriceForm
    service = services.product_price
    page_title = "调整价格"
    page_lead = "新价格从现在起生效，已经兑换的不变。"
    version = "event_seq"
    success_message = "价格已调整。"


class ProductPicture(ProductUpdate):
    form_class = shop_forms.PictureForm
    service = services.product_picture
    page_title = "更换图片"

    def form_arguments(self) -> dict[str, Any]:
        return {}

    def service_arguments(self, form: forms.BaseForm) -> dict[str, Any]:
        return {**super().service_arguments(form), "submission": self.submission}


class StockUpdate(ProductUpdate):
    """Stock is the keeper's business."""

    permission = permissions.SHOPKEEP
    object_permission = permissions.SHOPKEEP


class StockReceive(StockUpdate):
    form_class = shop_forms.ReceiveForm
    service = stock_receive
    page_title = "进货登记"
    success_message = "已入库。"

    def service_arguments(self, form: forms.BaseForm) -> dict[str, Any]:
        return {**super().service_arguments(form), "submission": self.submission}


class StockCount(StockUpdate):
    form_class = shop_forms.CountForm
    service = stock_count
    page_title = "库存盘点"
    success_message = "已按盘点数调整。"

    def context(self) -> dict[str, Any]:
        kept = kept_for_redemptions(self.object)
        lead = f"账面应有 {(self.object.stock or 0) + kept} 件，其中已兑换待领取 {kept} 件。"
        return {**super().context(), "page_lead": lead}


class PictureView(ScopedObjectMixin, View):
    """The picture of a product, for whoever sees the product."""

    model = Product
    permission = SEEN_BY

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> FileResponse:
        return picture_response(self.get_object())


def picture_response(product: Product) -> FileResponse:
    name = product.picture.name
    if not name:
        raise Http404("这件商品没有图片。")
    return stored_file(name, name=PurePath(name).name, content_type=type_of(name), as_attachment=False)
