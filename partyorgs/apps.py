"""Party organisations on the units: tree, terms, elections."""

from django.apps import AppConfig


class PartyorgsConfig(AppConfig):
    name = "partyorgs"
    verbose_name = "党组织"

    def ready(self) -> None:
        from grid import guards, panels
        from partyorgs import events, handlers, permissions  # noqa: F401

        guards.register("partyorgs.seated", handlers.may_close)
        panels.register_effect("partyorgs.seated", handlers.effect)
