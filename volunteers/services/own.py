"""What a volunteer does without an account: sign up, enter with number and code, take a copy of one's data."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from common import throttle
from common.codes import code_fits
from common.crypto import lookup_hashes, normalise
from common.errors import Conflict, Invalid
from common.events import plain
from volunteers.choices import VolunteerState
from volunteers.models import Volunteer, VolunteerPerson
from volunteers.services.people import ACCESS_CODE, AlreadySignedUp, SignedUp, volunteer_sign_up
from volunteers.services.people_changes import FIELDS

MAY_ENTER = (VolunteerState.WAITING, VolunteerState.ACTIVE)
WRONG = "编号（或手机号）与登录码不相符。请核对后重新输入；忘记登录码的，请带身份证到所在社区重新领取。"
KNOWN = "您已经登记过了，不用重复注册。忘记登录码的，请联系所在社区。"
SIGN_UPS = throttle.Rule(
    "volunteer-sign-up", 20, timedelta(hours=1), "您所在的网络一小时内提交得太多，请稍后再试，或到社区现场注册。"
)
GUESSES = throttle.Rule("own-guess", 10, timedelta(minutes=15), "输错的次数太多，请 15 分钟后再试。")
GUESSES_AT_ONE = throttle.Rule(
    "own-guess-one", 10, timedelta(hours=1), "这个编号输错的次数太多，请一小时后再试，或联系所在社区。"
)
MOST_AT_ONE_PHONE = 10


def public_sign_up(*, source: str, **values: Any) -> SignedUp:
    """Sign up without an account; ``source`` is where the request comes from.

    Somebody who has a number is told so and nothing more. Raises ``throttle.TooMany`` past the limit.
    """
    throttle.check(SIGN_UPS, source)
    try:
        signed_up = volunteer_sign_up(actor=None, **values)
    except AlreadySignedUp:
        throttle.note(SIGN_UPS, source)
        raise Conflict(KNOWN) from None
    if not signed_up.repeated:
        throttle.note(SIGN_UPS, source)
    return signed_up


def volunteer_by_code(*, source: str, who: str, code: str) -> Volunteer:
    """The volunteer of this number (or phone) and code.

    A wrong number and a wrong code answer alike and take as long. Raises ``Invalid`` for them and
    ``throttle.TooMany`` past the limits.
    """
    who = "".join(who.split()).upper()[:24]
    throttle.check(GUESSES, source)
    counted = normalise(who, "phone")  # one limit for all spellings
    throttle.check(GUESSES_AT_ONE, counted)
    named = Q(number=who) | Q(person__phone_hash__in=lookup_hashes(who, "phone"))
    rows = Volunteer.objects.filter(named, state__in=MAY_ENTER).select_related("unit").order_by("pk")
    candidates = list(rows[:MOST_AT_ONE_PHONE])
    fits = [row for row in candidates if code_fits(code, ACCESS_CODE, row.access_hash)]
    if not candidates:
        code_fits(code, ACCESS_CODE, None)
    if not fits:
        throttle.note(GUESSES, source)
        throttle.note(GUESSES_AT_ONE, counted)
        raise Invalid(WRONG)
    return fits[0]


def copy_of_data(volunteer: Volunteer) -> dict[str, Any]:
    """Everything the system keeps about the volunteer, in words, for download (PIPL art. 45)."""
    person = VolunteerPerson.objects.get(volunteer=volunteer)
    personal = {label: getattr(person, name) for name, label in FIELDS.items()}
    return {
        "说明": f"{timezone.localtime():%Y-%m-%d %H:%M} 由本人在个人主页下载",
        "志愿者编号": volunteer.number,
        **personal,
        "所属单位": volunteer.unit.name,
        "类别": volunteer.get_group_display(),
        "状态": volunteer.get_state_display(),
        "昵称": volunteer.nickname,
        "同意公开展示": "是" if volunteer.display_consent_at else "否",
        "愿意服务的地方": volunteer.areas,
        "注册日期": plain(volunteer.joined_on),
        "保险有效期至": plain(volunteer.insured_until),
        "服务记录": [
            {"日期": plain(row.day), "内容": row.what, "时长（小时）": plain(row.hours)}
            for row in volunteer.records.filter(voided_at=None).order_by("day", "pk")
        ],
        "积分": [
            {
                "项目": line.account.programme.name, "日期": plain(line.entry.day), "摘要": line.entry.reason,
                "积分": plain(line.amount), "余额": plain(line.balance_after),
            }
            for account in volunteer.accounts.select_related("programme").order_by("pk")
            for line in account.lines.select_related("entry", "account__programme").order_by("pk")
        ],
    }  # fmt: skip
