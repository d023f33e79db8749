"""Addresses of shops and redemptions."""

from __future__ import annotations

from django.urls import URLPattern, path

from volunteers.views import alliance, counter, redemptions, settlement, shop
from volunteers.views.own import shop as own

urlpatterns: list[URLPattern] = [
    path("volunteers/shops/", shop.ShopList.as_view(), name="shops"),
    path("volunteers/shops/new/", shop.ShopCreate.as_view(), name="shop-create"),
    path("volunteers/shops/<int:pk>/", shop.ShopPage.as_view(), name="shop"),
    path("volunteers/shops/<int:pk>/change/", shop.ShopChange.as_view(), name="shop-change"),
    path("volunteers/shops/<int:pk>/close/", shop.ShopClose.as_view(), name="shop-close"),
    path("volunteers/shops/<int:pk>/reopen/", shop.ShopReopen.as_view(), name="shop-reopen"),
    path("volunteers/shops/<int:pk>/products/new/", shop.ProductCreate.as_view(), name="product-create"),
    path("volunteers/products/", shop.ProductList.as_view(), name="products"),
    path("volunteers/products/<int:pk>/", shop.ProductPage.as_view(), name="product"),
    path("volunteers/products/<int:pk>/change/", shop.ProductChange.as_view(), name="product-change"),
    path("volunteers/products/<int:pk>/price/", shop.ProductPrice.as_view(), name="product-price"),
    path("volunteers/products/<int:pk>/new-picture/", shop.ProductPicture.as_view(), name="product-new-picture"),
    path("volunteers/products/<int:pk>/receive/", shop.StockReceive.as_view(), name="stock-receive"),
    path("volunteers/products/<int:pk>/count/", shop.StockCount.as_view(), name="stock-count"),
    path("volunteers/products/<int:pk>/picture/", shop.PictureView.as_view(), name="product-picture"),
    path("volunteers/redemptions/", redemptions.RedemptionList.as_view(), name="redemptions"),
    path("volunteers/redemptions/<int:pk>/", redemptions.RedemptionPage.as_view(), name="redemption"),
    path(
        "volunteers/redemptions/<int:pk>/act/<slug:action>/", redemptions.RedemptionActionView.as_view(),
        name="redemption-act",
    ),
    path("volunteers/counter/", counter.CounterView.as_view(), name="counter"),
    path("volunteers/counter/redeem/", counter.CounterRedeemView.as_view(), name="counter-redeem"),
    path("volunteers/settlements/", settlement.SettlementList.as_view(), name="settlements"),
    path("volunteers/settlements/sheet/", settlement.SettlementView.as_view(), name="settlement"),
    path("alliance-shops/", alliance.AllianceView.as_view(), name="alliance-shops"),
    path("my/shop/", own.OwnShop.as_view(), name="own-shop"),
    path("my/shop/<int:pk>/", own.OwnProduct.as_view(), name="own-product"),
    path("my/shop/<int:pk>/picture/", own.OwnPicture.as_view(), name="own-product-picture"),
    path("my/redemptions/", own.OwnRedemptions.as_view(), name="own-redemptions"),
    path("my/redemptions/<int:pk>/", own.OwnRedemption.as_view(), name="own-redemption"),
    path("my/redemptions/<int:pk>/cancel/", own.OwnCancel.as_view(), name="own-redemption-cancel"),
]  # fmt: skip
