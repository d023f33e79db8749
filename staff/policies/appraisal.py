"""Appraisal: published by somebody else than who added it up, appeals decided by somebody who did not score."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from common.decisions import ALLOWED, Decision, Denied
from common.scope import Scope
from grid.querysets import covers
from staff.appraisal.words import AppealState

SCORED = "您给这位对象评过分，请由没有参加评分的同事处理。"
ONESELF = "不能处理自己的考核，请由另一位同事处理。"


def over_appraisal(appraisal: Any, scope: Scope) -> bool:
    return covers(scope, appraisal.unit)


def over_appeal(appeal: Any, scope: Scope) -> bool:
    """Whoever organises the whole appraisal decides about its appeals."""
    return covers(scope, appeal.appraised.appraisal.unit)


def all_have_sent(appraisal: Any, actor: Any) -> Decision:
    waiting = appraisal.sheets.filter(sent_at=None, excused_at=None).select_related("judge").order_by("pk")
    names = [str(sheet.judge) for sheet in waiting[:6]]
    if not names:
        return ALLOWED
    more = "等" if len(names) > 5 else ""
    return Denied(f"还有打分表没有提交：{'、'.join(names[:5])}{more}。请催办，或在打分进度里写明原因免评。")


def not_reckoner(appraisal: Any, actor: Any) -> Decision:
    if actor.pk == appraisal.reckoned_by_id:
        return Denied("这次考核由您汇总，请由另一位同事复核公示。")
    return ALLOWED


def appeals_are_over(appraisal: Any, actor: Any) -> Decision:
    """Nothing is final before everybody has had the days of the rule to appeal, and every appeal its answer."""
    if appraisal.appeal_until is not None and timezone.localdate() <= appraisal.appeal_until:
        return Denied(f"申诉期到 {appraisal.appeal_until:%Y-%m-%d} 为止，期满后才能定格。")
    rows = appraisal.results.filter(appeals__state=AppealState.ASKED)
    if rows.exists():
        return Denied(f"还有 {rows.count()} 件申诉没有处理，处理后才能定格。")
    return ALLOWED


def took_no_part(row: Any, actor: Any) -> Decision:
    """``row``: an appeal, or whoever is appraised. Neither a judge of theirs nor they themselves."""
    appraised = getattr(row, "appraised", row)
    worker = appraised.worker
    if worker is not None and worker.user_id == actor.pk:
        return Denied(ONESELF)
    if getattr(row, "asked_by_id", None) == actor.pk:
        return Denied(ONESELF)
    given = appraised.scores.filter(sheet__judge=actor, sheet__excused_at=None, points__isnull=False)
    return Denied(SCORED) if given.exists() else ALLOWED
