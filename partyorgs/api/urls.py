"""Addresses of the API of party organisations, under ``/api/v1/``."""

from __future__ import annotations

from django.urls import URLPattern, path

from partyorgs.api import views

app_name = "partyorgs-api"
urlpatterns: list[URLPattern] = [
    path("party-organisations/", views.OrganisationListAPI.as_view(), name="organisations"),
    path("party-organisations/<int:pk>/", views.OrganisationDetailAPI.as_view(), name="organisation"),
    path("party-organisations/<int:pk>/children/", views.OrganisationChildrenAPI.as_view(), name="children"),
]
