"""Addresses of partners' agreements."""

from __future__ import annotations

from django.urls import URLPattern, path

from volunteers.views import partners

urlpatterns: list[URLPattern] = [
    path("volunteers/agreements/", partners.AgreementList.as_view(), name="agreements"),
    path("volunteers/agreements/new/", partners.AgreementMake.as_view(), name="agreement-make"),
    path("volunteers/agreements/<int:pk>/", partners.AgreementPage.as_view(), name="agreement"),
    path("volunteers/agreements/<int:pk>/change/", partners.AgreementChange.as_view(), name="agreement-change"),
    path(
        "volunteers/agreements/<int:pk>/act/<slug:action>/", partners.AgreementActionView.as_view(),
        name="agreement-act",
    ),
    path("volunteers/agreements/services/<int:pk>/void/", partners.ServiceVoid.as_view(), name="partner-service-void"),
]  # fmt: skip
