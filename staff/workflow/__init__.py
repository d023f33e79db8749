"""Tables of actions of staff; each is named here, so that diagrams and tests find it."""

from staff.workflow.appraisal import APPEAL_FLOW, APPRAISAL_FLOW
from staff.workflow.funds import BUDGET_FLOW, FUND_FLOW
from staff.workflow.growth import PAIR_FLOW, SHEET_FLOW, TRAINING_FLOW
from staff.workflow.leave import LEAVE_FLOW
from staff.workflow.runs import RUN_FLOW

__all__ = [
    "APPEAL_FLOW",
    "APPRAISAL_FLOW",
    "BUDGET_FLOW",
    "FUND_FLOW",
    "LEAVE_FLOW",
    "PAIR_FLOW",
    "RUN_FLOW",
    "SHEET_FLOW",
    "TRAINING_FLOW",
]
