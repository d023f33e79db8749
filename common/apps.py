from django.apps import AppConfig


class CommonConfig(AppConfig):
    name = "common"
    verbose_name = "公共组件"

    def ready(self) -> None:
        from common.pages import exporting
        from common.reporting.jobs import start_export

        exporting.use(start_export)
