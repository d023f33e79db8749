"""Appeals and corrections. A result stays as it was; a correction is a new one that names it, with the reason."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.http import Http404
from django.utils import timezone

from accounts.services.notifications import message, notify
from common import events as history
from common.decisions import Denied
from common.errors import Conflict, Invalid, Refused
from common.masks import mask_name
from staff import events_appraisal as events
from staff.appraisal.score import Line, level_of, plain, score_of, with_points
from staff.appraisal.words import AppraisalState, Cycle, Subject
from staff.models import Appeal, Appraisal, AppraisalResult, Appraised
from staff.policies.appraisal import took_no_part
from staff.selectors.appraisal import current_result, lines_of, may_organise, scheme_of_appraisal
from staff.selectors.appraisal_people import speaks_for
from staff.services.appraisal_reckoning import new_result
from staff.services.appraisal_sheets import points_of
from staff.services.roster_duties import review_feed
from staff.services.workers import one_line
from staff.workflow.appraisal import APPEAL_FLOW

PEOPLE = ("worker__person", "worker__user", "unit", "host_unit", "appraisal__unit", "appraisal__policy")
MOST = 500


# --- asking


def readable(user: Any, pk: int) -> Appraised:
    """Whoever is appraised, for the person appraised or a community's own people; raises ``Http404`` for others."""
    for rows in (Appraised.objects.own(user), Appraised.objects.on_board(user)):
        found = rows.select_related(*PEOPLE).filter(pk=pk).first()
        if found is not None and speaks_for(user, found):
            return found
    raise Http404("没有您的这次考核，或者它还没有公示。")


def appeal_ask(*, user: Any, appraised: Appraised, text: str, request_key: UUID) -> Appeal:
    """Appeal against one's own published result. ``request_key`` makes a repeated call hand back the first one.

    Raises ``Http404`` for another's, ``Invalid`` without a reason, ``Conflict`` after the last day or a second time.
    """
    text = one_line(text, MOST, "申诉理由", "text")
    if not text:
        raise Invalid("请写明申诉理由。", "text")
    one = readable(user, appraised.pk)
    with transaction.atomic():
        period = Appraisal.objects.select_for_update(of=("self",)).select_related("unit").get(pk=one.appraisal_id)
        if repeated := Appeal.objects.filter(request_key=request_key, asked_by=user).first():
            return repeated
        _refuse_late(period)
        result = current_result(one)
        if result is None:
            raise Conflict("还没有结果，不能申诉。")
        row = Appeal(
            appraised=one, result=result, text=text, asked_by=user, asked_at=timezone.now(), request_key=request_key
        )
        try:
            with transaction.atomic():
                history.record(row, events.APPEAL_ASKED, actor=user, data={"text": text})
        except IntegrityError:
            raise Conflict("这次考核已经申诉过，每次考核只能申诉一次。") from None
    return row


def _refuse_late(period: Appraisal) -> None:
    if period.state != AppraisalState.PUBLISHED:
        raise Conflict("只有公示中的考核可以申诉。")
    if period.appeal_until is not None and timezone.localdate() > period.appeal_until:
        raise Conflict(f"申诉期到 {period.appeal_until:%Y-%m-%d} 为止，已经过期。")


def appeal_take_back(*, appeal: Appeal, user: Any) -> Appeal:
    """Taken back by whoever appealed; raises ``Http404`` for another's, ``Conflict`` once it is decided."""
    with transaction.atomic():
        row = Appeal.objects.asked_by(user).select_for_update(of=("self",)).filter(pk=appeal.pk).first()
        if row is None:
            raise Http404
        with APPEAL_FLOW.open_step("withdraw", row, user) as step:
            step.data.update(note="申诉人撤回")
    return row


# --- deciding


@APPEAL_FLOW.service("uphold")
def appeal_uphold(*, appeal: Appeal, actor: Any, line: str, points: str, note: str) -> Appeal:
    """Correct one line: a new result stands beside the old one. ``line`` is ``side:key``."""
    with APPEAL_FLOW.step("uphold", appeal, actor) as step:
        row = step.object
        one = _locked(row.appraised_id)
        fresh, old = _correct(one, line, points_of(str(points), "points"), actor, step.at, f"申诉成立：{note}"[:200])
        step.set(decided_by=actor, decided_at=step.at, answer=note)
        step.data.update(old=words(old.score), new=words(fresh.score), note=note)
        _answer(row, one, f"您的申诉成立，得分由 {words(old.score)} 改为 {words(fresh.score)}：{note}")
    return step.object


@APPEAL_FLOW.service("reject")
def appeal_reject(*, appeal: Appeal, actor: Any, note: str) -> Appeal:
    """The result stands, with the reason."""
    with APPEAL_FLOW.step("reject", appeal, actor) as step:
        step.set(decided_by=actor, decided_at=step.at, answer=note)
        step.data.update(note=note)
        _answer(step.object, step.object.appraised, f"您的申诉没有成立，维持原结果：{note}")
    return step.object


@APPEAL_FLOW.service("withdraw")
def appeal_withdraw(*, appeal: Appeal, actor: Any, note: str) -> Appeal:
    """Taken back on somebody's behalf."""
    with APPEAL_FLOW.step("withdraw", appeal, actor) as step:
        step.data.update(note=note)
    return step.object


def _answer(row: Appeal, one: Appraised, text: str) -> None:
    url = one.get_absolute_url() if one.worker_id is None else f"/staff/me/appraisals/{one.pk}/"
    notify([message(to=row.asked_by, text=text, key=f"appeal:{row.pk}:decided", url=url)])


# --- correcting what is final


def result_correct(
    *, appraised: Appraised, actor: Any, line: str, points: str, why: str, current: int | None = None
) -> AppraisalResult:
    """Correct a final result: the old one stays, the new one says why. ``current``: the result that was looked at.

    Raises ``Http404`` outside the area, ``Refused`` for whoever does not organise, scored or is appraised,
    ``Conflict`` before it is final or when somebody else was faster.
    """
    why = one_line(why, 200, "更正理由", "why")
    if not why:
        raise Invalid("请填写更正理由。", "why")
    value = points_of(str(points), "points")
    with transaction.atomic():
        if not Appraised.objects.visible_to(actor).filter(pk=appraised.pk).exists():
            raise Http404
        one = _locked(appraised.pk)
        _insist(one, actor)
        before = current_result(one)
        if current is not None and (before is None or before.pk != current):
            raise Conflict("这个结果刚刚被更正过，请刷新页面后再办理。")
        at = timezone.now()
        fresh, old = _correct(one, line, value, actor, at, why)
        period = one.appraisal
        data = {"who": str(one), "old": words(old.score), "new": words(fresh.score), "why": why}
        history.record(period, events.CORRECTED, actor=actor, data=data)
        if fresh.review and period.subject == Subject.WORKER and period.cycle == Cycle.YEAR:
            review_feed(result=fresh, actor=actor, year=period.last_day.year)
    return fresh


def _insist(one: Appraised, actor: Any) -> None:
    if not may_organise(actor, one.appraisal):
        raise Refused("本次考核不由您组织，不能更正。")
    decision = took_no_part(one, actor)
    if isinstance(decision, Denied):
        raise Refused(decision.reason)
    if one.appraisal.state != AppraisalState.FINAL:
        raise Conflict("还没有定格的结果请通过申诉或退回重新打分更正。")


def _locked(pk: int) -> Appraised:
    """Whoever is appraised, with the period under its lock: of two corrections one comes after the other."""
    one = Appraised.objects.select_related(*PEOPLE).get(pk=pk)
    one.appraisal = (
        Appraisal.objects.select_for_update(of=("self",)).select_related("unit", "policy").get(pk=one.appraisal_id)
    )
    return one


def _correct(
    one: Appraised, line: str, points: Any, actor: Any, at: datetime, why: str
) -> tuple[AppraisalResult, AppraisalResult]:
    """The new result and the one it corrects. Its level goes by the thresholds: shares were given out already."""
    old = current_result(one)
    side, _, key = line.partition(":")
    if old is None:
        raise Conflict("没有可以更正的结果。")
    try:
        lines: list[Line] = with_points(lines_of(old), side, key, points, f"更正为 {plain(points)} 分")
    except LookupError:
        raise Invalid("请从列表中选择要更正的一项。", "line") from None
    scheme = scheme_of_appraisal(one.appraisal)
    score = score_of(lines, scheme.home)
    if score.total == old.score:
        raise Invalid("更正后得分没有变化，请核对。", "points")
    fresh = new_result(
        one, one.appraisal, lines, score, level_of(scheme, score.total), actor, at, corrects=old, why=why
    )
    fresh.save(force_insert=True)
    return fresh, old


def words(score: Any) -> str:
    return f"{score:f}" if score is not None else "—"


def name_of(one: Appraised) -> str:
    """As messages name whoever is appraised."""
    if one.worker is None:
        return f"“{one.unit.name}”"
    return f"{one.unit.name} {mask_name(one.worker.person.name)} {one.worker.number} "
