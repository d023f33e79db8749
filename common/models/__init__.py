"""Tables of the kit."""

from common.models.calendar import Holiday
from common.models.events import Event, HistoryModel
from common.models.imports import BatchStatus, ImportBatch, ImportedRow
from common.models.jobs import Job, JobStatus
from common.models.policy import Policy
from common.models.saved_filters import SavedFilter
from common.models.series import NumberSeries
from common.models.throttle import PublicAttempt

__all__ = [
    "BatchStatus",
    "Event",
    "HistoryModel",
    "Holiday",
    "ImportBatch",
    "ImportedRow",
    "Job",
    "JobStatus",
    "NumberSeries",
    "Policy",
    "PublicAttempt",
    "SavedFilter",
]
