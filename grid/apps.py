"""Units from district to building group as one tree; departments; households; posts."""

from django.apps import AppConfig


class GridConfig(AppConfig):
    name = "grid"
    verbose_name = "网格"

    def ready(self) -> None:
        from common import reporting
        from grid import body_fields, events, imports, navigation, permissions  # noqa: F401

        navigation.register_menu()
        reporting.provide("grid", "grid.exports")
