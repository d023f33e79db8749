"""Addresses of stars, nominations and certificates."""

from __future__ import annotations

from django.urls import URLPattern, path

from volunteers.views import honours
from volunteers.views.own import honours as own

urlpatterns: list[URLPattern] = [
    path("volunteers/stars/", honours.StarList.as_view(), name="stars"),
    path("volunteers/nominations/", honours.NominationList.as_view(), name="nominations"),
    path("volunteers/nominations/new/", honours.Nominate.as_view(), name="nominate"),
    path("volunteers/nominations/<int:pk>/", honours.NominationPage.as_view(), name="nomination"),
    path("volunteers/nominations/<int:pk>/<slug:action>/", honours.NominationAction.as_view(), name="nomination-act"),
    path("volunteers/certificates/", honours.CertificateList.as_view(), name="certificates"),
    path("volunteers/certificates/new/", honours.IssueCertificate.as_view(), name="certificate-new"),
    path("volunteers/certificates/<int:pk>/", honours.CertificatePage.as_view(), name="certificate"),
    path("volunteers/certificates/<int:pk>/revoke/", honours.RevokeCertificate.as_view(), name="certificate-revoke"),
    path("certificates/check/", honours.CheckCertificate.as_view(), name="certificate-check"),
    path("my/honours/", own.OwnHonours.as_view(), name="own-honours"),
    path("my/certificates/new/", own.WantCertificate.as_view(), name="own-certificate-want"),
    path("my/certificates/<int:pk>/", own.OwnCertificate.as_view(), name="own-certificate"),
]
