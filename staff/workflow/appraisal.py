"""Appraisal: opened → scored and measured → added up → checked and published by another → appeals → final."""

from __future__ import annotations

from common.workflow import Action, Field, Input, Workflow
from staff import events_appraisal as events
from staff import permissions
from staff.appraisal.words import AppealState, AppraisalState
from staff.policies.appraisal import (
    all_have_sent,
    appeals_are_over,
    not_reckoner,
    over_appeal,
    over_appraisal,
    took_no_part,
)
from staff.selectors.appraisal import current_result, line_choices

NOTE = Field("note", "意见", Input.TEXT, required=False, max_length=100)
REASON = Field("note", "退回理由", Input.TEXT, max_length=100)
ANSWER = Field("note", "答复", Input.TEXT, max_length=200, help="申诉人会看到。")
LINE = Field(
    "line", "更正哪一项", Input.CHOICE, choices=lambda appeal, actor: line_choices(current_result(appeal.appraised))
)
POINTS = Field("points", "更正后得分", Input.LINE, max_length=6, help="0 至 100，最多两位小数。")

APPRAISAL_FLOW = Workflow(
    "appraisal",
    "考核",
    states=AppraisalState,
    initial=AppraisalState.OPEN,
    relations={"area": over_appraisal},
    actions=(
        Action(
            "measure", "测算数据", (AppraisalState.OPEN,), None, permissions.APPRAISE, events.MEASURED, style="secondary",
            help="按考核期的数据算出各项数据指标，可以反复测算；汇总时会再算一次。",
        ),
        Action(
            "close", "结束打分并汇总", (AppraisalState.OPEN,), AppraisalState.RECKONED, permissions.APPRAISE, events.RECKONED,
            guard=all_have_sent, help="重新测算数据，计算每个对象的得分、等次和名次，等待另一位同事复核。",
        ),
        Action(
            "send_back", "退回重新打分", (AppraisalState.RECKONED,), AppraisalState.OPEN, permissions.APPRAISE,
            events.SENT_BACK, fields=(REASON,), style="danger", help="有误的写明理由退回，改正后重新汇总。",
        ),
        Action(
            "publish", "复核并公示", (AppraisalState.RECKONED,), AppraisalState.PUBLISHED, permissions.APPRAISE,
            events.PUBLISHED, guard=not_reckoner, fields=(NOTE,), style="success",
            help="由汇总人以外的人复核。公示后数据和评分冻结，考核对象可以在申诉期内申诉。",
        ),
        Action(
            "finish", "定格", (AppraisalState.PUBLISHED,), AppraisalState.FINAL, permissions.APPRAISE, events.FINISHED,
            guard=appeals_are_over, style="success",
            help="申诉期满且申诉都已处理后定格；年度考核结果同时登记，作为晋级依据。定格后只能另行更正。",
        ),
    ),
)  # fmt: skip
APPEAL_FLOW = Workflow(
    "appeal",
    "考核申诉",
    states=AppealState,
    initial=AppealState.ASKED,
    relations={"area": over_appeal},
    actions=(
        Action(
            "uphold", "更正结果", (AppealState.ASKED,), AppealState.UPHELD, permissions.APPRAISE, events.APPEAL_UPHELD,
            guard=took_no_part, fields=(LINE, POINTS, ANSWER), style="success",
            help="申诉成立的更正一项得分，原结果保留，另立一条更正后的结果。",
        ),
        Action(
            "reject", "维持原结果", (AppealState.ASKED,), AppealState.REJECTED, permissions.APPRAISE, events.APPEAL_REJECTED,
            guard=took_no_part, fields=(ANSWER,), style="danger", help="写明理由，申诉人会收到通知。",
        ),
        Action(
            "withdraw", "撤回申诉", (AppealState.ASKED,), AppealState.WITHDRAWN, permissions.APPRAISE,
            events.APPEAL_WITHDRAWN, guard=took_no_part, fields=(REASON,), style="secondary",
            help="申诉人要求撤回的，由办理人代为撤回；本人也可以在自己的页面撤回。",
        ),
    ),
)  # fmt: skip
