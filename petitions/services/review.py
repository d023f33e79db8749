"""Decisions above the handler: extension, suspension, exclusion (domain §4)."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils import timezone

from common import calendar
from common.errors import Invalid
from petitions import clocks
from petitions.choices import ExclusionReason
from petitions.models import Petition
from petitions.services.loop import checked_limit, shown
from petitions.workflow import FLOW


@FLOW.service("extend")
def petition_extend(*, petition: Petition, actor: Any, limit: str, note: str) -> Petition:
    """Move the finish limit by ``limit`` (``5wd``); at most twice, with the reason told (art. 15 (二))."""
    limit = checked_limit(limit)
    if not limit:
        raise Invalid("请填写延长多久。", "limit")
    with FLOW.step("extend", petition, actor) as step:
        due_at = clocks.extend(step, limit)
        step.set(extensions=step.object.extensions + 1)
        step.data.update(limit=calendar.Limit.parse(limit).label, due=shown(due_at), note=note)
    return step.object


@FLOW.service("suspend")
def petition_suspend(*, petition: Petition, actor: Any, note: str, until: date) -> Petition:
    """Let all clocks stand still (缓办、挂账) until ``resume``; ``until`` is what is expected, not a timer."""
    if until <= timezone.localdate():
        raise Invalid("预计恢复日期应晚于今天。", "until")
    with FLOW.step("suspend", petition, actor) as step:
        clocks.pause(step)
        step.data.update(note=note, until=until.isoformat())
    return step.object


@FLOW.service("resume")
def petition_resume(*, petition: Petition, actor: Any, note: str = "") -> Petition:
    """The clocks go on from where they stood."""
    with FLOW.step("resume", petition, actor) as step:
        clocks.resume(step)
        due_at = step.object.finish_due_at
        step.data.update(note=note, due=shown(due_at) if due_at else "")
    return step.object


@FLOW.service("propose_exclusion")
def petition_propose_exclusion(*, petition: Petition, actor: Any, reason: str, note: str) -> Petition:
    """First review: the ticket should not count; ``note`` is the evidence."""
    with FLOW.step("propose_exclusion", petition, actor) as step:
        step.set(exclusion_reason=ExclusionReason(reason), exclusion_proposed_by=actor)
        step.data.update(reason=ExclusionReason(reason).label, note=note)
    return step.object


@FLOW.service("exclude")
def petition_exclude(*, petition: Petition, actor: Any, note: str = "") -> Petition:
    """Final review, by somebody else: left out of the adjusted rates."""
    with FLOW.step("exclude", petition, actor) as step:
        step.set(excluded_at=step.at)
        step.data.update(note=note)
    return step.object


@FLOW.service("deny_exclusion")
def petition_deny_exclusion(*, petition: Petition, actor: Any, note: str) -> Petition:
    """Final review, by somebody else: it counts."""
    with FLOW.step("deny_exclusion", petition, actor) as step:
        step.set(exclusion_reason="", exclusion_proposed_by=None)
        step.data.update(note=note)
    return step.object
