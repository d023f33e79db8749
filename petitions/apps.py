from django.apps import AppConfig


class PetitionsConfig(AppConfig):
    name = "petitions"
    verbose_name = "诉求"

    def ready(self) -> None:
        from common import reporting
        from petitions import (  # noqa: F401
            events,
            handlers,
            imports,
            navigation,
            panels,
            permissions,
            policy_kinds,
            services,
            tasks,
        )

        navigation.register_menu()
        panels.register()
        reporting.provide("petitions", "petitions.exports")
