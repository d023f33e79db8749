"""A Celery application with one task that beat sends every second."""

import os
from pathlib import Path

from celery import Celery

app = Celery("site", broker=os.environ["REDIS_URL"])
app.conf.update(
    task_ignore_result=True,
    broker_connection_retry_on_startup=True,
    beat_schedule={"tick": {"task": "config.celery.tick", "schedule": 1.0}},
)


@app.task
def tick() -> None:
    with (Path(os.environ["GRIDWORK_STATE"]) / "ticks.txt").open("a") as ticks:
        ticks.write("tick\n")
