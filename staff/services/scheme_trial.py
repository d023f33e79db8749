"""A trial of a pay scheme that is too long for a request: a job of whoever asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from common.jobs import enqueue
from common.models import Job

KIND = "staff.try_scheme"
# More people than this are tried by a worker.
AT_ONCE = 300


def start_trial(*, data: Mapping[str, Any], actor: Any) -> Job:
    """Queue the trial of a scheme that has passed its check; the result stays with the job, nothing else is written."""
    return enqueue(KIND, actor=actor, params={"data": dict(data)}, label=f"试算“{data['label']}”")
