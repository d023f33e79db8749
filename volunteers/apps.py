from django.apps import AppConfig


class VolunteersConfig(AppConfig):
    name = "volunteers"
    verbose_name = "志愿服务"

    def ready(self) -> None:
        from volunteers import events, navigation, permissions, policy_kinds, tasks  # noqa: F401
        from volunteers.exports import honours  # noqa: F401

        navigation.register_menu()
