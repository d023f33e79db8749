"""Leave: asked for by the worker, decided by the street or the district, taken back while that makes sense."""

from __future__ import annotations

from common.workflow import Action, Field, Input, Workflow
from staff import events, permissions
from staff.choices import LeaveState
from staff.policies.leave import not_oneself, over_street
from staff.selectors.leave import cover_choices

NOTE = Field("note", "意见", Input.LINE, required=False, max_length=100)
REASON = Field("note", "原因", Input.LINE, max_length=100)
COVER = Field(
    "cover", "改由谁代班", Input.CHOICE, required=False, choices=cover_choices, help="不选就按系统安排的人代班。"
)

LEAVE_FLOW = Workflow(
    "leave",
    "请假",
    states=LeaveState,
    initial=LeaveState.ASKED,
    relations={"street": over_street},
    actions=(
        Action(
            "approve", "批准", (LeaveState.ASKED,), LeaveState.APPROVED, permissions.LEAVE, events.LEAVE_APPROVED,
            relation="street", guard=not_oneself, fields=(COVER, NOTE), style="success",
            help="批准后通知本人和代班人；假期按规则计入当月工资。",
        ),
        Action(
            "refuse", "不批准", (LeaveState.ASKED,), LeaveState.REFUSED, permissions.LEAVE, events.LEAVE_REFUSED,
            relation="street", guard=not_oneself, fields=(REASON,), style="danger", help="写明原因，本人会收到通知。",
        ),
        Action(
            "cancel", "撤销", (LeaveState.ASKED, LeaveState.APPROVED), LeaveState.CANCELLED,
            permissions.LEAVE, events.LEAVE_CANCELLED, relation="street", guard=not_oneself, fields=(REASON,),
            style="secondary", help="没有请成或提前回来的撤销；已冻结月份的工资从下一次发薪补发。",
        ),
    ),
)  # fmt: skip
