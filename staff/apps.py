"""Community workers: roster, pay schemes and grades, monthly pay, their own page (domain §6)."""

from django.apps import AppConfig


class StaffConfig(AppConfig):
    name = "staff"
    verbose_name = "社区工作者"

    def ready(self) -> None:
        from common import policies, reporting
        from staff import (  # noqa: F401
            events,
            events_appraisal,
            handlers,
            imports,
            navigation,
            notices,
            panels,
            permissions,
            policy_kinds,
            rules_appraisal,
            tasks,
        )
        from staff.services import workflow_actions  # noqa: F401
        from staff.services.scheme_versions import tell_graders
        from staff.views import preview

        navigation.register_menu()
        notices.register()
        panels.register()
        preview.register()
        policies.follow(policy_kinds.SCHEME, tell_graders)
        reporting.provide("staff", "staff.exports")
