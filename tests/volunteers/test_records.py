"""Confirmed hours: exact, never twice at one time, with their points and stars, and taken back as a whole."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from common.errors import Conflict, Invalid
from tests.factories.rules import make_rules
from tests.factories.volunteers import make_programme, make_volunteer
from volunteers.choices import RecordSource
from volunteers.models import Account, Entry, PointsRequest, ServiceRecord, StarAward
from volunteers.services.records import Service, record_services, void_record

pytestmark = pytest.mark.django_db
START = datetime(2026, 11, 2, 8, 30, tzinfo=timezone.get_default_timezone())


@pytest.fixture
def serve(tree, staff):
    """``serve(start, hours)`` records service of one volunteer, confirmed by the community worker."""
    make_rules()
    make_programme()
    volunteer, worker = make_volunteer(tree.community), staff["community_worker"]

    def record(start: datetime = START, hours: str = "2", who: object = None) -> ServiceRecord:
        end = start + timedelta(hours=float(hours))
        service = Service(who or volunteer, tree.community, RecordSource.ACTIVITY, "civility", "楼道清洁", start, end)
        return record_services([service], actor=worker)[0]

    record.volunteer = volunteer
    return record


def balance(volunteer: object) -> Decimal:
    return Account.objects.get(volunteer=volunteer).balance


def test_hours_give_points_by_the_rule(serve):
    record = serve(hours="2.5")
    assert (record.hours, record.day.isoformat()) == (Decimal("2.50"), "2026-11-02")
    assert balance(serve.volunteer) == Decimal("2.50")


def test_two_services_of_one_person_never_overlap(serve):
    serve()
    with pytest.raises(Conflict, match="时间不能重叠"):
        serve(START + timedelta(hours=1, minutes=59))
    assert (ServiceRecord.objects.count(), balance(serve.volunteer)) == (1, Decimal("2.00"))
    serve(START + timedelta(hours=2))  # one after the other is fine
    assert balance(serve.volunteer) == Decimal("4.00")


def test_impossible_times_are_refused(serve):
    for start, hours, words in (
        (START, "-1", "结束时间应晚于开始时间"),
        (START, "25", "超过了 24 小时"),
        (timezone.now() - timedelta(minutes=30), "1", "还没有结束"),
    ):
        with pytest.raises(Invalid, match=words):
            serve(start, hours)
    assert not ServiceRecord.objects.exists()


def test_a_voided_record_frees_its_time_and_takes_its_points_back(serve, staff):
    record = serve()
    void_record(record=record, actor=staff["community_worker"], reason="人记错了")
    assert balance(serve.volunteer) == Decimal("0.00")
    with pytest.raises(Conflict, match="已经作废"):
        void_record(record=record, actor=staff["community_worker"], reason="再来一次")
    serve()
    assert balance(serve.volunteer) == Decimal("2.00")


def test_many_points_at_once_wait_for_a_second_person(serve):
    from common import policies
    from common.models import Policy

    Policy.objects.filter(key="points").update(data={**Policy.objects.get(key="points").data, "approval_above": "1"})
    policies.forget()
    serve()
    assert not Entry.objects.exists()
    assert PointsRequest.objects.get().amount == Decimal("2.00")


def test_stars_come_with_the_hours(serve):
    for number in range(10):
        serve(START - timedelta(days=number + 1), "9.99")
    assert not StarAward.objects.exists()
    serve(hours="0.1")
    assert [(row.stars, row.label, row.measure) for row in StarAward.objects.all()] == [
        (1, "一星志愿者", Decimal("100.00"))
    ]
