"""Budgets and entries of funds: entered by one, approved by another; what is booked is undone by a counter-entry only."""

from __future__ import annotations

from common.workflow import Action, Field, Input, Workflow
from staff import events, permissions
from staff.choices import FundState
from staff.policies.funds import another_person, over_account, over_budget, whoever_entered

NOTE = Field("note", "意见", Input.LINE, required=False, max_length=100)
REASON = Field("note", "理由", Input.LINE, max_length=100)

BUDGET_FLOW = Workflow(
    "fund_budget",
    "经费预算",
    states=FundState,
    initial=FundState.PROPOSED,
    relations={"area": over_budget},
    actions=(
        Action(
            "approve", "审批通过", (FundState.PROPOSED,), FundState.APPROVED, permissions.FUND_MANAGE,
            events.BUDGET_APPROVED, guard=another_person, fields=(NOTE,), style="success",
            help="通过后预算入区级账，并按标准下达到每个社区。",
        ),
        Action(
            "refuse", "不通过", (FundState.PROPOSED,), FundState.REFUSED, permissions.FUND_MANAGE, events.BUDGET_REFUSED,
            guard=another_person, fields=(REASON,), style="danger", help="写明理由；改正后重新编报。",
        ),
        Action(
            "withdraw", "撤回", (FundState.PROPOSED,), FundState.WITHDRAWN, permissions.FUND_MANAGE,
            events.BUDGET_WITHDRAWN, guard=whoever_entered, fields=(REASON,), style="secondary",
            help="发现有误的，在审批前撤回重编。",
        ),
    ),
)  # fmt: skip

FUND_FLOW = Workflow(
    "fund_entry",
    "经费收支",
    states=FundState,
    initial=FundState.PROPOSED,
    relations={"area": over_account},
    actions=(
        Action(
            "approve", "审批通过", (FundState.PROPOSED,), FundState.APPROVED, permissions.FUND_APPROVE,
            events.FUND_APPROVED, guard=another_person, fields=(NOTE,), style="success",
            help="核对凭证后通过，随即入账；余额不足的不能通过。由登记人以外的人审批。",
        ),
        Action(
            "refuse", "不通过", (FundState.PROPOSED,), FundState.REFUSED, permissions.FUND_APPROVE, events.FUND_REFUSED,
            guard=another_person, fields=(REASON,), style="danger", help="凭证不全、不符合用途的，写明理由，不入账。",
        ),
        Action(
            "withdraw", "撤回", (FundState.PROPOSED,), FundState.WITHDRAWN, permissions.FUND_ENTER, events.FUND_WITHDRAWN,
            guard=whoever_entered, fields=(REASON,), style="secondary", help="登记有误的，在审批前撤回重新登记。",
        ),
    ),
)  # fmt: skip
