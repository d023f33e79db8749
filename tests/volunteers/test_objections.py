"""Objections to hours of orders and other records: said on the own page, answered, corrected or taken back."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Notification
from common import events as history
from common.errors import Conflict, Invalid, Refused
from tests.factories.accounts import make_user
from tests.factories.volunteers import make_volunteer
from tests.volunteers.own_support import phone_of
from tests.volunteers.test_care import start
from volunteers.choices import RecordSource
from volunteers.models import Account, Order, ServiceRecord, Volunteer
from volunteers.services.hours import record_void
from volunteers.services.objections import record_answer, record_correct, record_object
from volunteers.services.records import Service, record_services

pytestmark = pytest.mark.django_db


@pytest.fixture
def record(desk) -> ServiceRecord:
    """An hour and a half of a volunteer's order, confirmed by the community."""
    order = desk.act(desk.done(), "confirm", "community_worker")
    return ServiceRecord.objects.get(order=order)


@pytest.fixture
def worker(desk):
    return desk.user("community_worker")


def fresh(record) -> ServiceRecord:
    return ServiceRecord.objects.get(pk=record.pk)


def balance(record) -> Decimal:
    return Account.objects.get(volunteer=record.volunteer).balance


def longer(record, minutes: int = 30) -> dict:
    return {"started_at": record.started_at, "ended_at": record.ended_at + timedelta(minutes=minutes)}


def test_the_unit_is_told_and_keeps_the_hours(record, worker):
    with pytest.raises(Conflict, match="没有待答复"):
        record_answer(record=record, actor=worker, text="以登记为准")
    record_object(record=record, text=" 我做了\n两个小时 ")
    assert fresh(record).objection == "我做了 两个小时"
    told = Notification.objects.get(url=reverse("volunteers:record-answer", args=[record.pk]))
    assert told.unit == record.unit
    assert told.text == f"志愿者 {record.volunteer.number} 对“{record.what}”（{record.day}）的时长有异议，请核实答复。"
    with pytest.raises(Conflict, match="等组织单位答复"):
        record_object(record=record, text="再说一次")
    record_answer(record=record, actor=worker, text="以登记为准")
    assert (fresh(record).objection_answer, fresh(record).hours) == ("以登记为准", Decimal("1.50"))
    with pytest.raises(Conflict, match="没有待答复"):
        record_answer(record=record, actor=worker, text="再答一次")
    record_object(record=record, text="还是不对")
    assert (fresh(record).objection, fresh(record).objection_answer) == ("还是不对", "")
    assert list(history.verify()) == []


def test_corrected_by_another_record(record, worker):
    record_object(record=record, text="我做了两个小时")
    new = record_correct(record=record, actor=worker, reason="下单人证明", **longer(record))
    assert (new.hours, new.order, new.source, new.what) == (Decimal("2.00"), record.order, "order", record.what)
    old = fresh(record)
    assert (old.voided_at is None, old.objection_answer) == (False, "已更正为 2.00 小时：下单人证明")
    assert balance(record) == Decimal("2.00")
    with pytest.raises(Conflict, match="已经作废"):
        record_correct(record=record, actor=worker, reason="下单人证明", **longer(record))
    fewer = record_correct(record=new, actor=worker, hours=Decimal("0.50"), reason="中途离开", **longer(new, 0))
    assert (fewer.hours, balance(record)) == (Decimal("0.50"), Decimal("0.50"))
    assert list(history.verify()) == []


def test_taken_back_is_an_answer_too(record, worker):
    record_object(record=record, text="不是我做的")
    record_void(record=record, actor=worker, reason="记错了人")
    assert fresh(record).objection_answer == "已作废：记错了人"
    with pytest.raises(Conflict, match="已经作废"):
        record_object(record=record, text="为什么")
    assert fresh(record).objection == "不是我做的"


def test_what_makes_no_sense_changes_nothing(record, worker, tree):
    record_object(record=record, text="我做了两个小时")
    before = (ServiceRecord.objects.count(), fresh(record).event_seq, balance(record))
    neighbour = make_user("community_worker", tree.sister_community)
    Volunteer.objects.filter(pk=record.volunteer_id).update(unit=tree.sister_community)  # sees it, did not write it
    for call, error in (
        (lambda: record_answer(record=record, actor=worker, text=" "), Invalid),
        (lambda: record_answer(record=record, actor=neighbour, text="不归我管"), Refused),
        (lambda: record_correct(record=record, actor=neighbour, reason="不归我管", **longer(record)), Refused),
        (lambda: record_correct(record=record, actor=worker, reason=" ", **longer(record)), Invalid),
        (
            lambda: record_correct(record=record, actor=worker, reason="多记", hours=Decimal(3), **longer(record)),
            Invalid,
        ),
        (lambda: record_correct(record=record, actor=worker, reason="反了", **longer(record, -100)), Invalid),
        (lambda: record_correct(record=record, actor=worker, reason="未到", **longer(record, 24 * 60)), Invalid),
    ):
        with pytest.raises(error):
            call()
    assert (ServiceRecord.objects.count(), fresh(record).event_seq, balance(record)) == before


def test_two_sides_of_the_same_page(record, worker, desk, client_for):
    phone, office = phone_of(record.volunteer), client_for(worker)
    page, url = reverse("volunteers:own-hours"), reverse("volunteers:own-record-object", args=[record.pk])
    assert url in phone.get(page).content.decode()
    stranger = phone_of(make_volunteer(desk.tree.community))
    assert stranger.post(url, {"text": "不对"}).status_code == 404
    assert phone.post(url, {"text": ""}).status_code == 400
    assert fresh(record).objection == ""
    assert phone.post(url, {"text": "我做了两个小时"}).status_code == 302
    shown = phone.get(page).content.decode()
    assert "异议：我做了两个小时</span><span>等待组织单位答复" in shown
    assert url not in shown
    listed = office.get(reverse("volunteers:records") + "?flag=objected")
    assert [row.pk for row in listed.context["page"].rows] == [record.pk]
    answer = reverse("volunteers:record-answer", args=[record.pk])
    assert answer in listed.content.decode()
    assert "我做了两个小时" in office.get(answer).content.decode()
    assert office.post(answer, {"text": "以登记为准"}).status_code == 302
    assert "答复：以登记为准" in phone.get(page).content.decode()
    assert list(office.get(reverse("volunteers:records") + "?flag=objected").context["page"].rows) == []
    record_void(record=record, actor=worker, reason="记错了人")
    assert "以登记为准" in phone.get(page).content.decode()


def test_hours_of_an_import_too(desk, worker):
    start = timezone.now() - timedelta(days=3)
    service = Service(
        desk.volunteer,
        desk.tree.community,
        RecordSource.IMPORT,
        "civility",
        "清扫积雪",
        start,
        start + timedelta(hours=2),
    )
    [row] = record_services([service], actor=worker)
    record_object(record=row, text="少了一个小时")
    new = record_correct(record=row, actor=worker, reason="补登一小时", **longer(row, 60))
    assert (new.hours, fresh(row).objection_answer) == (Decimal("3.00"), "已更正为 3.00 小时：补登一小时")


def test_care_hours_are_not_changed_on_one_side_only(record, worker, desk):
    Order.objects.filter(pk=record.order_id).update(kind="care", care_recipient=start(desk))
    with pytest.raises(Refused, match="照料时长已按申报扣除"):
        record_correct(record=fresh(record), actor=worker, reason="多记", **longer(record))
    assert (fresh(record).voided_at, ServiceRecord.objects.count()) == (None, 1)
