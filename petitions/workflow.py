"""The loop of a ticket as one table (domain §4; 北京市接诉即办工作条例 arts. 10–17).

Buttons, forms, API actions, permission tests, the help page and ``docs/workflow-petition.md`` derive
from it. What a row cannot say is in the service of the same name in ``petitions.services``.
"""

from __future__ import annotations

from typing import Any

from common.workflow import Action, Field, Input, Workflow
from petitions import clocks, events, permissions, policies
from petitions.choices import (
    ClockKind,
    ContactWay,
    ExclusionReason,
    RefusalReason,
    Satisfaction,
    State,
)  # fmt: skip


def categories(petition: Any, actor: Any) -> list[tuple[str, list[tuple[int, str]]]]:
    """Second-level categories in groups, for the category input."""
    from petitions.selectors import category_choices

    return category_choices()


def category(key: Any) -> Any:
    from petitions.selectors import category_of

    return category_of(key)


def bodies(petition: Any, actor: Any) -> list[tuple[str, list[tuple[str, str]]]]:
    """Who may be given the ticket, in groups, for the inputs of lead and co-handlers."""
    from petitions.selectors import body_choices

    return body_choices(petition, actor)


NOTE = Field("note", "说明", Input.TEXT, required=False)
REASON = Field("note", "理由", Input.TEXT)

ACTIONS = (
    Action(
        "accept", "受理", (State.REGISTERED,), State.ACCEPTED, permissions.TRIAGE, events.ACCEPTED,
        fields=(Field("category", "诉求分类", Input.CHOICE, choices=categories, resolve=category),),
        help="确认属于受理范围，并选定分类。",
    ),
    Action(
        "refuse", "不予受理", (State.REGISTERED,), State.REFUSED, permissions.TRIAGE, events.REFUSED,
        fields=(Field("reason", "原因", Input.CHOICE, choices=RefusalReason), REASON),
        stops=tuple(ClockKind), style="danger", help="不属于受理范围的，写明原因并告知诉求人其他渠道。",
    ),
    Action(
        "dispatch", "派单", (State.ACCEPTED,), State.DISPATCHED, permissions.DISPATCH, events.DISPATCHED,
        guard=policies.has_category,
        fields=(
            Field("lead", "主办单位", Input.BODY, choices=bodies, help="已按分类填好，可以改。"),
            Field("co_handlers", "协办单位", Input.BODIES, required=False, choices=bodies),
            Field("limit", "办结时限", Input.LIMIT, required=False, help="不填则按分类的时限。"),
            NOTE,
        ),
        stops=(ClockKind.ACCEPT,), starts=(ClockKind.SIGN, ClockKind.CONTACT, ClockKind.FINISH),
        help="交给主办单位，可以同时指定协办单位。",
    ),
    Action(
        "object", "提出异议", (State.DISPATCHED,), State.OBJECTED, permissions.HANDLE, events.OBJECTED,
        relation="lead", fields=(REASON,), style="warning",
        help="认为不属于本单位职责的，写明理由退回；异议成立前仍由本单位负责（首接负责）。",
    ),
    Action(
        "uphold_objection", "异议成立", (State.OBJECTED,), State.ACCEPTED, permissions.DISPATCH,
        events.OBJECTION_UPHELD, fields=(NOTE,),
        stops=(ClockKind.SIGN, ClockKind.CONTACT, ClockKind.FINISH), starts=(ClockKind.ACCEPT,), help="收回本单，改派其他单位。",
    ),
    Action(
        "reject_objection", "异议不成立", (State.OBJECTED,), State.DISPATCHED, permissions.DISPATCH,
        events.OBJECTION_REJECTED, fields=(REASON,), style="warning", help="维持原派单，时限不变。",
    ),
    Action(
        "sign", "签收", (State.DISPATCHED,), State.HANDLING, permissions.HANDLE, events.SIGNED,
        relation="lead", stops=(ClockKind.SIGN,), help="确认收到，开始办理。",
    ),
    Action(
        "contact", "登记联系", (State.HANDLING,), None, permissions.HANDLE, events.CONTACTED, relation="lead",
        fields=(Field("way", "方式", Input.CHOICE, choices=ContactWay), Field("note", "联系情况", Input.TEXT)),
        stops=(ClockKind.CONTACT,), style="secondary", help="每次联系诉求人都登记；第一次联系计入响应率。",
    ),
    Action(
        "co_reply", "协办答复", (State.DISPATCHED, State.HANDLING), None, permissions.HANDLE, events.CO_REPLIED,
        relation="co_handler", fields=(Field("note", "协办情况", Input.TEXT, max_length=2000),),
        help="把协办情况报给主办单位。",
    ),
    Action(
        "reply", "答复", (State.HANDLING,), State.REPLIED, permissions.HANDLE, events.REPLIED, relation="lead",
        guard=policies.was_contacted,
        fields=(
            Field("reply", "答复内容", Input.TEXT, max_length=10_000),
            Field("files", "附件", Input.FILES, required=False),
        ),
        stops=(ClockKind.FINISH, ClockKind.CONTACT), help="写明办理结果，答复诉求人。",
    ),
    Action(
        "verify", "核查通过", (State.REPLIED,), State.VERIFIED, permissions.VERIFY, events.VERIFIED,
        fields=(NOTE,), starts=(ClockKind.CALLBACK,), help="答复属实、问题已办，可以回访。",
    ),
    Action(
        "rework", "返工", (State.REPLIED, State.CALLED_BACK), State.HANDLING, permissions.VERIFY, events.REWORKED,
        fields=(REASON, Field("limit", "新的办结时限", Input.LIMIT, required=False, help="不填则按分类的时限。")),
        starts=(ClockKind.FINISH,), style="warning", help="办理不到位的，退回主办单位重新办理。",
    ),
    Action(
        "callback", "登记回访", (State.VERIFIED,), State.CALLED_BACK, permissions.CALLBACK, events.CALLED_BACK,
        guard=policies.can_be_called_back,
        fields=(
            Field("solved", "是否解决", Input.YES_NO),
            Field("satisfaction", "是否满意", Input.CHOICE, choices=Satisfaction),
            NOTE,
        ),
        stops=(ClockKind.CALLBACK,), help="打电话问诉求人：问题解决了吗？满意吗？",
    ),
    Action(
        "close", "办结", (State.CALLED_BACK,), State.CLOSED, permissions.CALLBACK, events.CLOSED,
        fields=(NOTE,), style="success", help="全部流程完成，归档。",
    ),
    Action(
        "close_uncalled", "直接办结", (State.VERIFIED,), State.CLOSED, permissions.CALLBACK, events.CLOSED,
        guard=policies.cannot_be_called_back, fields=(REASON,), stops=(ClockKind.CALLBACK,), style="success",
        help="诉求人没有留下电话时，写明情况后办结。",
    ),
    Action(
        "extend", "批准延期", (State.HANDLING,), None, permissions.APPROVE, events.EXTENDED, relation="approver",
        guard=policies.may_be_extended,
        fields=(Field("limit", "延长", Input.LIMIT), REASON), style="secondary",
        help="最多两次，由街道或区批准。",
    ),
    Action(
        "suspend", "批准挂账", (State.HANDLING,), State.SUSPENDED, permissions.APPROVE, events.SUSPENDED,
        relation="approver",
        fields=(REASON, Field("until", "预计恢复日期", Input.DATE)), style="secondary",
        help="客观条件暂不具备的，批准后时限暂停。",
    ),
    Action(
        "resume", "恢复办理", (State.SUSPENDED,), State.HANDLING, permissions.APPROVE, events.RESUMED,
        relation="approver", fields=(NOTE,), help="条件具备后恢复，时限继续计算。",
    ),
    Action(
        "withdraw", "撤回", (State.REGISTERED, State.ACCEPTED, State.DISPATCHED, State.HANDLING, State.SUSPENDED),
        State.WITHDRAWN, permissions.WITHDRAW, events.WITHDRAWN, fields=(REASON,), stops=tuple(ClockKind),
        style="danger", help="诉求人要求撤回的，写明情况。",
    ),
    Action(
        "propose_exclusion", "提请剔除", (State.REPLIED, State.VERIFIED, State.CALLED_BACK, State.CLOSED), None,
        permissions.EXCLUDE, events.EXCLUSION_PROPOSED, relation="approver", guard=policies.may_propose_exclusion,
        fields=(Field("reason", "原因", Input.CHOICE, choices=ExclusionReason), Field("note", "依据", Input.TEXT)),
        style="secondary", help="初审：认为不应计入考核的，写明原因和依据。仍须答复诉求人。",
    ),
    Action(
        "exclude", "同意剔除", (State.REPLIED, State.VERIFIED, State.CALLED_BACK, State.CLOSED), None,
        permissions.EXCLUDE, events.EXCLUDED, relation="approver", guard=policies.may_judge_exclusion,
        fields=(NOTE,), style="secondary", help="终审：由初审以外的人作出。",
    ),
    Action(
        "deny_exclusion", "不同意剔除", (State.REPLIED, State.VERIFIED, State.CALLED_BACK, State.CLOSED), None,
        permissions.EXCLUDE, events.EXCLUSION_DENIED, relation="approver", guard=policies.may_judge_exclusion,
        fields=(REASON,), style="secondary", help="终审：仍计入考核。",
    ),
)  # fmt: skip

FLOW = Workflow(
    "petition",
    "工单",
    states=State,
    initial=State.REGISTERED,
    actions=ACTIONS,
    relations=policies.RELATIONS,
    clocks=clocks.apply,
)
