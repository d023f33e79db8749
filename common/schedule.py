"""The beat's schedule. ``tasks.py`` of an app adds an entry with :func:`every`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from celery.schedules import crontab

SCHEDULE: dict[str, dict[str, Any]] = {}


def every(when: float | crontab) -> Callable[[Any], Any]:
    """Decorate a Celery task: run it every ``when`` seconds or at the times of a ``crontab``.

    A message that could not be delivered within the period is dropped: the next one does its work.
    """

    def add(task: Any) -> Any:
        expires = when if isinstance(when, int | float) else 3600
        SCHEDULE[task.name] = {"task": task.name, "schedule": when, "options": {"expires": expires}}
        return task

    return add
