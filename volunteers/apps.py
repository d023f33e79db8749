from django.apps import AppConfig


class VolunteersConfig(AppConfig):
    name = "volunteers"
    verbose_name = "志愿服务"

    def ready(self) -> None:
        from common import policies, reporting
        from volunteers import (  # noqa: F401
            events,
            imports,
            navigation,
            order_units,
            panels,
            permissions,
            policy_kinds,
            shop_handlers,
            tasks,
        )
        from volunteers.services import workflow_actions  # noqa: F401
        from volunteers.services.programmes import follow_version

        navigation.register_menu()
        order_units.register()
        panels.register()
        shop_handlers.register()
        policies.follow(policy_kinds.POINTS, follow_version)
        reporting.provide("volunteers", "volunteers.exports")
