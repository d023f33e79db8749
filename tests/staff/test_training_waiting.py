"""The waiting list of a training: who may wait, who moves up when, what they are told; never two for one place."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from accounts.models import Notification
from common.errors import Conflict, Refused
from common.models import Event
from staff.models import Enrolment, Leave, TrainingSession, Worker
from staff.selectors.training import waiting_place, with_places
from staff.services.enrolments import enrol, enrol_for, enrolment_correct, fill_free_places, sign_training, withdraw
from staff.services.training import session_change, session_end
from staff.workflow import TRAINING_FLOW
from tests.contracts.world import changed_since, contents
from tests.factories.accounts import make_user
from tests.factories.growth import at, make_plan, make_session
from tests.factories.staff import make_worker
from tests.together import together

NOW = "2026-07-06T08:00:00+08:00"  # a Monday
DAY = date(2026, 7, 6)
MOVED_UP = "培训“调解实务”：您已由候补转为报名成功，请按时参加；来不了请及时退出，把名额让给别人。"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(NOW, tick=False) as moved:
        yield moved


def made(tree: Any, number: int, capacity: int = 1) -> tuple[TrainingSession, list[Worker]]:
    """A training of the street this morning from nine to twelve, and workers with an account."""
    session = make_session(make_plan(tree.street), starts=at(DAY, "09:00"), title="调解实务", capacity=capacity)
    session.refresh_from_db()
    people = [make_worker(tree.community, user=make_user("community_worker", tree.community)) for _ in range(number)]
    return session, people


@pytest.fixture
def full(clock: Any, tree: Any, staff: Any, rules: None) -> tuple[TrainingSession, list[Worker]]:
    """One place, which the first of four has; the second and the third wait, in this order."""
    session, people = made(tree, 4)
    for minute, one in enumerate(people[:3]):
        clock.move_to(f"2026-07-06T08:0{minute}:00+08:00")
        enrol(session=session, user=one.user)
    return session, people


def states(session: TrainingSession) -> list[str]:
    return list(session.enrolments.order_by("pk").values_list("state", flat=True))


def values(session: TrainingSession, **changes: Any) -> dict[str, Any]:
    names = ("title", "subject", "starts_at", "ends_at", "place", "hours", "capacity")
    return {**{name: getattr(session, name) for name in names}, **changes}


def told(worker: Worker) -> list[str]:
    return list(Notification.objects.filter(user=worker.user).order_by("pk").values_list("text", flat=True))


class TestPages:
    def test_a_worker_queues_sees_the_place_in_the_list_and_leaves_it(self, client_for, full):
        session, people = full
        client = client_for(people[3].user)
        page = client.get(reverse("staff:own-growth")).content.decode()
        assert "名额已满，候补 2 人" in page
        assert "排队候补" in page
        page = client.post(reverse("staff:own-enrol", args=[session.pk]), follow=True).content.decode()
        assert "名额已满，已排入候补第 3 位" in page
        assert "退出候补" in page
        withdraw(session=session, user=people[1].user)
        page = client.get(reverse("staff:own-growth")).content.decode()
        assert "候补第 2 位" in page
        assert "候补" in client.get(reverse("staff:own")).content.decode()
        page = client.post(reverse("staff:own-withdraw", args=[session.pk]), follow=True).content.decode()
        assert "已退出报名。" in page
        assert "名额已满，候补 1 人" in page

    def test_the_organiser_sees_who_waits_in_order_and_the_number_in_the_list(self, client_for, staff, full):
        session, people = full
        client = client_for(staff["street_officer"])
        page = client.get(session.get_absolute_url()).content.decode()
        waiting = page[page.index('aria-label="候补"') :]
        assert page.index(people[0].number) < page.index('aria-label="候补"')
        assert 0 < waiting.index(people[1].number) < waiting.index(people[2].number)
        assert "08:01" in waiting
        assert "名单 1 人，名额 1 人" in page
        row: Any = with_places(TrainingSession.objects.filter(pk=session.pk)).get()
        assert (row.taken, row.waiting, row.present) == (1, 2, 0)
        screen = client.get(reverse("staff:training-code", args=[session.pk]))
        assert (screen.context["joined"], screen.context["present"]) == (1, 0)

    def test_the_organiser_who_adds_somebody_to_a_full_training_is_told(self, client_for, staff, full):
        session, people = full
        page = client_for(staff["street_officer"]).post(
            reverse("staff:training-add", args=[session.pk]), {"worker": people[3].number}, follow=True
        )
        assert "名额已满，已排入候补" in page.content.decode()
        assert session.enrolments.get(worker=people[3]).state == "waiting"


class TestOrder:
    def test_who_gives_the_place_up_lets_the_first_one_up_and_nobody_else(self, full):
        session, people = full
        withdraw(session=session, user=people[0].user)
        assert states(session) == ["withdrawn", "joined", "waiting"]
        row = session.enrolments.get(worker=people[1])
        assert row.queued_at is None
        assert list(Event.objects.filter(stream=row.stream).order_by("seq").values_list("kind", flat=True)) == [
            "enrolment.queued", "enrolment.moved_up",
        ]  # fmt: skip
        assert [told(one) for one in people] == [[], [MOVED_UP], [], []]
        assert waiting_place(session.enrolments.get(worker=people[2])) == 1

    def test_who_comes_back_waits_behind_the_others(self, clock, full):
        session, people = full
        withdraw(session=session, user=people[1].user)
        clock.move_to("2026-07-06T08:10:00+08:00")
        assert enrol(session=session, user=people[1].user).state == "waiting"
        assert waiting_place(session.enrolments.get(worker=people[1])) == 2
        assert enrol(session=session, user=people[2].user).event_seq == 1, "once in the list is enough"

    def test_more_places_let_as_many_up_other_words_nobody(self, staff, full):
        session, people = full
        session_change(session=session, actor=staff["street_officer"], **values(session, title="调解"))
        assert states(session) == ["joined", "waiting", "waiting"]
        session_change(session=session, actor=staff["street_officer"], **values(session, capacity=2))
        assert states(session) == ["joined", "joined", "waiting"]
        assert [len(told(one)) for one in people] == [0, 1, 0, 0]

    def test_who_is_on_leave_or_elsewhere_by_then_is_passed_over_and_goes_on_waiting(self, staff, full):
        session, people = full
        leave = Leave.objects.create(
            worker=people[1], kind="annual", first_day=DAY, last_day=DAY, state="approved", asked_at=timezone.now()
        )
        withdraw(session=session, user=people[0].user)
        assert states(session) == ["withdrawn", "waiting", "joined"]
        session_change(session=session, actor=staff["street_officer"], **values(session, capacity=3))
        assert states(session) == ["withdrawn", "waiting", "joined"]
        leave.delete()
        assert fill_free_places() == 1
        assert states(session) == ["withdrawn", "joined", "joined"]
        assert fill_free_places() == 0

    def test_who_leaves_office_leaves_the_lists_by_the_hour(self, full):
        session, people = full
        for one in people[:2]:
            Worker.objects.filter(pk=one.pk).update(state="left", left_on=DAY)
        assert fill_free_places() == 1
        assert states(session) == ["withdrawn", "withdrawn", "joined"]

    def test_nobody_is_moved_up_once_it_has_begun(self, clock, staff, full):
        session, people = full
        clock.move_to("2026-07-06T09:00:00+08:00")
        session_change(session=session, actor=staff["street_officer"], **values(session, capacity=3))
        assert fill_free_places() == 0
        assert states(session) == ["joined", "waiting", "waiting"]
        # Whoever is there all the same takes a free place at the door; the organiser adds them too.
        assert sign_training(session=session, user=people[1].user, kind="in").enrolment.state == "present"
        assert enrol_for(session=session, actor=staff["street_officer"], worker=people[2]).state == "joined"


class TestDenied:
    def test_nobody_waits_who_could_not_come(self, clock, full):
        session, people = full
        Leave.objects.create(
            worker=people[3], kind="annual", first_day=DAY, last_day=DAY, state="approved", asked_at=timezone.now()
        )
        before = contents()
        with pytest.raises(Refused, match="已批准请假"):
            enrol(session=session, user=people[3].user)
        assert changed_since(before) == set()

    def test_at_the_door_of_a_full_training_nobody_gets_in_or_into_the_list(self, clock, staff, full):
        session, people = full
        clock.move_to("2026-07-06T08:45:00+08:00")
        before = contents()
        with pytest.raises(Refused, match="候补名单第 2 位，还没有名额，请找组织者"):
            sign_training(session=session, user=people[2].user, kind="in")
        with pytest.raises(Refused, match="名额 1 人已满，请找组织者"):
            sign_training(session=session, user=people[3].user, kind="in")
        clock.move_to("2026-07-06T09:10:00+08:00")
        with pytest.raises(Refused, match="名额 1 人已满"):
            enrol_for(session=session, actor=staff["street_officer"], worker=people[3])
        assert changed_since(before) == set()

    def test_who_waits_has_no_hours_put_down(self, clock, staff, full):
        session, people = full
        clock.move_to("2026-07-06T12:05:00+08:00")
        session_end(session=session, actor=staff["street_officer"])
        assert states(session) == ["absent", "waiting", "waiting"]
        with pytest.raises(Conflict, match="在候补名单里"):
            enrolment_correct(
                enrolment=session.enrolments.get(worker=people[1]), actor=staff["street_officer"], present=True,
                hours=session.hours, reason="到了",
            )  # fmt: skip
        assert states(session) == ["absent", "waiting", "waiting"]

    def test_a_cancelled_one_tells_whoever_waits_and_lets_nobody_up(self, staff, full):
        session, people = full
        TRAINING_FLOW.perform("cancel", session, staff["street_officer"], reason="授课人有任务")
        assert told(people[0]) == ["您报名的培训“调解实务”已取消：授课人有任务"]
        assert told(people[1]) == ["您候补的培训“调解实务”已取消：授课人有任务"]
        assert fill_free_places() == 0


@pytest.mark.django_db(transaction=True)
class TestRaces:
    def test_two_take_the_last_place_one_has_it_the_other_waits(self, tree, staff, rules):
        session, people = made(tree, 2)
        results = together(*(lambda row=row: enrol(session=session, user=row.user) for row in people))
        assert sorted(one.state for one in results) == ["joined", "waiting"]

    def test_two_leave_while_one_joins_and_places_are_added_no_place_is_given_twice(self, tree, staff, rules):
        session, people = made(tree, 7, capacity=2)
        for one in people[:6]:
            enrol(session=session, user=one.user)
        together(
            lambda: withdraw(session=session, user=people[0].user),
            lambda: withdraw(session=session, user=people[1].user),
            lambda: enrol(session=session, user=people[6].user),
            lambda: session_change(session=session, actor=staff["street_officer"], **values(session, capacity=3)),
        )
        assert states(session) == ["withdrawn"] * 2 + ["joined"] * 3 + ["waiting"] * 2
        assert [len(told(one)) for one in people] == [0, 0, 1, 1, 1, 0, 0]

    def test_two_trainings_at_one_time_let_one_worker_up_in_one_of_them(self, tree, staff, rules):
        session, (first, second, torn) = made(tree, 3)
        other = make_session(session.plan, starts=at(DAY, "10:00"), title="走访", capacity=1)
        enrol(session=session, user=first.user)
        enrol(session=other, user=second.user)
        for one in (session, other):
            assert enrol(session=one, user=torn.user).state == "waiting"
        together(lambda: withdraw(session=session, user=first.user), lambda: withdraw(session=other, user=second.user))
        assert sorted(Enrolment.objects.filter(worker=torn).values_list("state", flat=True)) == ["joined", "waiting"]
