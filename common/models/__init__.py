"""Tables of the kit."""

from common.models.calendar import Holiday
from common.models.events import Event, HistoryModel
from common.models.jobs import Job, JobStatus
from common.models.policy import Policy
from common.models.saved_filters import SavedFilter

__all__ = ["Event", "HistoryModel", "Holiday", "Job", "JobStatus", "Policy", "SavedFilter"]
