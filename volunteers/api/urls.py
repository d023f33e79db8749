"""Addresses of the API of volunteer service, under ``/api/v1/``."""

from __future__ import annotations

from django.urls import URLPattern, path

from volunteers.api import activities, honours, orders, people, points, shop

app_name = "volunteers-api"
urlpatterns: list[URLPattern] = [
    # --- people
    path("volunteers/", people.VolunteerListAPI.as_view(), name="volunteers"),
    path("volunteers/<int:pk>/", people.VolunteerDetailAPI.as_view(), name="volunteer"),
    path("volunteer-teams/", people.TeamListAPI.as_view(), name="teams"),
    path("volunteer-teams/<int:pk>/", people.TeamDetailAPI.as_view(), name="team"),
    # --- activities
    path("activities/", activities.ActivityListAPI.as_view(), name="activities"),
    path("activities/<int:pk>/", activities.ActivityDetailAPI.as_view(), name="activity"),
    # --- orders
    path("orders/", orders.OrderListAPI.as_view(), name="orders"),
    path("orders/<int:pk>/", orders.OrderDetailAPI.as_view(), name="order"),
    path("orders/<int:pk>/timeline/", orders.OrderTimelineAPI.as_view(), name="order-timeline"),
    path("orders/<int:pk>/claim/", orders.OrderClaimAPI.as_view(), name="order-claim"),
    # --- points
    path("points/programmes/", points.ProgrammeListAPI.as_view(), name="programmes"),
    path("points/accounts/", points.AccountListAPI.as_view(), name="accounts"),
    path("points/accounts/<int:pk>/", points.AccountDetailAPI.as_view(), name="account"),
    path("points/accounts/<int:pk>/statement/", points.StatementAPI.as_view(), name="statement"),
    path("points/requests/", points.RequestListAPI.as_view(), name="points-requests"),
    path("points/requests/<int:pk>/", points.RequestDetailAPI.as_view(), name="points-request"),
    # --- shops
    path("shops/", shop.ShopListAPI.as_view(), name="shops"),
    path("shops/<int:pk>/", shop.ShopDetailAPI.as_view(), name="shop"),
    path("products/", shop.ProductListAPI.as_view(), name="products"),
    path("products/<int:pk>/", shop.ProductDetailAPI.as_view(), name="product"),
    path("redemptions/", shop.RedemptionListAPI.as_view(), name="redemptions"),
    path("redemptions/find/", shop.RedemptionFindAPI.as_view(), name="redemption-find"),
    path("redemptions/<int:pk>/", shop.RedemptionDetailAPI.as_view(), name="redemption"),
    path("redemptions/<int:pk>/collect/", shop.RedemptionCollectAPI.as_view(), name="redemption-collect"),
    # --- honours
    path("stars/", honours.StarListAPI.as_view(), name="stars"),
    path("nominations/", honours.NominationListAPI.as_view(), name="nominations"),
    path("nominations/<int:pk>/", honours.NominationDetailAPI.as_view(), name="nomination"),
    path("certificates/", honours.CertificateListAPI.as_view(), name="certificates"),
    path("certificates/<int:pk>/", honours.CertificateDetailAPI.as_view(), name="certificate"),
]
