"""Addresses of accounts."""

from __future__ import annotations

from django.urls import URLPattern, path

from accounts.views import audit, locks, messages, own, rules, sign_in, users

app_name = "accounts"
urlpatterns: list[URLPattern] = [
    path("sign-in", sign_in.SignInView.as_view(), name="sign-in"),
    path("sign-out", sign_in.sign_out, name="sign-out"),
    path("account", own.OwnAccountView.as_view(), name="own"),
    path("account/password", own.PasswordView.as_view(), name="password"),
    path("account/tokens/new", own.TokenCreateView.as_view(), name="token-create"),
    path("account/tokens/<str:key>/revoke", own.token_revoke, name="token-revoke"),
    path("messages", messages.MessageListView.as_view(), name="messages"),
    path("messages/read-all", messages.read_all, name="messages-read-all"),
    path("messages/<int:pk>/open", messages.open_message, name="message-open"),
    # system administrator
    path("users", users.UserListView.as_view(), name="users"),
    path("users/new", users.UserCreateView.as_view(), name="user-create"),
    path("users/seats", users.seats, name="seats"),
    path("users/<int:pk>", users.UserView.as_view(), name="user"),
    path("users/<int:pk>/edit", users.UserEditView.as_view(), name="user-edit"),
    path("users/<int:pk>/deactivate", users.UserDeactivateView.as_view(), name="user-deactivate"),
    path("users/<int:pk>/activate", users.UserActivateView.as_view(), name="user-activate"),
    path("users/<int:pk>/password", users.PasswordResetView.as_view(), name="password-reset"),
    path("users/<int:pk>/roles/new", users.RoleGiveView.as_view(), name="role-give"),
    path("users/<int:pk>/roles/<int:assignment>/end", users.RoleEndView.as_view(), name="role-end"),
    path("users/<int:pk>/tokens/<str:key>/revoke", users.token_revoke, name="user-token-revoke"),
    # security administrator
    path("locks", locks.LocksView.as_view(), name="locks"),
    path("rules", rules.RuleListView.as_view(), name="rules"),
    path("rules/<slug:key>", rules.RuleView.as_view(), name="rule"),
    path("rules/<slug:key>/new", rules.RuleEditView.as_view(), name="rule-edit"),
    path("rules/<slug:key>/<int:pk>/withdraw", rules.rule_withdraw, name="rule-withdraw"),
    path("holidays", rules.HolidayView.as_view(), name="holidays"),
    path("holidays/<int:pk>/delete", rules.holiday_delete, name="holiday-delete"),
    # audit administrator
    path("audit", audit.AuditListView.as_view(), name="audit"),
]
