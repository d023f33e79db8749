"""The way of a partner's agreement as one table (延吉 社区治理合伙人): it runs, is served, and ends."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from common.decisions import ALLOWED, Decision, Denied
from common.workflow import Action, Field, Input, Workflow
from volunteers import events, permissions
from volunteers.choices import AgreementState
from volunteers.models import Agreement
from volunteers.rules import theme_choices


def themes(agreement: Any, actor: Any) -> list[tuple[str, str]]:
    return theme_choices(timezone.localdate())


def is_over(agreement: Agreement, actor: Any) -> Decision:
    if agreement.last_day < timezone.localdate():
        return ALLOWED
    return Denied(f"协议到 {agreement.last_day:%Y-%m-%d} 为止，还没有到期；提前结束请用“解除协议”。")


def covers_unit(agreement: Any, scope: Any) -> bool:
    return bool(scope.everything or any(agreement.unit.path.startswith(path) for path in scope.unit_paths))


DAY = Field("day", "服务日期", Input.DATE)
WHAT = Field("what", "服务内容", max_length=100)
NOTE = Field("note", "理由", Input.LINE, max_length=120)

ACTIONS = (
    Action(
        "serve", "登记合伙人服务", (AgreementState.ACTIVE,), None, permissions.PARTNERS, events.AGREEMENT_SERVED,
        fields=(
            DAY, WHAT,
            Field("people", "人数", max_length=4, help="合伙人派出的人数"),
            Field("hours", "时长合计（小时）", Input.NUMBER, help="所有人的时长相加，每人每天不超过 24 小时"),
        ),
        help="合伙人自己的人员提供的服务，按人数和合计时长登记。",
    ),
    Action(
        "serve_by_volunteer", "登记志愿者服务", (AgreementState.ACTIVE,), None, permissions.PARTNERS,
        events.AGREEMENT_SERVED, style="secondary",
        fields=(
            Field("number", "志愿者编号", max_length=20), DAY,
            Field("start", "开始时间", Input.TIME), Field("end", "结束时间", Input.TIME), WHAT,
            Field("theme", "服务主题", Input.CHOICE, choices=themes),
        ),
        help="合伙人中的注册志愿者提供的服务，同时记入志愿服务时长和积分。",
    ),
    Action(
        "end", "到期结束", (AgreementState.ACTIVE,), AgreementState.ENDED, permissions.PARTNERS,
        events.AGREEMENT_ENDED, guard=is_over, style="success",
        fields=(Field("note", "履约情况", max_length=120, required=False, help="时长没有服务满的必须写明。"),),
        help="协议到期、时长核对完毕后结束；结束后不能再登记服务。",
    ),
    Action(
        "terminate", "解除协议", (AgreementState.ACTIVE,), AgreementState.TERMINATED, permissions.PARTNERS,
        events.AGREEMENT_TERMINATED, fields=(NOTE,), style="danger",
        help="没有到期而提前终止，写明理由。",
    ),
)  # fmt: skip

AGREEMENT_FLOW = Workflow(
    "agreement", "合伙人协议", states=AgreementState, initial=AgreementState.ACTIVE, actions=ACTIONS,
    relations={"area": covers_unit},
)  # fmt: skip
