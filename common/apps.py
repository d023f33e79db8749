from django.apps import AppConfig


class CommonConfig(AppConfig):
    name = "common"
    verbose_name = "公共组件"

    def ready(self) -> None:
        from common.imports import tasks  # noqa: F401  (job kinds and schedule)
        from common.reporting import jobs  # noqa: F401
