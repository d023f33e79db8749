"""Transfer, secondment, leaving, coming back, merged units: dates to the day."""

from __future__ import annotations

from datetime import date

import pytest
import time_machine

from common import events as history
from common.errors import Conflict, Invalid, Refused
from grid.services.units import unit_close, unit_merge
from staff.models import Grade, PostReserve, StaffPost, StandIn
from staff.services.roster_duties import reserve_set, stand_in_set
from staff.services.roster_posts import (
    posts_take_effect,
    second_end,
    worker_leave,
    worker_return,
    worker_second,
    worker_transfer,
)
from tests.factories.grid import make_unit
from tests.factories.staff import make_worker
from tests.staff.test_roster import refused

pytestmark = pytest.mark.django_db
TODAY = date(2026, 9, 16)


@pytest.fixture(autouse=True)
def _september():
    with time_machine.travel(f"{TODAY} 10:00+08:00", tick=False):
        yield


def spans(worker):
    return [
        (post.unit.name, post.rank, post.kind, str(post.valid_from), str(post.valid_to or ""))
        for post in worker.posts.order_by("valid_from", "pk")
    ]


def test_a_transfer_ends_one_post_and_begins_the_next(office, worker, tree):
    worker.filed_on = date(2026, 1, 1)
    worker.save()
    worker_transfer(worker=worker, actor=office, unit=tree.sister_community, rank="deputy", valid_from=date(2026, 9, 1))
    worker.refresh_from_db()
    assert (worker.unit, worker.rank, worker.filed_on) == (tree.sister_community, "deputy", None)
    assert spans(worker) == [
        ("江湾社区", "worker", "main", "2020-03-01", "2026-09-01"), ("和平社区", "deputy", "main", "2026-09-01", ""),
    ]  # fmt: skip
    (event,) = history.timeline(worker)
    assert event.data == {
        "old_unit": "江湾社区", "old_rank": "工作人员", "unit": "和平社区", "rank": "副职", "since": "2026-09-01",
    }  # fmt: skip
    assert list(history.verify()) == []


def test_a_transfer_to_come_takes_effect_when_its_day_has_come(office, worker, tree):
    worker_transfer(
        worker=worker, actor=office, unit=tree.sister_community, rank="deputy", valid_from=date(2026, 10, 1)
    )
    worker.refresh_from_db()
    assert (worker.unit, worker.rank) == (tree.community, "worker")
    refused(
        Conflict,
        lambda: worker_transfer(
            worker=worker, actor=office, unit=tree.grid, rank="member", valid_from=date(2026, 10, 8)
        ),
        "2026-10-01",
        "和平社区",
    )
    assert posts_take_effect(date(2026, 9, 30)) == 0
    assert [posts_take_effect(date(2026, 10, 1)) for _ in range(2)] == [1, 0]
    worker.refresh_from_db()
    assert (worker.unit, worker.rank) == (tree.sister_community, "deputy")
    assert list(history.verify()) == []


def test_transfers_that_make_no_sense_are_refused(office, worker, tree):
    def move(**fields):
        values = {"unit": tree.sister_community, "rank": "worker", "valid_from": TODAY, **fields}
        return lambda: worker_transfer(worker=worker, actor=office, **values)

    refused(Invalid, move(unit=tree.community), "现在就在“江湾社区”")
    refused(Invalid, move(valid_from=date(2020, 3, 1)), "2020-03-01")
    refused(Refused, move(unit=tree.other_community), "管辖范围")
    refused(Invalid, move(valid_from=date(2027, 6, 1)), "最多提前")


# --- secondment


def test_a_secondment_leaves_the_main_post_and_overlaps_no_other(office, worker, tree):
    def second(first, last=None, unit=tree.sister_community):
        return worker_second(worker=worker, actor=office, unit=unit, valid_from=first, last_day=last)

    second(date(2026, 3, 1), date(2026, 5, 31))
    second(date(2026, 6, 1))
    worker.refresh_from_db()
    assert worker.unit == tree.community
    assert spans(worker)[1:] == [
        ("和平社区", "worker", "seconded", "2026-03-01", "2026-06-01"),
        ("和平社区", "worker", "seconded", "2026-06-01", ""),
    ]  # fmt: skip
    refused(Invalid, lambda: second(date(2026, 5, 31), date(2026, 5, 31)), "重叠", "和平社区", "至 2026-05-31")
    refused(Invalid, lambda: second(date(2026, 8, 1)), "至今")
    refused(Invalid, lambda: second(date(2026, 1, 5), unit=tree.community), "就是现在任职的单位")
    refused(Invalid, lambda: second(date(2026, 1, 5), date(2026, 1, 4)), "不能早于第一天")
    second_end(worker=worker, actor=office, last_day=date(2026, 9, 15))
    assert spans(worker)[2][4] == "2026-09-16"
    refused(Conflict, lambda: second_end(worker=worker, actor=office, last_day=TODAY), "现在没有")


def test_a_secondment_not_begun_is_taken_back(office, worker, tree):
    worker_second(worker=worker, actor=office, unit=tree.sister_community, valid_from=date(2026, 10, 1))
    second_end(worker=worker, actor=office, last_day=date(2026, 9, 30))
    assert len(spans(worker)) == 1


# --- leaving and coming back


def test_leaving_ends_everything_after_the_last_day(office, worker, tree):
    colleague, third = make_worker(tree.community), make_worker(tree.community)
    stand_in_set(worker=colleague, actor=office, stand_in=worker)
    reserve_set(actor=office, unit=tree.community, rank="head", first=worker, second=third)
    worker_second(worker=worker, actor=office, unit=tree.sister_community, valid_from=date(2026, 10, 1))
    worker_leave(worker=worker, actor=office, left_on=date(2026, 8, 31), reason="考录公务员")
    worker.refresh_from_db()
    assert (worker.state, worker.left_on) == ("left", date(2026, 8, 31))
    assert spans(worker) == [("江湾社区", "worker", "main", "2020-03-01", "2026-09-01")]
    assert Grade.objects.get(worker=worker).valid_to == date(2026, 9, 1)
    assert not StandIn.objects.filter(stand_in=worker, valid_to=None).exists()
    assert list(PostReserve.objects.filter(valid_to=None).values_list("worker", flat=True)) == [third.pk]
    assert next(iter(history.timeline(worker))).data["since"] == "2026-09-01"
    refused(Conflict, lambda: worker_leave(worker=worker, actor=office, left_on=TODAY), "已离岗")
    refused(Conflict, lambda: stand_in_set(worker=worker, actor=office, stand_in=third), "已离岗")


@pytest.mark.parametrize(("day", "word"), [(date(2026, 9, 17), "不能晚于今天"), (date(2020, 2, 29), "2020-03-01")])
def test_a_last_day_that_cannot_be(office, worker, day, word):
    refused(Invalid, lambda: worker_leave(worker=worker, actor=office, left_on=day), word)


def test_whoever_comes_back_keeps_the_number(office, worker, tree):
    worker_leave(worker=worker, actor=office, left_on=date(2026, 6, 30))
    back = {"worker": worker, "actor": office, "unit": tree.sister_community, "rank": "member"}
    refused(Invalid, lambda: worker_return(**back, valid_from=date(2026, 6, 30)), "重叠", "至 2026-06-30")
    worker_return(**back, valid_from=date(2026, 9, 1))
    worker.refresh_from_db()
    assert (worker.state, worker.left_on, worker.unit, worker.rank) == ("active", None, tree.sister_community, "member")
    assert spans(worker)[1] == ("和平社区", "member", "main", "2026-09-01", "")
    refused(Conflict, lambda: worker_return(**back, valid_from=TODAY), "现在在岗")


# --- units


def test_people_follow_a_merged_unit_from_the_day_on(office, staff, tree):
    closing = make_unit("江湾第二网格", parent=tree.community)
    moved = make_worker(closing, rank="member")
    fresh = make_worker(closing, entered_on=TODAY)
    reserve_set(actor=office, unit=closing, rank="member", first=make_worker(tree.community))
    unit_merge(unit=closing, target=tree.grid, actor=staff["district_officer"])
    moved.refresh_from_db()
    assert moved.unit == tree.grid
    assert spans(moved) == [
        ("江湾第二网格", "member", "main", "2020-03-01", "2026-09-16"), ("江湾第一网格", "member", "main", "2026-09-16", ""),
    ]  # fmt: skip
    assert spans(fresh) == [("江湾第一网格", "worker", "main", "2026-09-16", "")]
    assert not PostReserve.objects.filter(valid_to=None).exists()
    assert [event.data["since"] for event in history.timeline(moved)] == ["2026-09-16"]


def test_a_unit_with_people_is_not_closed(staff, tree):
    closing = make_unit("江湾第二网格", parent=tree.community)
    row = make_worker(closing)
    refused(Invalid, lambda: unit_close(unit=closing, actor=staff["district_officer"]), "1 名社区工作者")
    row.state, row.left_on = "left", TODAY
    row.save()
    unit_close(unit=closing, actor=staff["district_officer"])
    assert StaffPost.objects.filter(unit=closing).exists()
