"""The beat knows every task that an app has put on the schedule."""

from __future__ import annotations

from common.schedule import SCHEDULE
from config.celery import app


def test_the_beat_is_given_the_schedule():
    assert {"common.run_due_jobs", "petitions.chase"} <= set(SCHEDULE)
    assert set(app.conf.beat_schedule) == set(SCHEDULE)
    for entry in app.conf.beat_schedule.values():
        assert entry["task"] in app.tasks


def test_a_message_that_waited_too_long_is_dropped():
    assert app.conf.beat_schedule["petitions.chase"]["options"] == {"expires": 15}
