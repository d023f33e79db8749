"""Housekeeping of imports."""

from __future__ import annotations

from celery import shared_task
from celery.schedules import crontab
from django.utils import timezone

from common.imports.jobs import purge
from common.schedule import every


@every(crontab(hour="3", minute="40"))
@shared_task(name="common.purge_imports")
def purge_imports() -> int:
    """Remove uploaded files and findings that are older than thirty days."""
    return purge(timezone.now())
