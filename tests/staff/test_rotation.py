"""Rotation from sites to how it went: the plan in the database, planned anew, nobody at two places."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.http import Http404
from django.utils import timezone

from accounts.models import Notification
from common.errors import Conflict, Invalid, Refused
from staff.models import Leave, RotationTurn, Worker
from staff.selectors.rotation import plan_table
from staff.services.rotation import (
    rotation_create,
    rotation_plan,
    site_add,
    site_close,
    start_planning,
    turn_break,
    turn_rate,
)
from tests.contracts.world import changed_since, contents
from tests.factories.accounts import make_user
from tests.factories.grid import make_unit
from tests.factories.growth import make_rotation, make_site, make_turn
from tests.factories.staff import make_worker

pytestmark = pytest.mark.django_db
JULY = date(2026, 7, 1)


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel("2026-06-25T09:00:00+08:00", tick=False) as moved:
        yield moved


@pytest.fixture
def office(staff: Any, rules: None) -> Any:
    return staff["street_officer"]


@pytest.fixture
def six(tree: Any, office: Any) -> list[Any]:
    """Six sites of the street, none of them a community with people."""
    places = [make_unit(f"轮训{number}社区", parent=tree.street) for number in range(1, 7)]
    return [site_add(actor=office, unit=tree.street, place=place) for place in places]


def crowd(tree: Any, number: int) -> list[Worker]:
    return [make_worker(tree.community, grade=None) for _ in range(number)]


def made(tree: Any, office: Any, **values: Any) -> Any:
    values = {"title": "下半年轮训", "first_day": JULY, "periods": 4, "per_site": None, **values}
    return rotation_create(actor=office, unit=tree.street, **values)


def test_two_people_per_half_month_at_each_of_six_sites(tree, office, six):
    crowd(tree, 36)
    plan = made(tree, office)
    assert plan.per_site == 2  # the rule
    found = rotation_plan(plan=plan, actor=office)
    assert (len(found.turns), found.short) == (48, [])
    _, lines = plan_table(plan)
    assert [[len(cell) for cell in line.cells] for line in lines] == [[2] * 6] * 4
    assert [f"{line.period.first:%m-%d}" for line in lines] == ["07-01", "07-16", "08-01", "08-16"]


def test_nobody_on_leave_is_sent_and_whoever_asks_later_is_replaced(tree, office, six, clock):
    people = crowd(tree, 14)
    away = people[0]
    Leave.objects.create(
        worker=away, kind="annual", first_day=date(2026, 7, 15), last_day=date(2026, 7, 17), state="approved",
        asked_at=timezone.now(),
    )  # fmt: skip
    plan = made(tree, office, periods=2)
    rotation_plan(plan=plan, actor=office)
    assert not RotationTurn.objects.filter(worker=away).exists()
    sent = RotationTurn.objects.filter(first_day=JULY).first()
    Leave.objects.create(
        worker=sent.worker, kind="sick", first_day=JULY, last_day=JULY, state="approved", asked_at=timezone.now()
    )
    _, lines = plan_table(plan)
    assert sum(turn.clashes for cell in lines[0].cells for turn in cell if turn is not None) == 1
    rotation_plan(plan=plan, actor=office)
    assert not RotationTurn.objects.filter(first_day=JULY, worker=sent.worker).exists()
    assert RotationTurn.objects.filter(first_day=JULY).count() == 12


def test_planned_anew_what_has_begun_stays(tree, office, six, clock):
    crowd(tree, 36)
    plan = made(tree, office)
    rotation_plan(plan=plan, actor=office)
    before = list(RotationTurn.objects.filter(first_day=JULY).order_by("pk").values())
    clock.move_to("2026-07-10T09:00:00+08:00")
    Worker.objects.filter(pk__in=RotationTurn.objects.filter(first_day__gt=JULY).values("worker")[:3]).update(
        state="left", left_on=date(2026, 7, 9)
    )
    rotation_plan(plan=plan, actor=office)
    assert list(RotationTurn.objects.filter(first_day=JULY).order_by("pk").values()) == before
    assert not RotationTurn.objects.filter(first_day__gt=JULY, worker__state="left").exists()


def test_a_plan_of_before_counts_for_the_next_one(tree, office, six):
    people = crowd(tree, 24)
    first = made(tree, office, periods=1)
    rotation_plan(plan=first, actor=office)
    been = set(RotationTurn.objects.filter(plan=first).values_list("worker", flat=True))
    second = made(tree, office, first_day=date(2026, 7, 16), periods=1, title="接着轮训")
    rotation_plan(plan=second, actor=office)
    now = set(RotationTurn.objects.filter(plan=second).values_list("worker", flat=True))
    assert been | now == {one.pk for one in people}
    assert been & now == set()


def test_whoever_is_sent_is_told_once(tree, office, six):
    user = make_user("community_worker", tree.community)
    mine = make_worker(tree.community, grade=None, user=user)
    plan = made(tree, office, periods=1)
    rotation_plan(plan=plan, actor=office)
    rotation_plan(plan=plan, actor=office)
    turn = RotationTurn.objects.get(worker=mine)
    assert [one.text for one in Notification.objects.filter(user=user)] == [
        f"安排您 2026-07-01 至 2026-07-15 到“{turn.site.place.name}”跟班轮训。"
    ]


def test_short_of_people_says_so(tree, office, six, client_for):
    crowd(tree, 5)
    plan = made(tree, office, periods=1)
    assert len(rotation_plan(plan=plan, actor=office).short) == 7
    page = client_for(office).get(plan.get_absolute_url()).content.decode()
    assert "有 7 个位置没有人可派" in page
    assert page.count("缺人") == 7 + page.count("缺人手")


def test_the_database_lets_nobody_be_at_two_places(tree, office, six):
    one = make_worker(tree.community, grade=None)
    plan = make_rotation(tree.street, JULY)
    make_turn(plan, six[0], one, JULY, date(2026, 7, 15))
    with pytest.raises(IntegrityError), transaction.atomic():
        make_turn(plan, six[1], one, date(2026, 7, 15), date(2026, 7, 31))
    taken, other = RotationTurn.objects.get(), make_worker(tree.community, grade=None)
    with pytest.raises(IntegrityError), transaction.atomic():
        make_turn(plan, six[0], other, JULY, JULY, seat=taken.seat)


def test_another_plan_over_the_same_days_is_refused(tree, office, six):
    made(tree, office)
    before = contents()
    with pytest.raises(Conflict, match="下半年轮训”（2026-07-01 至 2026-08-31）的时间重叠"):
        made(tree, office, first_day=date(2026, 8, 20), title="另一个")
    assert changed_since(before) == set()


def test_what_is_no_site_and_a_site_closed(tree, office):
    for place in (tree.street, tree.other_community, tree.grid):
        with pytest.raises(Invalid, match="下属的镇街或社区"):
            site_add(actor=office, unit=tree.street, place=place)
    site = site_add(actor=office, unit=tree.street, place=tree.community)
    assert site_add(actor=office, unit=tree.street, place=tree.community).event_seq == site.event_seq
    site_close(site=site, actor=office)
    plan = made(tree, office)
    with pytest.raises(Invalid, match="还没有轮训点"):
        start_planning(plan=plan, actor=office, key="x")


def test_rated_from_the_last_day_on(tree, office, six, clock):
    plan = make_rotation(tree.street, JULY)
    turn = make_turn(plan, six[0], make_worker(tree.community, grade=None), JULY, date(2026, 7, 15))
    with pytest.raises(Refused, match="2026-07-15 结束"):
        turn_rate(turn=turn, actor=office, result="good")
    clock.move_to("2026-07-15T17:00:00+08:00")
    row = turn_rate(turn=turn, actor=office, result="good", note="主动入户")
    assert (row.state, row.result) == ("done", "good")


def test_leaving_before_the_end_frees_the_seat(tree, office, six, clock):
    plan = make_rotation(tree.street, JULY)
    turn = make_turn(plan, six[0], make_worker(tree.community, grade=None), JULY, date(2026, 7, 15), seat=1)
    clock.move_to("2026-07-08T09:00:00+08:00")
    row = turn_break(turn=turn, actor=office, last_day=date(2026, 7, 8), reason="本社区有急事")
    assert (row.state, row.last_day) == ("broken", date(2026, 7, 8))
    make_turn(plan, six[0], make_worker(tree.community, grade=None), date(2026, 7, 9), date(2026, 7, 15), seat=1)
    with pytest.raises(Conflict, match="中途退出"):
        turn_break(turn=turn, actor=office, last_day=date(2026, 7, 5), reason="再来")


def test_a_neighbour_sees_and_changes_nothing(tree, office, six, client_for):
    plan = made(tree, office)
    stranger = make_user("street_officer", tree.other_street)
    client = client_for(stranger)
    before = contents()
    assert client.get(plan.get_absolute_url()).status_code == 404
    for call in (
        lambda: rotation_plan(plan=plan, actor=stranger), lambda: site_close(site=six[0], actor=stranger),
        lambda: start_planning(plan=plan, actor=stranger, key="x"),
    ):  # fmt: skip
        with pytest.raises(Http404):
            call()
    assert changed_since(before) == set()


def test_the_district_and_the_street_do_not_send_the_same_person_at_once(tree, office, six, staff):
    people = crowd(tree, 2)
    rotation_plan(plan=made(tree, office, periods=1), actor=office)
    busy = set(RotationTurn.objects.values_list("worker", flat=True))
    assert busy == {one.pk for one in people}
    chief = staff["district_officer"]
    make_site(tree.district, tree.sister_community)
    wide = rotation_create(actor=chief, unit=tree.district, title="全区轮训", first_day=JULY, periods=1, per_site=1)
    assert rotation_plan(plan=wide, actor=chief).turns == []
