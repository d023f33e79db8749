from django.apps import AppConfig


class CommonConfig(AppConfig):
    name = "common"
    verbose_name = "公共组件"

    def ready(self) -> None:
        from common.reporting import jobs  # noqa: F401  (its job kind)
