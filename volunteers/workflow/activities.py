"""The life of an activity as one table: draft, published, ended, confirmed; cancelled at any time before (domain §5).

What a row cannot say is in the service of the same name in ``volunteers.services``.
"""

from __future__ import annotations

from common.workflow import Action, Field, Input, Workflow
from volunteers import events, permissions
from volunteers.choices import ActivityState
from volunteers.policies.activities import has_started, not_over, over_unit

ACTIVITY_FLOW = Workflow(
    "activity",
    "志愿活动",
    states=ActivityState,
    initial=ActivityState.DRAFT,
    relations={"area": over_unit},
    actions=(
        Action(
            "publish", "发布", (ActivityState.DRAFT,), ActivityState.PUBLISHED, permissions.ACTIVITIES,
            events.ACTIVITY_PUBLISHED, guard=not_over, help="发布后居民可以看到，志愿者可以报名。",
        ),
        Action(
            "change", "修改", (ActivityState.DRAFT, ActivityState.PUBLISHED), None, permissions.ACTIVITIES,
            events.ACTIVITY_CHANGED, style="secondary", help="发布后修改的，已报名的志愿者会收到通知。",
        ),
        Action(
            "end", "结束活动", (ActivityState.PUBLISHED,), ActivityState.ENDED, permissions.ACTIVITIES,
            events.ACTIVITY_ENDED, guard=has_started, help="到结束时间会自动结束；提前完成的可以在这里结束。",
        ),
        Action(
            "confirm", "确认时长", (ActivityState.ENDED,), ActivityState.CONFIRMED, permissions.ACTIVITIES,
            events.ACTIVITY_CONFIRMED, style="success", help="核对每个人的服务时长，一次全部确认；确认后记入服务记录并计积分。",
        ),
        Action(
            "cancel", "取消活动", (ActivityState.DRAFT, ActivityState.PUBLISHED, ActivityState.ENDED),
            ActivityState.CANCELLED, permissions.ACTIVITIES, events.ACTIVITY_CANCELLED, style="danger",
            fields=(Field("reason", "取消原因", Input.TEXT, max_length=200, help="会告诉已报名的志愿者。"),),
            help="时长确认之前可以取消，已报名的志愿者会收到通知。",
        ),
    ),
)  # fmt: skip
