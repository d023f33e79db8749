"""Whoever enters money does not approve it (two people), and takes back only what is one's own."""

from __future__ import annotations

from typing import Any

from common.decisions import ALLOWED, Decision, Denied
from common.scope import Scope
from grid.querysets import covers


def over_account(entry: Any, scope: Scope) -> bool:
    """The account that the money leaves (of a budget: that it comes into) lies in the scope's area."""
    return covers(scope, entry.account.unit)


def over_budget(budget: Any, scope: Scope) -> bool:
    return covers(scope, budget.unit)


def another_person(row: Any, actor: Any) -> Decision:
    if row.entered_by_id == actor.pk:
        return Denied("这笔由您登记，请由另一位同事审批。")
    return ALLOWED


def whoever_entered(row: Any, actor: Any) -> Decision:
    if row.entered_by_id != actor.pk:
        return Denied("只有登记人可以撤回；不同意的请选“不通过”并写明理由。")
    return ALLOWED
