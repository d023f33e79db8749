"""Celery application and schedule.

Tasks carry no truth: each looks for rows that are due and works them off, so a lost or doubled
message changes nothing (design §2.4). Every app's ``tasks.py`` adds its own entries to ``SCHEDULE``
by way of ``common.schedule.every``.
"""

import os

from celery import Celery
from django.utils.module_loading import autodiscover_modules

from common.schedule import SCHEDULE

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.production")

app = Celery("gridwork")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


def load_schedule() -> None:
    """Import every app's tasks and hand their times to the beat; called once all apps are ready."""
    autodiscover_modules("tasks")
    app.conf.beat_schedule = dict(SCHEDULE)
