"""Workflow tables of volunteer service, one module per object; all of them are named here."""

from volunteers.workflow.activities import ACTIVITY_FLOW
from volunteers.workflow.nominations import NOMINATION_FLOW
from volunteers.workflow.orders import ORDER_FLOW
from volunteers.workflow.partners import AGREEMENT_FLOW
from volunteers.workflow.people import VOLUNTEER_FLOW
from volunteers.workflow.points import POINTS_FLOW
from volunteers.workflow.redemptions import REDEMPTION_FLOW

__all__ = [
    "ACTIVITY_FLOW",
    "AGREEMENT_FLOW",
    "NOMINATION_FLOW",
    "ORDER_FLOW",
    "POINTS_FLOW",
    "REDEMPTION_FLOW",
    "VOLUNTEER_FLOW",
]
