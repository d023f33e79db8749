"""Housekeeping of accounts: what has ended by itself is swept away. The audit list is never swept."""

from __future__ import annotations

from importlib import import_module

from axes.helpers import get_cool_off
from axes.models import AccessAttempt
from celery import shared_task
from celery.schedules import crontab
from django.conf import settings
from django.utils import timezone

from accounts.models import ApiToken
from common.schedule import every


@every(crontab(hour=3, minute=17))
@shared_task(name="accounts.sweep")
def sweep() -> None:
    """Remove expired sessions and tokens, and failures that no longer count towards a lock."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
    now = timezone.now()
    ApiToken.objects.filter(expiry__lt=now).delete()
    cool_off = get_cool_off()
    if cool_off is not None:
        AccessAttempt.objects.filter(attempt_time__lt=now - cool_off).delete()
