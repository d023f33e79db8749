from django.apps import AppConfig


class PetitionsConfig(AppConfig):
    name = "petitions"
    verbose_name = "诉求"

    def ready(self) -> None:
        from petitions import events, handlers, permissions, services, tasks  # noqa: F401
