"""The loop of an order as one table: 点单、报单 → 派单 → 接单（抢单）→ 完成 → 评单.

Buttons, forms, API actions, permission tests, the help page and ``docs/workflow-order.md`` derive from it.
What a row cannot say is in ``volunteers.services.orders`` and ``volunteers.services.claims``.
"""

from __future__ import annotations

from typing import Any

from common.workflow import Action, Field, Input, Workflow
from volunteers import events, permissions
from volunteers.choices import OrderRefusal, OrderState, Stars
from volunteers.policies import orders as policies

SUBMITTED, OPEN, CLAIMED, DONE, REVIEWED = (
    OrderState.SUBMITTED, OrderState.OPEN, OrderState.CLAIMED, OrderState.DONE, OrderState.REVIEWED,
)  # fmt: skip


def providers(order: Any, actor: Any) -> list[tuple[str, list[tuple[str, str]]]]:
    """Providers the order may be given to: those of its own place and above."""
    from volunteers.selectors.providers import provider_choices

    return provider_choices(order)


def provider(key: Any) -> Any:
    from volunteers.selectors.providers import provider_of

    return provider_of(key)


NOTE = Field("note", "说明", Input.TEXT, required=False, max_length=300)
REASON = Field("note", "理由", Input.TEXT, max_length=300)
SERVER = (
    Field("provider", "服务单位", Input.CHOICE, required=False, choices=providers, resolve=provider),
    Field("volunteer_number", "或志愿者编号", required=False, max_length=20, help="服务单位和志愿者只选一个。"),
)
SERVED = (
    Field("day", "服务日期", Input.DATE),
    Field("start", "开始时间", Input.TIME),
    Field("hours", "服务时长（小时）", Input.NUMBER, help="按实际服务时间填写，最多两位小数。"),
    Field("result", "服务情况", Input.TEXT, max_length=1000, help="不要写下单人的姓名、电话和住址。"),
)

ACTIONS = (
    Action(
        "publish", "派单", (SUBMITTED,), OPEN, permissions.ORDERS, events.ORDER_PUBLISHED,
        fields=(
            Field("provider", "只给一家服务单位", Input.CHOICE, required=False, choices=providers, resolve=provider,
                  help="不选则由符合条件的志愿者和服务单位抢单。"),
            Field("limit", "接单时限", Input.LIMIT, required=False, help="不填则按规则。"),
            NOTE,
        ),
        help="放出去等人接单；先接先得。",
    ),
    Action(
        "assign", "指定承接", (SUBMITTED, OPEN), CLAIMED, permissions.ORDERS, events.ORDER_ASSIGNED,
        fields=(*SERVER, NOTE), style="secondary", help="已经联系好的，直接交给一家服务单位或一位志愿者。",
    ),
    Action(
        "claim", "接单", (OPEN,), CLAIMED, permissions.SERVE, events.ORDER_CLAIMED, relation="claimer",
        guard=policies.may_claim, help="先接先得；接单后可以查看下单人的电话和地址，请按时上门。",
    ),
    Action(
        "raise", "提交街道", (OPEN,), None, permissions.ORDERS, events.ORDER_RAISED, guard=policies.not_raised,
        fields=(REASON,), style="secondary", help="社区无人能接的，请街道协调；订单仍可接单。",
    ),
    Action(
        "done", "服务完成", (CLAIMED,), DONE, permissions.SERVE, events.ORDER_DONE, relation="claimer",
        guard=policies.serves, fields=SERVED, style="success",
        help="服务结束后填写；志愿者的时长由社区确认或下单人好评后入账。",
    ),
    Action(
        "complete", "登记完成", (CLAIMED,), DONE, permissions.ORDERS, events.ORDER_DONE, fields=SERVED,
        style="success", help="承接人电话报告完成的，由社区登记，时长随即确认。",
    ),
    Action(
        "give_back", "退单", (CLAIMED,), OPEN, permissions.SERVE, events.ORDER_GIVEN_BACK, relation="claimer",
        guard=policies.serves, fields=(REASON,), style="warning", help="确实去不了的，写明理由退回，由别人接单。",
    ),
    Action(
        "take_back", "收回", (CLAIMED,), OPEN, permissions.ORDERS, events.ORDER_TAKEN_BACK, fields=(REASON,),
        style="warning", help="承接人联系不上或不能履约的，收回重新接单。",
    ),
    Action(
        "reassign", "改派", (CLAIMED,), CLAIMED, permissions.ORDERS, events.ORDER_REASSIGNED,
        fields=(*SERVER, NOTE), style="secondary", help="换一家服务单位或一位志愿者承接，完成时限重新计算。",
    ),
    Action(
        "review", "登记评价", (DONE,), REVIEWED, permissions.ORDERS, events.ORDER_REVIEWED,
        fields=(Field("stars", "评价", Input.CHOICE, choices=Stars),
                Field("note", "评语", Input.TEXT, required=False, max_length=300)),
        help="电话回访下单人：服务完成了吗？满意吗？",
    ),
    Action(
        "confirm", "确认时长", (DONE, REVIEWED), None, permissions.ORDERS, events.ORDER_CONFIRMED,
        guard=policies.has_hours_to_confirm,
        fields=(Field("hours", "确认时长（小时）", Input.NUMBER, required=False, help="不填则按申报的时长。"),),
        help="核实服务属实后确认，计入志愿服务时长和积分。",
    ),
    Action(
        "return", "退回重做", (DONE,), CLAIMED, permissions.ORDERS, events.ORDER_RETURNED,
        guard=policies.not_confirmed, fields=(REASON,), style="warning",
        help="下单人反映没有完成的，退回承接人；照料时长同时退回。",
    ),
    Action(
        "refuse", "不予受理", (SUBMITTED, OPEN), OrderState.REFUSED, permissions.ORDERS, events.ORDER_REFUSED,
        fields=(Field("reason", "原因", Input.CHOICE, choices=OrderRefusal), REASON), style="danger",
        help="不属于志愿服务范围的，写明原因并告知下单人其他渠道。",
    ),
    Action(
        "withdraw", "撤回", (SUBMITTED, OPEN, CLAIMED), OrderState.WITHDRAWN, permissions.ORDERS,
        events.ORDER_WITHDRAWN, fields=(REASON,), style="danger", help="下单人不再需要的，写明情况。",
    ),
)  # fmt: skip

ORDER_FLOW = Workflow(
    "order",
    "服务订单",
    states=OrderState,
    initial=SUBMITTED,
    actions=ACTIONS,
    relations=policies.RELATIONS,
)
