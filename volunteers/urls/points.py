"""Addresses of points."""

from __future__ import annotations

from django.urls import URLPattern, path

from volunteers.views import points, points_lists, points_requests
from volunteers.views.own import points as own

urlpatterns: list[URLPattern] = [
    path("volunteers/points/", points.OverviewView.as_view(), name="points-overview"),
    path("volunteers/points/requests/", points_lists.RequestList.as_view(), name="points-requests"),
    path("volunteers/points/requests/<int:pk>/", points_requests.RequestPage.as_view(), name="points-request"),
    path(
        "volunteers/points/requests/<int:pk>/<slug:action>/", points_requests.RequestAction.as_view(), name="points-request-act"
    ),
    path("volunteers/points/adjust/", points_requests.AdjustView.as_view(), name="points-adjust"),
    path("volunteers/points/items/", points_requests.ItemView.as_view(), name="points-item"),
    path("volunteers/points/grants/", points_requests.GrantView.as_view(), name="points-grant"),
    path("volunteers/points/entries/", points_lists.EntryList.as_view(), name="points-entries"),
    path("volunteers/points/entries/<int:pk>/", points_requests.EntryPage.as_view(), name="points-entry"),
    path("volunteers/points/entries/<int:pk>/reverse/", points_requests.ReverseView.as_view(), name="points-reverse"),
    path("volunteers/points/accounts/<int:pk>/", points.AccountPage.as_view(), name="points-account"),
    path(
        "volunteers/points/accounts/<int:pk>/<slug:file_format>/", points.StatementFile.as_view(),
        name="points-statement-file",
    ),
    path("volunteers/points/statements/", points.YearlyView.as_view(), name="points-statements"),
    path("my/points/", own.OwnPoints.as_view(), name="own-points"),
    path("my/points/donate/", own.DonateView.as_view(), name="own-points-donate"),
    path("my/points/statement/<slug:file_format>/", own.OwnStatementFile.as_view(), name="own-points-file"),
    path("my/ranking/", own.RankingView.as_view(), name="points-ranking"),
]  # fmt: skip
