"""Party organisations on the units: tree, terms, elections."""

from django.apps import AppConfig


class PartyorgsConfig(AppConfig):
    name = "partyorgs"
    verbose_name = "党组织"

    def ready(self) -> None:
        from partyorgs import permissions  # noqa: F401
