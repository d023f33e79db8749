"""Business verbs of party organisations."""

from partyorgs.services.organisations import (
    organisation_change,
    organisation_count,
    organisation_create,
    organisation_dissolve,
    organisation_elect,
)
from partyorgs.services.reminders import remind_terms

__all__ = [
    "organisation_change",
    "organisation_count",
    "organisation_create",
    "organisation_dissolve",
    "organisation_elect",
    "remind_terms",
]
