"""Background work of community workers. The database is the queue of record: every task looks anew."""

from __future__ import annotations

from datetime import date

from celery import shared_task
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from accounts import permissions as account_permissions
from common import events as history
from common.errors import PlainError
from common.jobs import Run, job_kind
from common.schedule import every
from common.scope import scope_of
from grid.models import Unit
from staff import permissions
from staff.models import Appraisal, Forecast, PayRun, RotationPlan
from staff.selectors.grading import batch_of
from staff.selectors.scheme_trial import try_scheme
from staff.services import appraisal, appraisal_pay, attendance_months, forecast, grading, rotation, runs, scheme_trial
from staff.services.certificate_reminders import remind_of_certificates
from staff.services.enrolments import fill_free_places
from staff.services.leave import remind_waiting
from staff.services.roster_posts import posts_take_effect
from staff.workflow.appraisal import APPRAISAL_FLOW

# --- roster


@every(3600)
@shared_task(name="staff.posts_take_effect")
def posts_begin() -> int:
    """Unit and rank of those whose next post begins today."""
    return posts_take_effect()


@every(6 * 3600)
@shared_task(name="staff.remind_of_certificates")
def remind_certificates() -> int:
    """Tell units and workers of certificates that end soon."""
    return remind_of_certificates()


# --- grades


@job_kind(grading.KIND, label="批量定级")
def grade_many(run: Run) -> None:
    """Grade in bulk; done again after a break it goes on behind the last batch that was written."""
    params = run.job.params
    unit = Unit.objects.visible_to(run.actor, permissions.GRADE).filter(pk=params["unit"]).first()
    if (params["unit"] and unit is None) or not scope_of(run.actor).may(permissions.GRADE):
        raise PlainError("您已不能办理这个单位的定级，请联系系统管理员。")
    batch = batch_of(params["kind"], timezone.localdate(run.job.created_at))
    done = grading.grade_in_bulk(
        batch=batch, unit=unit, actor=run.actor, so_far=grading.Tally.of(run.job.result), progress=run.progress,
        keep=lambda tally: run.keep(**tally.stored()),
    )  # fmt: skip
    query = urlencode({"kind": batch.key, "unit": unit.pk if unit else ""})
    run.finish(message=done.words(), url=f"{reverse('staff:grading')}?{query}", **done.stored())


@job_kind(scheme_trial.KIND, label="试算薪酬方案")
def try_pay_scheme(run: Run) -> None:
    """Reckon a scheme for everybody in office; only the job itself keeps what came out."""
    scope = scope_of(run.actor)
    if not (scope.may(account_permissions.POLICY_MANAGE) or scope.may(permissions.PAY_VIEW)):
        raise PlainError("您已不能试算薪酬方案，请联系系统管理员。")
    found = try_scheme(run.job.params["data"], run.actor, run.progress)
    message = f"已试算 {found['people']:,} 人，每月合计由 {found['old']} 元变为 {found['new']} 元。"
    run.finish(message=message, trial=found, url=reverse("staff:trial-result", args=[run.job.pk]))


# --- pay


@job_kind(runs.JOB, label="核算工资")
def calculate_run(run: Run) -> None:
    """Slips and outcome in one transaction: a worker that dies has written nothing, and the next one starts anew."""
    found = PayRun.objects.visible_to(run.actor).select_related("unit").filter(pk=run.job.params["run"]).first()
    if found is None:
        raise PlainError("您已不能核算这张工资表，请联系系统管理员。")
    with transaction.atomic():
        made = runs.run_calculate(run=found, actor=run.actor, progress=run.progress)
        message = f"{made.people:,} 人，应发 {made.gross:,} 元，实发 {made.net:,} 元。"
        if made.left_out:
            message += f"有 {len(made.left_out):,} 人没有算出工资，请看工资表里的说明。"
        run.finish(message=message, url=made.get_absolute_url())


# --- appraisal


@job_kind(appraisal.JOB, label="考核")
def step_appraisal(run: Run) -> None:
    """A long step of a period, in one transaction with its outcome; done again after a break it starts anew."""
    params = run.job.params
    found = Appraisal.objects.visible_to(run.actor).filter(pk=params["appraisal"]).first()
    if found is None or params["step"] not in appraisal.LONG_STEPS:
        raise PlainError("您已不能办理这次考核，请联系系统管理员。")
    with transaction.atomic():
        made = APPRAISAL_FLOW.perform(params["step"], found, run.actor, progress=run.progress)
        event = history.timeline(made).first()
        words = history.kind_of(event.kind).describe(event.data) if event else ""
        if event and event.data.get("kept"):
            words += f"，{event.data['kept']} 人的年度考核已用于晋级，没有改动"
        run.finish(message=f"{words}。", url=made.get_absolute_url())


@job_kind(appraisal_pay.JOB, label="写入绩效比例")
def pay_appraisal(run: Run) -> None:
    """All shares or none."""
    params = run.job.params
    found = Appraisal.objects.visible_to(run.actor).filter(pk=params["appraisal"]).first()
    if found is None:
        raise PlainError("您已不能写入这次考核的绩效比例，请联系系统管理员。")
    month = date.fromisoformat(params["month"])
    with transaction.atomic():
        people = appraisal_pay.appraisal_pay(appraisal=found, actor=run.actor, month=month, progress=run.progress)
        run.finish(message=f"{month:%Y年%m月}起，{people:,} 人。", url=found.get_absolute_url())


# --- leave


@every(3600)
@shared_task(name="staff.remind_leave")
def remind_leave() -> int:
    """Ask offices for leave that waits for a decision."""
    return remind_waiting()


# --- forecast of pay


@job_kind(forecast.KIND, label="测算人员经费")
def forecast_pay(run: Run) -> None:
    """Rows and outcome in one transaction: a worker that dies has written nothing, and the next one begins anew."""
    found = Forecast.objects.visible_to(run.actor).select_related("unit").filter(pk=run.job.params["forecast"]).first()
    if found is None:
        raise PlainError("您已不能测算这个单位的人员经费，请联系系统管理员。")
    reckoned = forecast.reckon(found, run.progress)
    with transaction.atomic():
        made = forecast.forecast_keep(forecast=found, actor=run.actor, found=reckoned)
        message = f"首月 {made.people:,} 人，{made.months} 个月合计 {made.total:,} 元。"
        if made.left_out:
            message += f"有 {len(made.left_out):,} 人没有算进去，请看结果页的说明。"
        run.finish(message=message, url=made.get_absolute_url())


# --- training, rotation and attendance


@job_kind(rotation.KIND, label="编排轮训")
def plan_rotation(run: Run) -> None:
    """Turns and outcome in one transaction: a worker that dies has changed nothing, and the next one starts anew."""
    plan = RotationPlan.objects.visible_to(run.actor).select_related("unit").filter(pk=run.job.params["plan"]).first()
    if plan is None:
        raise PlainError("您已不能编排这项轮训，请联系系统管理员。")
    with transaction.atomic():
        found = rotation.rotation_plan(plan=plan, actor=run.actor, progress=run.progress)
        message = f"已安排 {len(found.turns):,} 人次。"
        if found.short:
            message += f"有 {len(found.short):,} 个位置没有人可派（请假、刚轮训过或人手不足）。"
        run.finish(message=message, turns=len(found.turns), short=len(found.short), url=plan.get_absolute_url())


@every(3600)
@shared_task(name="staff.fill_free_places")
def fill_trainings() -> int:
    """Let people up from the waiting lists of trainings: somebody left office, or fits again."""
    return fill_free_places()


@every(24 * 3600)
@shared_task(name="staff.forget_attendance")
def forget_attendance() -> int:
    """Delete single days of attendance that are older than the rule keeps them."""
    return attendance_months.forget_days()
