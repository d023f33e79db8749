from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "reports"
    verbose_name = "统计报表"

    def ready(self) -> None:
        from reports import menu, monthly, permissions, runs, score, volunteering  # noqa: F401
