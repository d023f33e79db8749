from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "账号"

    def ready(self) -> None:
        from accounts import events, handlers, menu, permissions, tasks  # noqa: F401
        from common import reporting
        from grid import panels

        panels.register_effect("accounts.roles", handlers.effect)
        reporting.provide("accounts", "accounts.exports")
