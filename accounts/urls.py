"""Addresses of accounts."""

from __future__ import annotations

from django.urls import URLPattern, path

from accounts.views import own, sign_in

app_name = "accounts"
urlpatterns: list[URLPattern] = [
    path("sign-in", sign_in.SignInView.as_view(), name="sign-in"),
    path("sign-out", sign_in.sign_out, name="sign-out"),
    path("account", own.OwnAccountView.as_view(), name="own"),
    path("account/password", own.PasswordView.as_view(), name="password"),
    path("account/tokens/new", own.TokenCreateView.as_view(), name="token-create"),
    path("account/tokens/<slug:key>/revoke", own.token_revoke, name="token-revoke"),
]
