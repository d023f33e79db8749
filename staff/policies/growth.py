"""Who may do what about training, mentoring and attendance."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from common.decisions import ALLOWED, Decision, Denied
from common.scope import Scope
from grid.querysets import covers

NOT_ONESELF = "不能更正自己的考勤，请由另一位同事办理。"


def over_unit(row: Any, scope: Scope) -> bool:
    """The unit that organises it lies inside the scope."""
    return covers(scope, row.unit)


def over_apprentice(pair: Any, scope: Scope) -> bool:
    """The apprentice belongs to the scope's area."""
    return covers(scope, pair.apprentice.unit)


def has_begun(session: Any, actor: Any) -> Decision:
    if session.starts_at > timezone.now():
        return Denied("培训还没有开始，不能结束；不办了请取消。")
    return ALLOWED


def month_is_over(sheet: Any, actor: Any) -> Decision:
    if sheet.month >= timezone.localdate().replace(day=1):
        return Denied("本月还没有过完，不能结账。")
    return ALLOWED
