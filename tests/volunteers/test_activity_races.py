"""People press the same button at the same moment, on real connections: one place, one sign-in, one confirmation."""

from __future__ import annotations

from datetime import time, timedelta
from functools import partial

import pytest
import time_machine

from common import events as history
from common.errors import Conflict
from tests.factories.accounts import make_staff
from tests.factories.activities import DAY_BEFORE, END, START, make_activity, make_participation
from tests.factories.grid import make_tree
from tests.factories.rules import make_rules
from tests.factories.volunteers import make_programme, make_volunteer
from tests.together import together
from volunteers.choices import ActivityState
from volunteers.models import Account, Activity, Participation, ServiceRecord, Volunteer
from volunteers.services.attendance import Signed, sign_in, sign_out
from volunteers.services.hours import activity_confirm
from volunteers.services.participation import activity_join, activity_leave
from volunteers.services.people_leaving import volunteer_leave
from volunteers.services.regular_days import plan_regular_day

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def tree():
    made = make_tree()
    make_rules()
    make_programme()
    return made


def states() -> list[str]:
    return sorted(Participation.objects.values_list("state", flat=True))


def test_two_joins_for_the_last_place_give_it_to_one(tree):
    people = [make_volunteer(tree.community) for _ in range(2)]
    for day in range(3):
        activity = make_activity(tree.community, capacity=1, starts_at=START + timedelta(days=day))
        with time_machine.travel(DAY_BEFORE, tick=False):
            together(*(partial(activity_join, activity=activity, volunteer=who) for who in people))
        assert sorted(activity.participations.values_list("state", flat=True)) == ["joined", "waiting"]
    assert list(history.verify()) == []


def test_one_volunteer_on_two_phones_joins_once_and_only_one_of_two_at_a_time(tree):
    activity, same_time = make_activity(tree.community), make_activity(tree.sister_community)
    volunteer = make_volunteer(tree.community)
    with time_machine.travel(DAY_BEFORE, tick=False):
        results = together(
            lambda: activity_join(activity=activity, volunteer=volunteer),
            lambda: activity_join(activity=activity, volunteer=volunteer),
            lambda: activity_join(activity=same_time, volunteer=volunteer),
        )
    assert [type(result) for result in results].count(Participation) == 1
    assert [type(result) for result in results].count(Conflict) == 2
    assert states() == ["joined"]


def test_two_leave_and_two_move_up(tree):
    activity = make_activity(tree.community, capacity=2)
    with time_machine.travel(DAY_BEFORE, tick=False):
        rows = [make_participation(activity, make_volunteer(tree.community)) for _ in range(5)]
        together(*(lambda row=row: activity_leave(participation=row) for row in rows[:2]))
    assert [Participation.objects.get(pk=row.pk).state for row in rows] == [
        "withdrawn", "withdrawn", "joined", "joined", "waiting",
    ]  # fmt: skip
    assert list(history.verify()) == []


def test_two_phones_sign_in_at_once(tree):
    activity = make_activity(tree.community)
    with time_machine.travel(DAY_BEFORE, tick=False):
        row = make_participation(activity, make_volunteer(tree.community))
    with time_machine.travel(START, tick=False):
        results = together(*(lambda: sign_in(participation=row) for _ in range(3)))
    assert sorted(result.new for result in results if isinstance(result, Signed)) == [False, False, True]
    row.refresh_from_db()
    assert (row.state, row.event_seq) == ("present", 2)


def test_two_organisers_confirm_at_once(tree):
    staff = make_staff(tree)
    activity = make_activity(tree.community)
    with time_machine.travel(DAY_BEFORE, tick=False):
        row = make_participation(activity, make_volunteer(tree.community))
    with time_machine.travel(START, tick=False):
        sign_in(participation=row)
    with time_machine.travel(END, tick=False):
        sign_out(participation=row)
        Activity.objects.update(state=ActivityState.ENDED)
        results = together(
            lambda: activity_confirm(activity=activity, actor=staff["community_worker"]),
            lambda: activity_confirm(activity=activity, actor=staff["street_officer"]),
        )
    assert sorted(type(result).__name__ for result in results) == ["Activity", "Conflict"]
    assert ServiceRecord.objects.count() == 1
    assert Account.objects.get(volunteer=row.volunteer).balance == 3


def test_the_regular_day_is_planned_once_by_two_people(tree):
    worker = make_staff(tree)["community_worker"]

    def plan():
        return plan_regular_day(
            unit=tree.community, actor=worker, series="社区工作日", weeks=2, starts=time(8, 30), ends=time(11, 30),
            place="社区", theme="civility", capacity=5,
        )  # fmt: skip

    with time_machine.travel(DAY_BEFORE, tick=False):
        results = together(plan, plan)
    assert sorted(len(result.created) for result in results) == [0, 2]
    assert Activity.objects.count() == 2


def test_two_volunteers_leave_and_the_waiting_lists_cross(tree):
    """Each frees two places; whoever waits for both of one waits for both of the other, in the other order."""
    worker = make_staff(tree)["community_worker"]
    first, second = (make_volunteer(tree.community) for _ in range(2))
    leaving = [make_volunteer(tree.community) for _ in range(4)]
    with time_machine.travel(DAY_BEFORE, tick=False):
        for turn, (one, other) in enumerate([(first, second), (second, first)] * 2):
            for day, waits in enumerate((one, other)):
                at = START + timedelta(days=2 * turn + day)
                activity = make_activity(tree.community, capacity=1, starts_at=at)
                make_participation(activity, leaving[turn])
                make_participation(activity, waits)
        results = together(*(partial(volunteer_leave, volunteer=who, actor=worker) for who in leaving))
    assert [type(result) for result in results] == [Volunteer] * 4
    assert states() == ["joined"] * 8 + ["withdrawn"] * 8
    assert list(history.verify()) == []


def test_leaving_and_joining_at_once_leave_nobody_on_the_list(tree):
    """Either the name comes off with the others, or the leaving asks to be done again: never a member who has left."""
    worker = make_staff(tree)["community_worker"]
    for day in range(3):
        volunteer = make_volunteer(tree.community)
        activity = make_activity(tree.community, starts_at=START + timedelta(days=day))
        with time_machine.travel(DAY_BEFORE, tick=False):
            together(
                lambda who=volunteer: volunteer_leave(volunteer=who, actor=worker),
                lambda who=volunteer, what=activity: activity_join(activity=what, volunteer=who),
            )
        volunteer.refresh_from_db()
        listed = activity.participations.filter(state="joined").exists()
        assert (volunteer.state, listed) in {("left", False), ("active", True)}
