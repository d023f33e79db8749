from django.apps import AppConfig


class GridConfig(AppConfig):
    name = "grid"
    verbose_name = "网格"

    def ready(self) -> None:
        from grid import body_fields, events, permissions  # noqa: F401

        body_fields.register()
