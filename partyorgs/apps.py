"""Party organisations on the units: tree, terms, elections."""

from django.apps import AppConfig


class PartyorgsConfig(AppConfig):
    name = "partyorgs"
    verbose_name = "党组织"

    def ready(self) -> None:
        from common import reporting
        from common.navigation import MenuItem, register
        from grid import guards, panels
        from grid.navigation import GROUP
        from partyorgs import events, handlers, imports, permissions, unit_panel  # noqa: F401

        guards.register("partyorgs.seated", handlers.may_close)
        panels.register("partyorgs.seated", 40, unit_panel.panel)
        panels.register_effect("partyorgs.seated", handlers.effect)
        view = (permissions.PARTY_VIEW,)
        register(
            MenuItem("partyorgs.tree", "党组织架构", "partyorgs:tree", GROUP, permissions=view, order=50),
            MenuItem("partyorgs.list", "党组织名册", "partyorgs:organisations", GROUP, permissions=view, order=60),
        )
        reporting.provide("partyorgs", "partyorgs.exports")
