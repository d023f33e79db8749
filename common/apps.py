from django.apps import AppConfig


class CommonConfig(AppConfig):
    name = "common"
    verbose_name = "公共组件"

    def ready(self) -> None:
        from common import policy_kinds  # noqa: F401
        from common.imports import tasks  # noqa: F401  (job kinds and schedule)
        from common.pages import exporting
        from common.reporting.jobs import start_export

        exporting.use(start_export)
