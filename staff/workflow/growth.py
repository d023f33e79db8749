"""A training, a pair of mentor and apprentice, a closed month of attendance: each as a table."""

from __future__ import annotations

from common.workflow import Action, Field, Input, Workflow
from staff import events_growth as events
from staff import permissions
from staff.choices_growth import PairResult, PairState, SessionState, SheetState
from staff.policies.growth import has_begun, month_is_over, over_apprentice, over_unit

TRAINING_FLOW = Workflow(
    "session",
    "培训",
    states=SessionState,
    initial=SessionState.OPEN,
    relations={"area": over_unit},
    actions=(
        Action(
            "end", "结束并计学时", (SessionState.OPEN,), SessionState.ENDED, permissions.GROWTH, events.TRAINING_ENDED,
            guard=has_begun, style="success", help="签到的人计入学时，报名没来的记为未到；之后可以逐人更正。",
        ),
        Action(
            "cancel", "取消培训", (SessionState.OPEN,), SessionState.CANCELLED, permissions.GROWTH,
            events.TRAINING_CANCELLED, style="danger",
            fields=(Field("reason", "取消原因", Input.LINE, max_length=100, help="会告诉已报名和候补的人。"),),
            help="不计学时，已报名和候补的人会收到通知。",
        ),
    ),
)  # fmt: skip
PAIR_FLOW = Workflow(
    "pair",
    "师徒结对",
    states=PairState,
    initial=PairState.ACTIVE,
    relations={"area": over_apprentice},
    actions=(
        Action(
            "note", "带教记录", (PairState.ACTIVE,), None, permissions.GROWTH, events.PAIR_NOTED, style="primary",
            fields=(
                Field("day", "日期", Input.DATE), Field("note", "内容", Input.TEXT, max_length=300),
            ),
            help="记下带教了什么、进展如何；师傅和徒弟也可以在自己的页面记录。",
        ),
        Action(
            "end", "结束带教", (PairState.ACTIVE,), PairState.ENDED, permissions.GROWTH, events.PAIR_ENDED, style="success",
            fields=(
                Field("last_day", "出师日期", Input.DATE),
                Field("result", "结果", Input.CHOICE, choices=PairResult),
                Field("evaluation", "评价", Input.TEXT, max_length=500, help="对照带教目标写明达到了什么。"),
            ),
            help="写明结果和评价；之后徒弟可以另结对。",
        ),
    ),
)  # fmt: skip
SHEET_FLOW = Workflow(
    "sheet",
    "考勤月报",
    states=SheetState,
    initial=SheetState.CLOSED,
    relations={"area": over_unit},
    actions=(
        Action(
            "close", "重新结账", (SheetState.OPEN,), SheetState.CLOSED, permissions.ATTEND, events.SHEET_CLOSED,
            guard=month_is_over, help="按现在的考勤重新计算，旷工天数计入这个月的工资核算。",
        ),
        Action(
            "reopen", "重新打开", (SheetState.CLOSED,), SheetState.OPEN, permissions.ATTEND, events.SHEET_REOPENED,
            style="secondary", fields=(Field("note", "原因", Input.LINE, max_length=100),),
            help="工资审批冻结之前可以重新打开；冻结之后逐日更正，差额从下一次发薪补发补扣。",
        ),
    ),
)  # fmt: skip
