"""Activities: who organises them, who may take part, when one may sign (志愿服务条例 arts. 12, 15, 17)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone

from common.decisions import ALLOWED, Decision, Denied
from common.scope import Scope
from volunteers.choices import ActivityState, Skill, VolunteerState

SIGN_IN_BEFORE = timedelta(minutes=60)
SIGN_OUT_AFTER = timedelta(minutes=60)
LIVE_STATES = (ActivityState.PUBLISHED, ActivityState.ENDED, ActivityState.CONFIRMED)


def over_unit(activity: Any, scope: Scope) -> bool:
    """The organising unit lies inside the scope."""
    return scope.everything or any(activity.unit.path.startswith(path) for path in scope.unit_paths)


# --- guards of the workflow


def not_over(activity: Any, actor: Any) -> Decision:
    if activity.ends_at <= timezone.now():
        return Denied("活动的结束时间已经过去，请先修改时间再发布。")
    return ALLOWED


def has_started(activity: Any, actor: Any) -> Decision:
    if activity.starts_at > timezone.now():
        return Denied("活动还没有开始，不能结束；不办了请取消活动。")
    return ALLOWED


# --- who may take part


def age_on(birth_date: str, day: date) -> int | None:
    """Full years on a day; ``None`` when the date of birth is not known."""
    try:
        born = date.fromisoformat(birth_date)
    except ValueError:
        return None
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def is_open(activity: Any, at: datetime, *, by_organiser: bool = False) -> Decision:
    """Sign-up is open; an organiser may add people after the sign-up has closed, until the end."""
    if activity.state != ActivityState.PUBLISHED:
        return Denied(f"活动“{activity}”{activity.get_state_display()}，不能报名。")
    last = activity.ends_at if by_organiser else activity.signup_until
    if at >= last:
        return Denied(f"活动“{activity}”的报名已于 {timezone.localtime(last):%Y-%m-%d %H:%M} 截止。")
    return ALLOWED


def fits(activity: Any, volunteer: Any, role: Any = None) -> Decision:
    """State, age, skill and insurance of a volunteer against what the activity needs."""
    if volunteer.state == VolunteerState.WAITING:
        return Denied("监护人同意后才能报名，请先到社区办理监护人同意。")
    if volunteer.state != VolunteerState.ACTIVE:
        return Denied("您已退出志愿者队伍，不能报名。")
    for decision in (_old_enough(activity, volunteer), _skilled(volunteer, role), _insured(activity, volunteer)):
        if isinstance(decision, Denied):
            return decision
    return ALLOWED


def _old_enough(activity: Any, volunteer: Any) -> Decision:
    """Art. 15: what is asked of a volunteer fits their age."""
    low, high = activity.min_age, activity.max_age
    if low is None and high is None:
        return ALLOWED
    age = age_on(volunteer.person.birth_date, timezone.localdate(activity.starts_at))
    if age is None:
        return Denied("这项活动有年龄要求，请先到社区补充您的出生日期。")
    if (low is not None and age < low) or (high is not None and age > high):
        return Denied(f"这项活动要求{age_words(low, high)}，您到活动当天为 {age} 周岁。")
    return ALLOWED


def age_words(low: int | None, high: int | None) -> str:
    if low is not None and high is not None:
        return f"{low} 至 {high} 周岁"
    return f"年满 {low} 周岁" if low is not None else f"不超过 {high} 周岁"


def _skilled(volunteer: Any, role: Any) -> Decision:
    if role is None or not role.skill or role.skill in volunteer.skills:
        return ALLOWED
    return Denied(f"岗位“{role}”需要“{Skill(role.skill).label}”技能，请先在“我的信息”里补充，或选择其他岗位。")


def _insured(activity: Any, volunteer: Any) -> Decision:
    """Art. 17: before anything dangerous the organiser buys the volunteer an accident insurance."""
    if not activity.is_risky:
        return ALLOWED
    day = timezone.localdate(activity.ends_at)
    if volunteer.insured_until is None or volunteer.insured_until < day:
        return Denied("这项活动有人身危险，须先办理志愿者保险（志愿服务条例第十七条），请联系社区登记保险后再报名。")
    return ALLOWED


# --- when one may sign


def may_sign_in(activity: Any, at: datetime) -> Decision:
    """From an hour before the start to the end; the server's time alone counts."""
    if activity.state != ActivityState.PUBLISHED:
        return Denied(f"活动“{activity}”{activity.get_state_display()}，不能签到。")
    opens = activity.starts_at - SIGN_IN_BEFORE
    if at < opens:
        return Denied(f"还没到签到时间，{timezone.localtime(opens):%Y-%m-%d %H:%M} 开始签到。")
    if at > activity.ends_at:
        return Denied("活动已经结束，不能签到；确实参加了的，请组织者补签。")
    return ALLOWED


def may_sign_out(activity: Any, at: datetime) -> Decision:
    if activity.state not in (ActivityState.PUBLISHED, ActivityState.ENDED):
        return Denied(f"活动“{activity}”{activity.get_state_display()}，不能签退。")
    if at < activity.starts_at:
        return Denied("活动还没有开始，不能签退；不参加了请告诉组织者。")
    if at > activity.ends_at + SIGN_OUT_AFTER:
        return Denied("签退时间已过，请组织者补签。")
    return ALLOWED
