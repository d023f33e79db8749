"""Background work of party organisations."""

from __future__ import annotations

from celery import shared_task

from common.schedule import every
from partyorgs.services.reminders import remind_terms


@every(3600)
@shared_task(name="partyorgs.remind_terms")
def remind() -> None:
    """Announce terms that end. The messages' keys make it repeatable, so every hour looks anew."""
    remind_terms()
