"""Celery's part of the chase: take what is due, work it off."""

from __future__ import annotations

from celery import shared_task

from common.schedule import every
from petitions.services.chase import sweep


@every(15)
@shared_task(name="petitions.chase")
def chase() -> int:
    """Send the reminders and cards that are due."""
    return sweep()
