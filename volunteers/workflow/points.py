"""Requests for points: every manual entry, every item, every reversal and what is above the limit (domain §5)."""

from __future__ import annotations

from common.workflow import Action, Field, Input, Workflow
from volunteers import events, permissions
from volunteers.choices import RequestState
from volunteers.policies.points import another_person, over_volunteer, proposer

NOTE = Field("note", "意见", Input.TEXT, required=False, max_length=100)
REASON = Field("note", "理由", Input.TEXT, max_length=100)

POINTS_FLOW = Workflow(
    "points_request",
    "积分调整",
    states=RequestState,
    initial=RequestState.PROPOSED,
    relations={"area": over_volunteer},
    actions=(
        Action(
            "approve", "复核通过", (RequestState.PROPOSED,), RequestState.POSTED, permissions.APPROVE_POINTS,
            events.POINTS_APPROVED, guard=another_person, fields=(NOTE,), style="success",
            help="核对属实后通过，积分随即入账。由提出人以外的人复核。",
        ),
        Action(
            "deny", "不通过", (RequestState.PROPOSED,), RequestState.DENIED, permissions.APPROVE_POINTS,
            events.POINTS_DENIED, guard=another_person, fields=(REASON,), style="danger",
            help="不属实或不符合规则的，写明理由，不入账。",
        ),
        Action(
            "withdraw", "撤回", (RequestState.PROPOSED,), RequestState.WITHDRAWN, permissions.POINTS,
            events.POINTS_WITHDRAWN, guard=proposer, fields=(REASON,), style="secondary",
            help="提出后发现有误的，在复核前撤回。",
        ),
    ),
)  # fmt: skip
