"""How the forms of volunteer service are filled in: a part of ``inputs.py``, one block per field of work."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import time_machine
from django.utils import timezone

from common.codes import code_hash
from tests.contracts.filling import Fill, Sent, about, act, plain, today
from tests.contracts.world import World
from tests.factories.activities import make_activity, make_participation
from tests.factories.rules import make_rules
from tests.factories.shop import OWN_CODE
from tests.factories.volunteers import make_id_number, make_programme, make_volunteer
from volunteers.choices import ActivityState, RecordSource, VolunteerState
from volunteers.models import Activity, Certificate, Nomination, Participation, ServiceRecord, Team, Volunteer
from volunteers.services.attendance import sign_in, sign_out
from volunteers.services.certificates import certificate_issue
from volunteers.services.honours import nominate, nomination_recommend
from volunteers.services.hours import activity_confirm, hours_object
from volunteers.services.objections import record_object
from volunteers.services.people import ACCESS_CODE
from volunteers.services.records import Service, record_services
from volunteers.services.teams import team_create, team_join

DESK = "community_worker"
DEEDS = "十年如一日照看楼里的独居老人，带着邻居清理楼道、调解纠纷。"


def in_days(days: int) -> str:
    return f"{timezone.localdate() + timedelta(days=days):%Y-%m-%d}"


# --- people and teams


def volunteer(world: World, **fields: Any) -> Volunteer:
    """A volunteer of the community whose code is known."""
    make_rules()
    make_programme()
    return make_volunteer(world.tree.community, access_hash=code_hash(OWN_CODE, ACCESS_CODE), **fields)


def _volunteer(**fields: Any) -> Any:
    return lambda world: volunteer(world, **fields)


def own(data: Any, row: Any = volunteer) -> Fill:
    """A page of the volunteer's own; ``data`` is asked with the volunteer."""

    def fill(world: World) -> Sent:
        person = row(world)
        return Sent("", data(person) if callable(data) else dict(data), volunteer=person)

    return fill


def own_about(row: Any, data: Any) -> Fill:
    """A page of the volunteer's own about one row, which names its volunteer."""

    def fill(world: World) -> Sent:
        found = row(world)
        return Sent("", dict(data), {"pk": found.pk}, volunteer=found.volunteer)

    return fill


def _team(world: World) -> Team:
    make_rules()
    return team_create(actor=world.user(DESK), unit=world.tree.community, name="银发先锋队")


def _team_with_member(world: World) -> Team:
    team = _team(world)
    team_join(team=team, actor=world.user(DESK), volunteer=volunteer(world))
    return team


def _number(world: World) -> str:
    return Volunteer.objects.get().number


def _sign_up(world: World) -> Sent:
    make_rules()
    make_programme()
    return Sent(DESK, {
        "unit": str(world.tree.community.pk), "group": "resident", "name": "王芳", "phone": "13900000000",
        "id_number": make_id_number(serial=7), "skills": ["legal", "haircut"],
    })  # fmt: skip


def _own_sign_up(world: World) -> Sent:
    make_rules()
    make_programme()
    return Sent("", {
        "community": str(world.tree.community.pk), "group": "resident", "name": "王芳", "phone": "13900000000",
        "id_number": make_id_number(serial=7), "consent": "on",
    })  # fmt: skip


def _entered(world: World) -> Sent:
    return Sent("", {"who": volunteer(world).number, "code": OWN_CODE})


def _waiting(world: World) -> Volunteer:
    return volunteer(world, is_minor=True, state=VolunteerState.WAITING)


PEOPLE: dict[str, Fill] = {
    "volunteers:volunteer-create": _sign_up,
    "volunteers:volunteer-change": about(DESK, volunteer, plain(
        group="party_member", nickname="小明", skills=["haircut"], phone="13900000009"
    )),
    "volunteers:volunteer-act": act("leave", volunteer, reason="搬离本社区"),
    "volunteers:volunteer-act agree": act("agree", _waiting, how="by_phone"),
    "volunteers:volunteer-act transfer": act(
        "transfer", volunteer, "street_officer", unit=lambda world: str(world.tree.sister_community.pk)
    ),
    "volunteers:volunteer-act new_code": act("new_code", volunteer, how="in_person"),
    "volunteers:volunteer-act insure": act("insure", volunteer, insured_until=lambda world: in_days(200), insurance="人身意外伤害险"),
    "volunteers:volunteer-act link": act("link", volunteer, user=lambda world: str(world.user(DESK).pk)),
    "volunteers:volunteer-act rejoin": act("rejoin", _volunteer(state=VolunteerState.LEFT)),
    "volunteers:volunteer-act keep": act("keep", lambda world: volunteer(world, erasure_asked_at=timezone.now())),
    "volunteers:volunteer-act erase": act("erase", volunteer, remainder="donate"),
    "volunteers:own-sign-up": _own_sign_up,
    "volunteers:own-enter": _entered,
    "volunteers:own-profile": own({"phone": "13900000009", "nickname": "小明", "skills": ["haircut"]}),
    "volunteers:team-create": lambda world: Sent(DESK, {
        "unit": str(world.tree.community.pk), "name": "银发先锋队", "about": "陪护独居老人", "founded_on": "2024-03-05",
    }),
    "volunteers:team-change": about(DESK, _team, plain(name="银发志愿队", about="助餐、陪诊", founded_on="2024-03-05")),
    "volunteers:team-join": about(DESK, _team, lambda world: {"number": volunteer(world).number, "first_day": today()}),
    "volunteers:team-lead": about(DESK, _team_with_member, lambda world: {"leader": str(Volunteer.objects.get().pk)}),
    "volunteers:team-close": about(DESK, _team, plain()),
}  # fmt: skip


# --- activities and hours


def _moment(day: int, hour: int) -> datetime:
    """A full hour, so many days from today."""
    start = timezone.localtime().replace(hour=hour, minute=0, second=0, microsecond=0)
    return start + timedelta(days=day)


def _typed(day: int, hour: int) -> str:
    return f"{_moment(day, hour):%Y-%m-%dT%H:%M}"


def _draft(world: World) -> Activity:
    make_rules()
    return make_activity(world.tree.community, starts_at=_moment(1, 9), state=ActivityState.DRAFT)


def _published(world: World) -> Activity:
    make_rules()
    return make_activity(world.tree.community, starts_at=_moment(1, 9))


def _running(world: World) -> Activity:
    """Has been running for an hour."""
    make_rules()
    return make_activity(world.tree.community, starts_at=timezone.now() - timedelta(hours=1))


def _served(world: World) -> Participation:
    """Yesterday from nine to twelve, all of it; the activity has ended."""
    activity = make_activity(world.tree.community, starts_at=_moment(-1, 9))
    person = volunteer(world)
    with time_machine.travel(_moment(-2, 9)):
        row = make_participation(activity, person)
    with time_machine.travel(activity.starts_at):
        sign_in(participation=row)
    with time_machine.travel(activity.ends_at):
        sign_out(participation=row)
    Activity.objects.filter(pk=activity.pk).update(state=ActivityState.ENDED)
    return Participation.objects.get(pk=row.pk)


def _ended(world: World) -> Activity:
    return _served(world).activity


def _confirmed(world: World) -> Participation:
    row = _served(world)
    activity_confirm(activity=row.activity, actor=world.user(DESK))
    return Participation.objects.get(pk=row.pk)


def _objected(world: World) -> Participation:
    return hours_object(participation=_confirmed(world), text="我八点半就到了")


def _hours(world: World) -> dict[str, str]:
    row = Participation.objects.get()
    return {f"hours_{row.pk}": "2.5", f"reason_{row.pk}": "提前半小时离开"}


def _record(world: World) -> ServiceRecord:
    start = _moment(-2, 9)
    service = Service(
        volunteer(world), world.tree.community, RecordSource.ACTIVITY, "civility", "楼道清洁", start,
        start + timedelta(hours=2),
    )  # fmt: skip
    return record_services([service], actor=world.user(DESK))[0]


def _objected_record(world: World) -> ServiceRecord:
    return record_object(record=_record(world), text="我做了三个小时")


def _activity(world: World) -> Sent:
    make_rules()
    return Sent(DESK, {
        "unit": str(world.tree.community.pk), "title": "楼道清洁", "theme": "civility", "place": "3号楼", "capacity": "10",
        "starts_at": _typed(3, 9), "ends_at": _typed(3, 11), "role_name_0": "清扫", "role_places_0": "10",
    })  # fmt: skip


def _regular_days(world: World) -> Sent:
    make_rules()
    return Sent(DESK, {
        "unit": str(world.tree.community.pk), "series": "社区工作日", "weeks": "2", "starts": "08:30", "ends": "11:30",
        "place": "党群服务中心", "theme": "civility", "capacity": "20",
    })  # fmt: skip


def _joining(world: World) -> Sent:
    return Sent("", {}, {"pk": _published(world).pk}, volunteer=volunteer(world))


ACTIVITIES: dict[str, Fill] = {
    "volunteers:activity-create": _activity,
    "volunteers:activity-plan": _regular_days,
    "volunteers:activity-change": about(DESK, _published, lambda world: {"KEEP": True, "place": "党群服务中心"}),
    "volunteers:activity-act": act("publish", _draft),
    "volunteers:activity-act end": act("end", _running),
    "volunteers:activity-act cancel": act("cancel", _published, reason="大风停办"),
    "volunteers:activity-confirm": about(DESK, _ended, _hours),
    "volunteers:participation-correct": about(DESK, _served, lambda world: {
        "signed_in_at": _typed(-1, 9), "signed_out_at": _typed(-1, 11), "reason": "忘记签退，经核实",
    }),
    "volunteers:participation-hours": about(DESK, _confirmed, lambda world: {
        "signed_in_at": _typed(-1, 9), "signed_out_at": _typed(-1, 11), "reason": "签退有误，经核实",
    }),
    "volunteers:participation-answer": about(DESK, _objected, plain(text="签到记录为九点，维持原时长。")),
    "volunteers:record-void": about(DESK, _record, plain(reason="人记错了")),
    "volunteers:record-answer": about(DESK, _objected_record, plain(text="按登记的时间计算，维持原时长。")),
    "volunteers:record-correct": about(DESK, _record, lambda world: {
        "started_at": _typed(-2, 9), "ended_at": _typed(-2, 12), "reason": "漏记一小时，经核实",
    }),
    "volunteers:own-activity": _joining,
    "volunteers:own-object": own_about(_confirmed, {"text": "我八点半就到了"}),
    "volunteers:own-record-object": own_about(_record, {"text": "我做了三个小时"}),
}  # fmt: skip


# --- honours and certificates


def _nomination(world: World) -> Nomination:
    return nominate(
        actor=world.user(DESK),
        volunteer=volunteer(world),
        honour="最美三长",
        year=timezone.localdate().year,
        deeds=DEEDS,
    )


def _recommended(world: World) -> Nomination:
    return nomination_recommend(nomination=_nomination(world), actor=world.user("street_officer"))


def _nominated(world: World) -> Sent:
    return Sent(DESK, {
        "honour": "最美三长", "year": str(timezone.localdate().year), "volunteer": volunteer(world).number, "deeds": DEEDS,
    })  # fmt: skip


def _period() -> dict[str, str]:
    return {"first_day": f"{timezone.localdate() - timedelta(days=30):%Y-%m-%d}", "last_day": today()}


def _certificate(world: World) -> Certificate:
    day = timezone.localdate()
    return certificate_issue(
        actor=world.user(DESK), volunteer=_record(world).volunteer, first_day=day - timedelta(days=30), last_day=day,
        request_key=uuid4(),
    )  # fmt: skip


HONOURS: dict[str, Fill] = {
    "volunteers:nominate": _nominated,
    "volunteers:nomination-act": act("recommend", _nomination, "street_officer", note="属实"),
    "volunteers:nomination-act award": act("award", _recommended, "district_officer", note="同意"),
    "volunteers:nomination-act deny": act("deny", _nomination, "street_officer", note="事迹不实"),
    "volunteers:certificate-new": lambda world: Sent(DESK, {"volunteer": _record(world).volunteer.number, **_period()}),
    "volunteers:certificate-revoke": about(DESK, _certificate, plain(reason="姓名有误")),
    "volunteers:own-certificate-want": own(lambda person: _period(), lambda world: _record(world).volunteer),
}  # fmt: skip


FORMS: dict[str, Fill] = {**PEOPLE, **ACTIVITIES, **HONOURS}

# Forms whose work is in the browser's session: nothing is written down.
ONLY_SESSION: dict[str, str] = {
    "volunteers:own-enter": "number and code open the own pages in this browser; they are no account's sign-in",
}
