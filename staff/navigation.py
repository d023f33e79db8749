"""Menu entries of community workers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils import timezone

from common.navigation import AccountLink, MenuGroup, MenuItem, MenuPart, capped, register
from staff import permissions
from staff.models import Worker
from staff.selectors import appraisal, roster, runs
from staff.selectors.funds import waiting_entries
from staff.selectors.grades import ungraded
from staff.selectors.leave import waiting_for

GROUP = "staff"
PARTS = {
    "people": "人员", "pay": "等级和工资", "time": "考勤和请假", "appraisal": "考核评价", "growth": "培养成长", "funds": "经费",
}  # fmt: skip


def register_menu() -> None:
    """Called once, from ``StaffConfig.ready()``. Every entry belongs to a part; a part nobody sees anything of is not there."""
    view, pay, grade = (permissions.VIEW,), (permissions.PAY_VIEW,), (permissions.GRADE,)
    register(
        MenuGroup(GROUP, "社区队伍", "id-badge", order=35),
        *(MenuPart(f"{GROUP}.{key}", GROUP, label, order) for order, (key, label) in enumerate(PARTS.items())),
        *part(
            "people", view,
            item("workers", "社区工作者", "workers"),
            item("posts", "一职两备", "posts", query="reserves=short", count=lambda user: capped(roster.posts_short(user))),
        ),
        *part(
            "pay", pay,
            item("grades", "现行等级", "grades", permissions=(permissions.MANAGE, permissions.GRADE)),
            item(
                "ungraded", "还没有定级的人", "ungraded", permissions=grade,
                count=lambda user: capped(ungraded(Worker.objects.visible_to(user, permissions.GRADE))),
            ),
            item("grading", "批量定级", "grading", permissions=grade),
            item("try-schemes", "薪酬方案试算", "try-schemes"),
            item("runs", "工资表", "runs", count=lambda user: capped(runs.waiting_for(user))),
            item("slips", "工资条", "slips"),
            item("forecasts", "人员经费测算", "forecasts"),
        ),
        *part(
            "time", (permissions.ATTEND,),
            item("attendance", "考勤", "attendance"),
            item("attendance-sheets", "考勤月报", "attendance-sheets"),
            item("leaves", "请假", "leaves", permissions=(permissions.LEAVE,), query="state=asked", count=waiting_for),
            item("leave-calendar", "不在岗日历", "leave-calendar", permissions=view),
        ),
        *part(
            "appraisal", (permissions.APPRAISAL_VIEW,),
            # A judge may hold any role, or none over anybody.
            item(
                "own-sheets", "打分", "own-sheets", permissions=(), meant_for=appraisal.is_judge,
                count=appraisal.sheets_waiting,
            ),
            item(
                "appraisals", "考核", "appraisals",
                count=lambda user: appraisal.steps_waiting(user, timezone.localdate()),
            ),
            item("appraisal-results", "考核结果", "appraisal-results"),
            item(
                "appeals", "考核申诉", "appeals", permissions=(permissions.APPRAISE,), query="state=asked",
                count=appraisal.appeals_waiting,
            ),
            item("board", "赛马榜", "board", permissions=view),
        ),
        *part(
            "growth", (permissions.GROWTH,),
            item("trainings", "培训", "trainings"),
            item("training-hours", "培训学时", "training-hours"),
            item("exams", "考试", "exams"),
            item("rotation", "跟班轮训", "rotation"),
            item("pairs", "师徒结对", "pairs"),
            item("contests", "技能比武", "contests"),
            item("promotions", "晋升通道", "promotions"),
        ),
        *part(
            "funds", (permissions.FUND_VIEW,),
            item("funds", "社区经费", "funds"),
            item(
                "fund-entries", "经费收支", "fund-entries", query="state=proposed",
                count=lambda user: capped(waiting_entries(user)),
            ),
            item("fund-budgets", "经费预算", "fund-budgets", permissions=(permissions.FUND_MANAGE,)),
        ),
        AccountLink("staff.own", "我的工作", "staff:own", "id-badge", order=5),
    )  # fmt: skip


def part(key: str, usual: tuple[str, ...], *items: dict[str, Any]) -> Iterator[MenuItem]:
    """The entries of a part in the order they are named; ``usual``: what an entry that says nothing else asks for."""
    first = 100 * list(PARTS).index(key)
    for order, one in enumerate(items, start=first):
        yield MenuItem(**{"permissions": usual, **one}, group=GROUP, part=f"{GROUP}.{key}", order=order)


def item(key: str, label: str, name: str, **options: Any) -> dict[str, Any]:
    """A menu entry of this app: ``name`` is the address's name without the app."""
    return {"key": f"{GROUP}.{key}", "label": label, "url_name": f"staff:{name}", **options}
