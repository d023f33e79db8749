"""Addresses of the API of volunteer service, under ``/api/v1/``."""

from __future__ import annotations

from django.urls import URLPattern, path

from volunteers.api import activities, orders, people

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
]
