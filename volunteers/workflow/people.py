"""What may be done with a volunteer (志愿服务条例 arts. 7, 17, 20; 个人信息保护法 art. 47)."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from common.decisions import ALLOWED, Decision, Denied
from common.scope import Scope
from common.workflow import Action, Field, Input, Workflow
from grid.selectors import accounts_at
from volunteers import events, permissions
from volunteers.choices import HowChecked, Remainder, VolunteerState

WAITING, ACTIVE, LEFT, ERASED = (
    VolunteerState.WAITING, VolunteerState.ACTIVE, VolunteerState.LEFT, VolunteerState.ERASED,
)  # fmt: skip
HOW = Field("how", "核实方式", Input.CHOICE, choices=HowChecked)


def in_area(volunteer: Any, scope: Scope) -> bool:
    """The volunteer's unit lies inside the scope: the same rule as ``VolunteeringQuerySet``, for one row."""
    return scope.everything or any(volunteer.unit.path.startswith(path) for path in scope.unit_paths)


def accounts(volunteer: Any, actor: Any) -> list[tuple[str, str]]:
    """Accounts of the unit and above that may be the volunteer's own."""
    if volunteer is None:
        return []
    rows = accounts_at(volunteer.unit).filter(Q(volunteer=None) | Q(volunteer=volunteer))
    return [(str(user.pk), f"{user.display_name}（{user.username}）") for user in rows]


def asked_for_erasure(volunteer: Any, actor: Any) -> Decision:
    if volunteer.erasure_asked_at is None:
        return Denied("本人没有申请注销。")
    return ALLOWED


VOLUNTEER_FLOW = Workflow(
    "volunteer",
    "志愿者",
    states=VolunteerState,
    initial=ACTIVE,
    relations={"area": in_area},
    actions=(
        Action(
            "agree", "确认监护人同意", (WAITING,), ACTIVE, permissions.MANAGE, events.GUARDIAN_AGREED, fields=(HOW,),
            help="联系监护人本人确认同意后办理；确认后志愿者在册，可以报名（志愿服务条例第七条）。",
        ),
        Action(
            "transfer", "转移单位", (WAITING, ACTIVE), None, permissions.MANAGE, events.MOVED_TO_UNIT,
            fields=(Field("unit", "转到的单位", Input.BODY, choices=lambda volunteer, actor: ()),),
            help="编号、时长和积分不变，由新单位继续管理。两个单位都在您的管辖范围内才能办理。", style="secondary",
        ),
        Action(
            "new_code", "重发登录码", (WAITING, ACTIVE), None, permissions.MANAGE, events.CODE_ISSUED, fields=(HOW,),
            help="核实是本人后，给本人一个新的个人主页登录码，旧码立即失效。", style="secondary",
        ),
        Action(
            "insure", "登记保险", (ACTIVE,), None, permissions.MANAGE, events.INSURED,
            fields=(
                Field("insured_until", "保险有效期至", Input.DATE),
                Field("insurance", "保险说明", required=False, max_length=80, help="险种、承保公司，不写保单号以外的个人信息"),
            ),
            help="参加可能有人身危险的活动前，须有人身意外伤害保险（志愿服务条例第十七条）。", style="secondary",
        ),
        Action(
            "link", "关联工作账号", (ACTIVE,), None, permissions.MANAGE, events.ACCOUNT_LINKED,
            fields=(Field("user", "工作账号", Input.CHOICE, required=False, choices=accounts, help="不选则取消关联"),),
            help="社区工作者、网格员本人也是志愿者时，把工作账号和志愿者编号关联。", style="secondary",
        ),
        Action(
            "leave", "退出", (ACTIVE,), LEFT, permissions.MANAGE, events.VOLUNTEER_LEFT,
            fields=(Field("reason", "原因", required=False, max_length=100, help="如搬离本社区；不写个人隐私"),),
            help="退出后取消未开始的报名，退出所在队伍；时长和积分保留，可以恢复。", style="secondary",
        ),
        Action(
            "rejoin", "恢复在册", (LEFT,), ACTIVE, permissions.MANAGE, events.REJOINED,
            help="志愿者重新参加服务，编号、时长和积分不变。",
        ),
        Action(
            "keep", "撤回注销申请", (WAITING, ACTIVE), None, permissions.MANAGE, events.ERASURE_DROPPED,
            guard=asked_for_erasure,
            help="本人改变主意、不再注销时办理。", style="secondary",
        ),
        Action(
            "erase", "注销", (WAITING, ACTIVE, LEFT), ERASED, permissions.MANAGE, events.ERASED,
            fields=(
                Field("remainder", "剩余积分", Input.CHOICE, choices=Remainder,
                      help="积分不是报酬，不能折现；本人要求捐赠的捐入社区爱心积分池"),
            ),
            help="清除姓名、手机、证件号等全部个人信息（个人信息保护法第四十七条），不能恢复；编号和积分账目保留。",
            style="danger", confirm=True,
        ),
    ),
)  # fmt: skip
