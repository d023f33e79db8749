"""Nominations (最美三长): put forward by the community, recommended by the street, awarded by the district."""

from __future__ import annotations

from common.workflow import Action, Field, Input, Workflow
from volunteers import events, permissions
from volunteers.choices import NominationState
from volunteers.policies.honours import another_person, over_district, over_street, over_volunteer

NOTE = Field("note", "意见", Input.TEXT, required=False, max_length=200)
REASON = Field("note", "原因", Input.TEXT, max_length=200)

NOMINATION_FLOW = Workflow(
    "nomination",
    "表彰推荐",
    states=NominationState,
    initial=NominationState.NOMINATED,
    relations={"area": over_volunteer, "street": over_street, "district": over_district},
    actions=(
        Action(
            "recommend", "街道审核通过", (NominationState.NOMINATED,), NominationState.RECOMMENDED, permissions.AWARD,
            events.RECOMMENDED, relation="street", guard=another_person, fields=(NOTE,),
            help="事迹属实、同意推荐的，报区级审定。由推荐人以外的人审核。",
        ),
        Action(
            "award", "授予", (NominationState.RECOMMENDED,), NominationState.AWARDED, permissions.AWARD, events.AWARDED,
            relation="district", guard=another_person, fields=(NOTE,), style="success",
            help="区级审定，授予荣誉。由推荐人和街道审核人以外的人审定。",
        ),
        Action(
            "deny", "不通过", (NominationState.NOMINATED, NominationState.RECOMMENDED), NominationState.DENIED,
            permissions.AWARD, events.NOMINATION_DENIED, relation="street", guard=another_person, fields=(REASON,),
            style="danger", help="不同意推荐的，写明原因。",
        ),
    ),
)  # fmt: skip
