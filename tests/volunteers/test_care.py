"""Bought care hours: every finished visit takes its hours off, never below none, whoever comes at the same moment."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.http import Http404
from django.utils import timezone

from common import events as history
from common.errors import Conflict, Invalid, Refused
from common.models import Event
from tests.factories.accounts import make_user
from tests.together import together
from tests.volunteers.orders_support import Desk, earlier, served
from volunteers.models import CareRecipient, Order
from volunteers.selectors.care import care_statement, care_totals
from volunteers.services.care import care_add_hours, care_change, care_end, care_reveal, care_start
from volunteers.services.order_retention import forget_persons

TODAY = timezone.localdate()


def start(desk: Desk, hours: str = "4", **values) -> CareRecipient:
    base = {
        "actor": desk.user("community_worker"), "unit": desk.tree.community, "name": "李桂兰", "phone": "13900000002",
        "address": "江湾社区5号楼1单元301", "hours": Decimal(hours), "first_day": TODAY - timedelta(days=30),
        "last_day": TODAY + timedelta(days=300), "provider": desk.firm,
    }  # fmt: skip
    return care_start(**{**base, **values})


def visit(desk: Desk, elder: CareRecipient) -> Order:
    """A visit in the hands of the firm since three hours."""
    with earlier():
        order = desk.place(kind="care", care_recipient=elder, title="上门照料", actor=desk.user("community_worker"))
        order = desk.act(order, "publish", "community_worker", provider=desk.firm)
        return desk.act(order, "claim", "provider")


def left(elder: CareRecipient) -> Decimal:
    return CareRecipient.objects.get(pk=elder.pk).left_hours


@pytest.mark.django_db
class TestHours:
    def test_each_finished_visit_takes_its_hours_off(self, desk):
        elder = start(desk)
        assert (elder.number, elder.left_hours) == ("ZL22060500001", Decimal(4))
        for hours, rest in (("1.5", "2.50"), ("2.5", "0.00")):
            desk.act(visit(desk, elder), "done", "provider", **served(hours, ago=2.6))
            assert left(elder) == Decimal(rest)
        lines = [(line.what, line.hours, line.left) for line in care_statement(elder)]
        assert lines == [
            ("购买照料时长", Decimal("4"), Decimal("4")),
            ("照料服务", Decimal("-1.5"), Decimal("2.5")),
            ("照料服务", Decimal("-2.5"), Decimal("0")),
        ]
        assert list(history.verify()) == []

    def test_too_few_left_is_refused_and_nothing_changes(self, desk):
        elder = start(desk, "1")
        order = visit(desk, elder)
        with pytest.raises(Invalid, match=r"只剩 1.00 小时，不够这次的 1.50 小时"):
            desk.act(order, "done", "provider", **served("1.50"))
        assert (left(elder), Order.objects.get(pk=order.pk).state) == (Decimal(1), "claimed")
        desk.act(order, "done", "provider", **served("1"))
        assert left(elder) == 0
        with pytest.raises(Invalid, match="没有剩余时长"):
            desk.place(kind="care", care_recipient=elder)

    def test_outside_the_bought_period_is_refused(self, desk):
        elder = start(desk, first_day=TODAY - timedelta(days=60), last_day=TODAY - timedelta(days=2))
        with pytest.raises(Invalid, match="请核对服务日期"):
            desk.act(visit(desk, elder), "done", "provider", **served("1"))
        assert left(elder) == 4

    def test_the_database_knows_no_hours_below_none(self, desk):
        elder = start(desk)
        with pytest.raises(IntegrityError, match="care_hours_left"), transaction.atomic():
            CareRecipient.objects.filter(pk=elder.pk).update(left_hours=-1)

    def test_a_visit_that_was_not_made_gives_its_hours_back(self, desk):
        elder = start(desk)
        order = desk.act(visit(desk, elder), "done", "provider", **served("1.5"))
        desk.act(order, "return", "community_worker", note="老人说没有来人")
        assert left(elder) == 4
        assert [line.hours for line in care_statement(elder)][1:] == [Decimal("-1.5"), Decimal("1.5")]

    def test_more_are_bought(self, desk):
        elder = start(desk)
        care_add_hours(recipient=elder, actor=desk.user("community_worker"), hours=Decimal("10.5"), note="二季度")
        elder.refresh_from_db()
        assert (elder.bought_hours, elder.left_hours) == (Decimal("14.50"), Decimal("14.50"))
        for hours in ("0", "-1", "20001"):
            with pytest.raises(Invalid, match="购买时长"):
                care_add_hours(recipient=elder, actor=desk.user("community_worker"), hours=Decimal(hours))

    def test_ended_only_when_nothing_is_open(self, desk):
        elder, worker = start(desk), desk.user("community_worker")
        order = visit(desk, elder)
        with pytest.raises(Conflict, match="还有 1 单没有完成"):
            care_end(recipient=elder, actor=worker, note="已搬走")
        desk.act(order, "withdraw", "community_worker", note="已搬走")
        assert not care_end(recipient=elder, actor=worker, note="已搬走").is_active
        with pytest.raises(Conflict, match="已停止照料"):
            care_add_hours(recipient=elder, actor=worker, hours=Decimal(1))

    def test_personal_data_go_a_year_after_care_has_ended(self, desk):
        ended, running = start(desk), start(desk, name="周秀英")
        care_end(recipient=ended, actor=desk.user("community_worker"), note="已搬走")
        assert forget_persons(timezone.now() + timedelta(days=364)) == 0
        assert forget_persons(timezone.now() + timedelta(days=367)) == 1
        names = {row.pk: row.name for row in CareRecipient.objects.all()}
        assert names == {ended.pk: "", running.pk: "周秀英"}
        assert list(history.verify()) == []

    def test_changes_are_on_the_record_and_no_change_is_none(self, desk):
        elder, worker = start(desk), desk.user("community_worker")
        values = {"recipient": elder, "actor": worker, "provider": None, "last_day": elder.last_day}
        care_change(**values, needs="助浴")
        care_change(**values, needs="助浴")
        assert [row.data["summary"] for row in Event.objects.filter(kind="care.changed")] == [
            "照料需要改为“助浴”；承接单位改为“无”"
        ]

    def test_other_places_neither_see_nor_change(self, desk):
        elder = start(desk)
        outsider = make_user("community_worker", desk.tree.sister_community)
        assert not CareRecipient.objects.visible_to(outsider).exists()
        with pytest.raises(Http404):
            care_add_hours(recipient=elder, actor=outsider, hours=Decimal(1))
        with pytest.raises(Refused, match="不能为“江湾社区”登记"):
            start(desk, actor=outsider)
        assert CareRecipient.objects.count() == 1

    def test_a_field_is_revealed_with_a_reason(self, desk):
        elder, worker = start(desk), desk.user("community_worker")
        assert care_reveal(recipient=elder, actor=worker, field="phone", reason="约定上门时间") == "13900000002"
        with pytest.raises(Invalid, match="请写明理由"):
            care_reveal(recipient=elder, actor=worker, field="phone", reason=" ")
        with pytest.raises(Http404):
            care_reveal(recipient=elder, actor=desk.user("grid_worker"), field="phone", reason="约定上门时间")
        assert Event.objects.filter(kind="care.revealed").count() == 1


@pytest.mark.slow
def test_visits_that_end_at_the_same_moment_share_what_is_left(race):
    """Six visits of an hour, four hours left: four are written, two are refused, none is lost."""
    elder = start(race)
    orders = [visit(race, elder) for _ in range(6)]
    results = together(
        *(lambda order=order: race.act(order, "done", "provider", **served("1", ago=2)) for order in orders)
    )
    done = [result for result in results if isinstance(result, Order)]
    refused = [result for result in results if isinstance(result, Invalid)]
    assert (len(done), len(refused), left(elder)) == (4, 2, 0)
    assert list(history.verify()) == []


@pytest.mark.django_db
def test_tonghua_326_elders_412000_hours(desk):
    """通化县: 326 elders, 412,000 hours bought (262 × 1,264 + 64 × 1,263)."""
    for number in range(326):
        start(desk, "1264" if number < 262 else "1263", name=f"老人{number}")
    totals = care_totals(CareRecipient.objects.visible_to(desk.user("district_officer")))
    assert (totals.elders, totals.bought, totals.left, totals.used) == (326, 412_000, 412_000, 0)
