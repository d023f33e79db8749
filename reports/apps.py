from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "reports"
    verbose_name = "统计报表"

    def ready(self) -> None:
        from reports import menu, monthly, orders, permissions, runs, score, staffing, volunteering  # noqa: F401
