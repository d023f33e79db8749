"""Addresses of a volunteer's own pages and of sign-up."""

from __future__ import annotations

from django.urls import URLPattern, path

from volunteers.views.own import people

urlpatterns: list[URLPattern] = [
    path("my/", people.HomeView.as_view(), name="own-home"),
    path("my/enter/", people.EnterView.as_view(), name="own-enter"),
    path("my/leave/", people.LeaveView.as_view(), name="own-leave"),
    path("my/sign-up/", people.SignUpView.as_view(), name="own-sign-up"),
    path("my/signed-up/", people.SignedUpView.as_view(), name="own-signed-up"),
    path("my/profile/", people.ProfileView.as_view(), name="own-profile"),
    path("my/profile/data/", people.DataView.as_view(), name="own-data"),
    path("my/profile/erase/", people.EraseView.as_view(), name="own-erase"),
]
