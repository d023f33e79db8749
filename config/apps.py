from django.apps import AppConfig


class ConfigConfig(AppConfig):
    name = "config"
    label = "config"

    def ready(self) -> None:
        # The Celery application must exist wherever a task is sent from.
        from config import celery, checks  # noqa: F401

        celery.load_schedule()
