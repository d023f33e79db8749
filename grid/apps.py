from django.apps import AppConfig


class GridConfig(AppConfig):
    name = "grid"
    verbose_name = "网格"

    def ready(self) -> None:
        from grid import events, permissions  # noqa: F401
