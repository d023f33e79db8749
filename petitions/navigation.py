"""Menu entries of tickets and the numbers behind them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from common.navigation import MenuGroup, MenuItem, SearchBox, counted_together, register
from petitions import permissions
from petitions.models import Petition, SupervisionCard

_KEPT = "_petition_counts"


def counts(user: Any) -> dict[str, int]:
    """Numbers of all boxes, each counted no further than 100, in one statement; kept with the user's object."""
    known = user.__dict__.get(_KEPT)
    if known is None:
        known = user.__dict__[_KEPT] = _count(user)
    return known


def _count(user: Any) -> dict[str, int]:
    seen = Petition.objects.visible_to(user)
    boxes = {
        "mine": Petition.objects.waiting_for(user),
        "today": seen.due_today(),
        "overdue": seen.overdue(),
        "unit": Petition.objects.led_by(user),
        "co_handled": Petition.objects.co_handled_by(user),
        "cards": SupervisionCard.objects.to_answer_by(user),
    }
    return counted_together(boxes)


def _of(box: str) -> Callable[[Any], int]:
    return lambda user: counts(user).get(box, 0)


def register_menu() -> None:
    """Called once, from ``PetitionsConfig.ready()``."""
    view = (permissions.VIEW,)
    register(
        MenuGroup("petitions", "诉求办理", "clipboard-list", order=20),
        _item("new", "登记诉求", "create", 5, permissions=(permissions.REGISTER,)),
        _item("mine", "待我办理", "mine", 10, permissions=view, count=_of("mine")),
        _item("today", "今天到期", "today", 20, permissions=view, count=_of("today")),
        _item("overdue", "已经超期", "overdue", 30, permissions=view, count=_of("overdue")),
        _item("unit", "本单位主办", "unit", 40, permissions=view, count=_of("unit")),
        _item("co-handled", "待我协办", "co-handled", 45, permissions=(permissions.HANDLE,), count=_of("co_handled")),
        _item("cards", "督办和提醒", "cards", 50, permissions=view, count=_of("cards")),
        _item("registered", "我登记的", "registered-by-me", 60, permissions=(permissions.REGISTER,)),
        _item("closed", "已经办结", "closed", 70, permissions=view),
        _item("all", "全部工单", "list", 80, permissions=view),
        MenuItem(
            "petitions.import", "批量导入", "imports:list", "petitions", permissions=(permissions.IMPORT,), order=85
        ),
        _item("categories", "诉求分类", "categories", 90, permissions=(permissions.CATEGORIES,)),
        SearchBox("petitions:list", "搜索工单：内容、地点、编号", permissions=view),
    )


def _item(key: str, label: str, name: str, order: int, **options: Any) -> MenuItem:
    return MenuItem(f"petitions.{key}", label, f"petitions:{name}", "petitions", order=order, **options)
