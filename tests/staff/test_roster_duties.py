"""一职两备, AB 岗, 年度考核, certificate reminders, residents."""

from __future__ import annotations

from datetime import date

import pytest
import time_machine

from accounts.models import Notification
from common import events as history
from common.errors import Conflict, Invalid, Refused
from staff.models import PostReserve, Residents, StandIn, WorkerCertificate
from staff.selectors.roster import posts_short
from staff.services.certificate_reminders import remind_of_certificates
from staff.services.roster_duties import reserve_set, residents_set, review_set, stand_in_set
from tests.factories.staff import make_grade, make_worker
from tests.staff.test_roster import refused

pytestmark = pytest.mark.django_db
TODAY = date(2026, 9, 16)


@pytest.fixture(autouse=True)
def _september():
    with time_machine.travel(f"{TODAY} 10:00+08:00", tick=False):
        yield


# --- reserves


def standing(tree):
    rows = PostReserve.objects.filter(unit=tree.community, rank="head", valid_to=None)
    return dict(rows.values_list("place", "worker__number"))


def test_two_stand_ready_for_a_post_and_may_change_places(office, tree):
    head = make_worker(tree.community, rank="head")
    first, second = make_worker(tree.community), make_worker(tree.sister_community)
    setting = {"actor": office, "unit": tree.community, "rank": "head"}
    assert posts_short(office).get().worker == head
    reserve_set(**setting, first=first, second=second)
    assert standing(tree) == {1: first.number, 2: second.number}
    assert not posts_short(office).exists()
    reserve_set(**setting, first=second, second=first)
    assert standing(tree) == {1: second.number, 2: first.number}
    assert history.timeline(first).count() == 3
    reserve_set(**setting, first=second, second=first)
    assert history.timeline(first).count() == 3  # nothing changed, nothing written
    reserve_set(**setting, first=second)
    assert standing(tree) == {1: second.number}
    assert posts_short(office).get().reserve_count == 1  # type: ignore[attr-defined]
    assert list(history.verify()) == []


def test_who_cannot_stand_ready(office, tree):
    head = make_worker(tree.community, rank="head")
    one, far = make_worker(tree.community), make_worker(tree.other_community)
    gone = make_worker(tree.community, state="left", left_on=TODAY)
    setting = {"actor": office, "unit": tree.community, "rank": "head"}
    refused(Invalid, lambda: reserve_set(**setting, first=one, second=one), "同一个人")
    refused(Invalid, lambda: reserve_set(**setting, first=head), "正在担任")
    refused(Invalid, lambda: reserve_set(**setting, first=gone), "已离岗")
    refused(Invalid, lambda: reserve_set(**setting, first=far), "管辖范围")
    refused(Refused, lambda: reserve_set(**{**setting, "unit": tree.other_community}, first=one), "管辖范围")


# --- stand-ins


def test_stand_ins_are_of_the_street_and_never_round_in_a_circle(office, staff, tree):
    a, b, c = (make_worker(unit) for unit in (tree.community, tree.community, tree.sister_community))
    stand_in_set(worker=a, actor=office, stand_in=b)
    stand_in_set(worker=b, actor=office, stand_in=c)
    refused(Invalid, lambda: stand_in_set(worker=c, actor=office, stand_in=a), "互相等待")
    refused(Invalid, lambda: stand_in_set(worker=a, actor=office, stand_in=a), "不能由本人")
    far = make_worker(tree.other_community)
    refused(Invalid, lambda: stand_in_set(worker=a, actor=staff["district_officer"], stand_in=far), "不在同一街道")
    stand_in_set(worker=b, actor=office, stand_in=None)
    stand_in_set(worker=c, actor=office, stand_in=a)
    open_ones = StandIn.objects.filter(valid_to=None).values_list("worker", "stand_in")
    assert set(open_ones) == {(a.pk, b.pk), (c.pk, a.pk)}


# --- reviews


def test_a_review_may_be_corrected_until_a_step_has_used_it(office, worker, staff):
    review_set(worker=worker, actor=office, year=2025, result="qualified")
    row = review_set(worker=worker, actor=office, year=2025, result="excellent")
    assert (row.result, row.set_by, worker.reviews.count()) == ("excellent", office, 1)
    assert next(iter(history.timeline(worker))).data["before"] == "（原为合格）"
    worker.grades.update(valid_to=date(2026, 1, 1))
    make_grade(worker, 5, date(2026, 1, 1), reason="step")
    refused(Refused, lambda: review_set(worker=worker, actor=office, year=2025, result="failed"), "2026 年 1 月晋级")
    review_set(worker=worker, actor=office, year=2024, result="basic")  # another year
    refused(Invalid, lambda: review_set(worker=worker, actor=office, year=2019, result="basic"), "2020 至 2026")
    refused(
        Refused, lambda: review_set(worker=worker, actor=staff["payroll_officer"], year=2023, result="basic"), "权限"
    )


# --- certificates that end


def notes():
    return [(note.unit_id or 0, note.user_id or 0, note.text[-36:]) for note in Notification.objects.order_by("pk")]


def test_reminders_90_and_30_days_before_each_once(worker, staff, tree):
    worker.user = staff["community_worker"]
    worker.save()
    WorkerCertificate.objects.create(
        worker=worker, level="assistant", issued_on=date(2023, 12, 15), expires_on=date(2026, 12, 15)
    )
    gone = make_worker(tree.community, state="left", left_on=TODAY)
    WorkerCertificate.objects.create(
        worker=gone, level="assistant", issued_on=date(2023, 12, 15), expires_on=date(2026, 12, 15)
    )
    assert remind_of_certificates(date(2026, 9, 15)) == 0  # 91 days
    for _ in range(2):
        assert remind_of_certificates(date(2026, 9, 16)) == 1
    assert [(note.unit_id, note.user_id) for note in Notification.objects.order_by("pk")] == [
        (tree.community.pk, None), (None, staff["community_worker"].pk),
    ]  # fmt: skip
    for day in (date(2026, 11, 14), date(2026, 11, 15), date(2026, 11, 16), date(2026, 12, 15), date(2026, 12, 16)):
        remind_of_certificates(day)
    assert Notification.objects.count() == 4
    assert "2026-12-15" in Notification.objects.latest("pk").text
    assert worker.person.name not in "".join(text for _, _, text in notes())


def test_a_renewed_certificate_is_reminded_of_anew(worker):
    row = WorkerCertificate.objects.create(
        worker=worker, level="senior", issued_on=date(2023, 12, 15), expires_on=date(2026, 10, 1)
    )
    remind_of_certificates(TODAY)
    row.expires_on = date(2026, 10, 10)
    row.save()
    remind_of_certificates(TODAY)
    assert Notification.objects.count() == 2


# --- residents


def test_residents_are_counted_for_streets_and_communities(office, tree):
    setting = {"unit": tree.community, "actor": office, "counted_on": date(2026, 6, 30), "source": "派出所"}
    residents_set(**setting, number=8200)
    residents_set(**setting, number=8300)
    assert Residents.objects.get().number == 8300
    assert [event.data["number"] for event in history.timeline(tree.community)] == [8300, 8200]
    refused(Conflict, lambda: residents_set(**{**setting, "unit": tree.grid}, number=1), "按街道或社区")
    refused(Invalid, lambda: residents_set(**setting, number=0), "应在 1 至")
    refused(Invalid, lambda: residents_set(**{**setting, "source": ""}, number=5), "来源")
    refused(Refused, lambda: residents_set(**{**setting, "unit": tree.other_street}, number=5), "管辖范围")
