"""A month's pay: calculated → checked → approved → paid → archived, by different people (domain §6)."""

from __future__ import annotations

from common.workflow import Action, Field, Input, Workflow
from staff import events, permissions
from staff.choices import RunState
from staff.policies.runs import neither_calculator_nor_checker, not_approver, not_calculator, over_run

NOTE = Field("note", "意见", Input.TEXT, required=False, max_length=100)
REASON = Field("note", "退回理由", Input.TEXT, max_length=100)
PAID_ON = Field("paid_on", "发放日期", Input.DATE)

RUN_FLOW = Workflow(
    "run",
    "工资表",
    states=RunState,
    initial=RunState.DRAFT,
    relations={"area": over_run},
    actions=(
        Action(
            "calculate", "核算", (RunState.DRAFT, RunState.CALCULATED), RunState.CALCULATED, permissions.PAY_PREPARE,
            events.RUN_CALCULATED,
            help="按现有的岗位、等级、考勤和规则算出每个人的工资条；复核前可以反复核算，结果相同。",
        ),
        Action(
            "check", "复核通过", (RunState.CALCULATED,), RunState.CHECKED, permissions.PAY_CHECK, events.RUN_CHECKED,
            guard=not_calculator, fields=(NOTE,), style="success",
            help="对照与上月的差异表逐项核对，由核算人以外的人复核。",
        ),
        Action(
            "send_back", "退回核算", (RunState.CALCULATED, RunState.CHECKED), RunState.DRAFT, permissions.PAY_CHECK,
            events.RUN_SENT_BACK, fields=(REASON,), style="danger", help="有误的写明理由退回，改正后重新核算。",
        ),
        Action(
            "approve", "审批通过", (RunState.CHECKED,), RunState.APPROVED, permissions.PAY_APPROVE, events.RUN_APPROVED,
            guard=neither_calculator_nor_checker, style="success", confirm=True,
            help="审批后工资条冻结，不能再改；以后的变动在下一个月补发补扣。",
        ),
        Action(
            "pay", "登记发放", (RunState.APPROVED,), RunState.PAID, permissions.PAY_OUT, events.RUN_PAID,
            guard=not_approver, fields=(PAID_ON,), help="银行发放后登记日期，本人即可看到工资条。",
        ),
        Action(
            "archive", "归档", (RunState.PAID,), RunState.ARCHIVED, permissions.PAY_OUT, events.RUN_ARCHIVED,
            style="secondary", help="核对银行回单后归档。",
        ),
    ),
)  # fmt: skip
