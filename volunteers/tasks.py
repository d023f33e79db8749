"""Background work of volunteer service. The database is the queue of record: every task looks anew."""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task
from celery.schedules import crontab
from django.utils import timezone

from common.jobs import Run, enqueue, job_kind
from common.schedule import every
from volunteers.services.activity_sweep import end_past_activities, fill_free_places, remind_to_confirm
from volunteers.services.expiry import expire_points
from volunteers.services.giving_back import lapse_due
from volunteers.services.order_chase import sweep as sweep_orders
from volunteers.services.order_retention import forget_persons
from volunteers.services.partners import remind
from volunteers.services.providers import plan_visits
from volunteers.services.stars import award_half_year, half_of


@every(300)
@shared_task(name="volunteers.end_activities")
def end_activities() -> None:
    """End what is over, fill places that came free, ask for hours that nobody has confirmed."""
    end_past_activities()
    fill_free_places()
    remind_to_confirm()


@every(6 * 3600)
@shared_task(name="volunteers.half_year_stars")
def half_year_stars() -> None:
    """Stars of the half-year that ended last; those that are there stay as they are."""
    today = timezone.localdate()
    first = today.replace(month=1 if today.month <= 6 else 7, day=1)
    award_half_year(half_of(first - timedelta(days=1)), on=today)


@every(600)
@shared_task(name="volunteers.lapse_redemptions")
def lapse_redemptions() -> int:
    """Give back points and goods of redemptions that nobody collected in time."""
    return lapse_due()


@every(3600)
@shared_task(name="volunteers.remind_partners")
def remind_partners() -> int:
    """Tell units what their partners' agreements need."""
    return remind()


@every(60)
@shared_task(name="volunteers.chase_orders")
def chase_orders() -> int:
    """Raise orders that nobody claims, tell of those that are not done in time."""
    return sweep_orders()


@every(24 * 3600)
@shared_task(name="volunteers.forget_orderers")
def forget_orderers() -> int:
    """Personal data of orders and care that ended more than a year ago."""
    return forget_persons()


@every(3600)
@shared_task(name="volunteers.plan_visits")
def plan_quarterly_visits() -> int:
    """This quarter's visits of co-building groups, once each."""
    return plan_visits(timezone.localdate())


@job_kind("volunteers.expire_points", label="积分到期清零")
def expire_points_of_year(run: Run) -> None:
    """Let lapse what ended with a year; a second run finds nothing left to do."""
    count = expire_points(run.job.params["year"], progress=lambda done: run.progress(done, done))
    run.finish(message=f"共有 {count:,} 人的积分到期清零。", accounts=count)


@every(crontab(hour=1, minute=30))
@shared_task(name="volunteers.points_of_last_year")
def points_of_last_year() -> None:
    """Points that end with a year lapse after its last day: one job for each year, whenever the system is back."""
    year = timezone.localdate().year - 1
    enqueue(
        "volunteers.expire_points", actor=None, params={"year": year}, label=f"{year} 年末积分到期清零",
        unique_key=f"volunteers.expire_points:{year}",
    )  # fmt: skip
