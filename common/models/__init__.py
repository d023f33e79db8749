"""Tables of the kit."""

from common.models.events import Event, HistoryModel
from common.models.jobs import Job, JobStatus
from common.models.policy import Policy

__all__ = ["Event", "HistoryModel", "Job", "JobStatus", "Policy"]
