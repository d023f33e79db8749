"""Who stands in which relation to a row of staff; each answer is a decision with a sentence."""

from __future__ import annotations

from typing import Any

from common.decisions import ALLOWED, Decision, Denied
from common.scope import Scope
from grid.querysets import covers
from staff.models import PayRun


def over_run(run: PayRun, scope: Scope) -> bool:
    return covers(scope, run.unit)


def _somebody_else(actor: Any, *others: int | None) -> bool:
    return actor.pk not in others


def not_calculator(run: PayRun, actor: Any) -> Decision:
    """复核人不能是核算人 (domain §6: by different people)."""
    if _somebody_else(actor, run.calculated_by_id):
        return ALLOWED
    return Denied("这张工资表由您核算，请由另一位同事复核。")


def neither_calculator_nor_checker(run: PayRun, actor: Any) -> Decision:
    if _somebody_else(actor, run.calculated_by_id, run.checked_by_id):
        return ALLOWED
    return Denied("这张工资表由您核算或复核，请由另一位负责人审批。")


def not_approver(run: PayRun, actor: Any) -> Decision:
    if _somebody_else(actor, run.approved_by_id):
        return ALLOWED
    return Denied("这张工资表由您审批，请由另一位同事办理发放。")
