"""Addresses of orders, menus, providers, visits and care; a resident's own ones start with ``order/`` and ``my/``."""

from __future__ import annotations

from django.urls import URLPattern, path

from volunteers.views import care, order, order_new, order_public, orders, providers
from volunteers.views.own import orders as own_orders

urlpatterns: list[URLPattern] = [
    path("orders/", orders.OrderList.as_view(), name="orders"),
    path("orders/to-dispatch/", orders.ToDispatchList.as_view(), name="orders-to-dispatch"),
    path("orders/open/", orders.OpenList.as_view(), name="orders-open"),
    path("orders/in-service/", orders.InServiceList.as_view(), name="orders-in-service"),
    path("orders/to-review/", orders.ToReviewList.as_view(), name="orders-to-review"),
    path("orders/raised/", orders.RaisedList.as_view(), name="orders-raised"),
    path("orders/served/", orders.ServiceList.as_view(), name="orders-served"),
    path("orders/new/", order_new.CreateOrderView.as_view(), name="order-new"),
    path("orders/report/", order_new.ReportOrderView.as_view(), name="order-report"),
    path("orders/<int:pk>/", order.OrderView.as_view(), name="order"),
    path("orders/<int:pk>/placed/", order.PlacedView.as_view(), name="order-placed"),
    path("orders/<int:pk>/act/<slug:action>/", order.OrderActionView.as_view(), name="order-act"),
    path("orders/<int:pk>/reveal/<slug:field>/", order.OrderRevealView.as_view(), name="order-reveal"),
    path("service-menu/", providers.MenuList.as_view(), name="menu"),
    path("service-menu/new/", providers.AddMenuItem.as_view(), name="menu-new"),
    path("service-menu/<int:pk>/", providers.ChangeMenuItem.as_view(), name="menu-change"),
    path("providers/", providers.ProviderList.as_view(), name="providers"),
    path("providers/new/", providers.CreateProvider.as_view(), name="provider-new"),
    path("providers/<int:pk>/", providers.ProviderView.as_view(), name="provider"),
    path("providers/<int:pk>/change/", providers.ChangeProvider.as_view(), name="provider-change"),
    path("visits/", providers.VisitList.as_view(), name="visits"),
    path("visits/new/", providers.AgreeVisit.as_view(), name="visit-new"),
    path("visits/<int:pk>/", providers.ChangeVisit.as_view(), name="visit-change"),
    path("care/", care.CareList.as_view(), name="care"),
    path("care/new/", care.StartCare.as_view(), name="care-new"),
    path("care/<int:pk>/", care.CareView.as_view(), name="care-recipient"),
    path("care/<int:pk>/hours/", care.AddCareHours.as_view(), name="care-hours"),
    path("care/<int:pk>/change/", care.ChangeCare.as_view(), name="care-change"),
    path("care/<int:pk>/end/", care.EndCare.as_view(), name="care-end"),
    path("care/<int:pk>/visit/", care.OrderVisit.as_view(), name="care-visit"),
    path("care/<int:pk>/reveal/<slug:field>/", care.CareRevealView.as_view(), name="care-reveal"),
    path("order/", order_public.PublicOrderView.as_view(), name="public-order"),
    path("order/placed/", order_public.PublicPlacedView.as_view(), name="public-placed"),
    path("order/query/", order_public.PublicQueryView.as_view(), name="public-order-query"),
    path("my/orders/", own_orders.OwnOrdersView.as_view(), name="own-orders"),
    path("my/orders/new/", own_orders.OwnPlaceView.as_view(), name="own-order-new"),
    path("my/orders/<int:pk>/", own_orders.OwnOrderView.as_view(), name="own-order"),
    path("my/orders/<int:pk>/claim/", own_orders.OwnClaimView.as_view(), name="own-order-claim"),
    path("my/orders/<int:pk>/done/", own_orders.OwnDoneView.as_view(), name="own-order-done"),
    path("my/orders/<int:pk>/give-back/", own_orders.OwnGiveBackView.as_view(), name="own-order-give-back"),
    path("my/orders/<int:pk>/review/", own_orders.OwnReviewView.as_view(), name="own-order-review"),
    path("my/orders/<int:pk>/withdraw/", own_orders.OwnWithdrawView.as_view(), name="own-order-withdraw"),
    path("my/orders/<int:pk>/reveal/<slug:field>/", own_orders.OwnRevealView.as_view(), name="own-order-reveal"),
]
