from django.apps import AppConfig


class VolunteersConfig(AppConfig):
    name = "volunteers"
    verbose_name = "志愿服务"

    def ready(self) -> None:
        from volunteers import events, imports, navigation, panels, permissions, policy_kinds, shop_handlers, tasks  # noqa: F401
        from volunteers.exports import activities as activity_exports  # noqa: F401
        from volunteers.exports import honours, settlement, shop  # noqa: F401
        from volunteers.exports import partners as partner_exports  # noqa: F401
        from volunteers.exports import people as people_exports  # noqa: F401

        # The actions of the workflows register themselves.
        # noqa: F401 below: the actions of the workflows
        from volunteers.services import activities, hours, people, people_changes, people_leaving  # noqa: F401
        from volunteers.services import giving_back, handing_out, partners  # noqa: F401
        from volunteers.services import (  # noqa: F401 (the actions of the workflows)
            activities,
            giving_back,
            handing_out,
            hours,
            partners,
            people,
            people_changes,
            people_leaving,
        )
        from volunteers import events, imports, navigation, panels, permissions, policy_kinds, tasks  # noqa: F401
        from volunteers.exports import honours  # noqa: F401
        from volunteers.exports import orders as order_exports  # noqa: F401
        from volunteers.exports import people as people_exports  # noqa: F401
        from volunteers.services import claims, order_reviews, orders, people, people_changes, people_leaving  # noqa: F401 (actions of the workflow)  # noqa: F401 (actions of the workflow)

        navigation.register_menu()
        panels.register()
        shop_handlers.register()
