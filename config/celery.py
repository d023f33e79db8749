"""Celery application and schedule.

Tasks carry no truth: each looks for rows that are due and works them off, so a lost or doubled
message changes nothing (design §2.4). Every app's ``tasks.py`` adds its own entries to ``SCHEDULE``
by way of ``common.schedule.every``.
"""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.production")

app = Celery("gridwork")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@app.on_after_finalize.connect
def add_schedule(sender: Celery, **_: object) -> None:
    from common.schedule import SCHEDULE

    sender.conf.beat_schedule = dict(SCHEDULE)
