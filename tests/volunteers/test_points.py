"""How points come and go by the dated rule: ceilings, rewards, limits, donations, taking back."""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from common import policies
from common.decisions import Denied
from common.errors import Invalid, Refused
from common.models import Policy
from tests.factories.rules import make_rules
from tests.factories.volunteers import make_programme, make_volunteer
from volunteers.choices import AccountKind, EntryKind, Group, RecordSource, RequestState, VolunteerState
from volunteers.models import Account, Entry, PointsRequest, ServiceRecord
from volunteers.services.donations import donate
from volunteers.services.ledger import Movement, person_account, post, system_account
from volunteers.services.points import joining_reward, may_redeem
from volunteers.services.points_requests import request_approve
from volunteers.services.records import Service, record_services, void_record

pytestmark = pytest.mark.django_db
START = datetime(2026, 11, 2, 8, 30, tzinfo=timezone.get_default_timezone())
PROGRAMME = {
    "key": "volunteer", "label": "志愿积分", "groups": [], "per_hour": "1", "activity_cap_hours": "0", "joining": "0",
    "redeem_after_hours": "0", "ceiling": "0", "valid_years": 0,
}  # fmt: skip


def rules(approval_above: str = "50", **changes: object) -> None:
    programmes = [{**PROGRAMME, **changes}]
    make_rules(points={"approval_above": approval_above, "programmes": programmes})


def balance(volunteer: object, kind: str = AccountKind.PERSON) -> Decimal:
    return Account.objects.get(volunteer=volunteer, kind=kind).balance


@pytest.fixture
def volunteer(tree):
    make_programme()
    return make_volunteer(tree.community)


@pytest.fixture
def serve(tree, staff, volunteer):
    """``serve(hours, start)`` records service of the volunteer."""

    def record(hours: str = "2", start: datetime = START, who: object = None) -> ServiceRecord:
        service = Service(
            who or volunteer, tree.community, RecordSource.ACTIVITY, "civility", "楼道清洁", start,
            start + timedelta(hours=float(hours)),
        )  # fmt: skip
        return record_services([service], actor=staff["community_worker"])[0]

    return record


def spend(volunteer: object, points: str, key: str) -> None:
    account = person_account(volunteer, make_programme())
    issue = system_account(make_programme(), AccountKind.ISSUE)
    post([Movement(account, issue, Decimal(points), EntryKind.MANUAL, START.date(), "更正", key)])


def test_at_most_two_hours_of_an_activity_count(serve, volunteer):
    rules(activity_cap_hours="2", per_hour="1.5")
    serve("3.75")
    assert balance(volunteer) == Decimal("3.00")


def test_the_ceiling_is_the_most_one_can_hold(serve, volunteer):
    rules(ceiling="5")
    serve("3")
    serve("3", START + timedelta(hours=4))
    last = Entry.objects.latest("pk")
    assert (balance(volunteer), last.reason) == (
        Decimal("5.00"), "楼道清洁（积分上限 5 分，应得 3.00 分，计入 2.00 分）",
    )  # fmt: skip
    spend(volunteer, "4", "s")
    serve("3", START + timedelta(hours=8))  # room again, once points are used
    assert balance(volunteer) == Decimal("4.00")


def test_joining_is_rewarded_once_per_programme(volunteer, staff):
    rules(joining="5")
    for _ in range(2):
        joining_reward(volunteer=volunteer, actor=staff["community_worker"])
    entry = Entry.objects.get()
    assert (balance(volunteer), entry.kind, entry.day) == (Decimal("5.00"), EntryKind.JOINING, timezone.localdate())


def test_a_programme_is_for_its_groups(serve, volunteer, tree):
    rules(groups=[Group.CHIEF])
    serve("2")
    chief = make_volunteer(tree.community, group=Group.CHIEF)
    serve("2", START, chief)
    assert [(entry.record.volunteer, entry.lines.count()) for entry in Entry.objects.all()] == [(chief, 2)]


def test_redeeming_starts_after_the_hours_of_the_rule(serve, volunteer):
    rules(redeem_after_hours="4")
    serve("3")
    denied = may_redeem(volunteer, make_programme(), START.date())
    assert isinstance(denied, Denied)
    assert "满 4 小时后" in denied.reason
    assert "还差 1.00 小时" in denied.reason
    serve("1", START + timedelta(hours=5))
    assert may_redeem(volunteer, make_programme(), START.date())


def test_a_rule_changed_in_mid_month_leaves_posted_entries_alone(serve, volunteer):
    rules()
    first = serve("2")
    fresh = Policy.objects.create(
        key="points", valid_from=date(2026, 11, 10),
        data={**Policy.objects.get(key="points").data, "programmes": [{**PROGRAMME, "per_hour": "3"}]},
    )  # fmt: skip
    policies.forget()
    late = serve("2", START + timedelta(days=1))  # recorded after the change, served before it
    new = serve("2", START + timedelta(days=8))
    entries = {entry.record_id: entry for entry in Entry.objects.select_related("policy")}
    amounts = {pk: entry.lines.get(amount__gt=0).amount for pk, entry in entries.items()}
    assert amounts == {first.pk: Decimal("2.00"), late.pk: Decimal("2.00"), new.pk: Decimal("6.00")}
    assert entries[new.pk].policy == fresh
    assert entries[first.pk].policy == entries[late.pk].policy != fresh


class TestTakingBack:
    def test_spent_points_cannot_be_taken_back(self, serve, volunteer, staff):
        rules()
        record = serve("2")
        spend(volunteer, "1.50", "s")
        with pytest.raises(Refused, match=r"2.00 分已经用掉，账上只剩 0.50 分"):
            void_record(record=record, actor=staff["community_worker"], reason="人记错了")
        record.refresh_from_db()
        assert (record.voided_at, balance(volunteer), Entry.objects.count()) == (None, Decimal("0.50"), 2)

    def test_a_waiting_request_is_closed_with_its_record(self, serve, volunteer, staff):
        rules(approval_above="1")
        record = serve("2")
        request = PointsRequest.objects.get()
        assert (request.kind, request.key) == (EntryKind.EARN, f"record:{record.pk}:volunteer")
        void_record(record=record, actor=staff["community_worker"], reason="人记错了")
        request.refresh_from_db()
        assert (request.state, request.decision) == (RequestState.WITHDRAWN, "服务记录已作废：人记错了")
        assert not Entry.objects.exists()

    def test_approved_points_are_taken_back(self, serve, volunteer, staff):
        rules(approval_above="1")
        record = serve("2")
        request_approve(points_request=PointsRequest.objects.get(), actor=staff["street_officer"])
        assert balance(volunteer) == Decimal("2.00")
        void_record(record=record, actor=staff["community_worker"], reason="人记错了")
        assert balance(volunteer) == Decimal("0.00")


class TestDonating:
    @pytest.fixture
    def neighbour(self, tree):
        return make_volunteer(tree.sister_community)

    def test_to_a_neighbour_once(self, serve, volunteer, neighbour):
        rules()
        serve("5")
        key = uuid.uuid4()
        for _ in range(2):
            donate(
                volunteer=volunteer, programme=make_programme(), amount=Decimal("1.25"), request_key=key,
                to_number=f" {neighbour.number.lower()} ", note="换大米",
            )  # fmt: skip
        entry = Entry.objects.latest("pk")
        assert (balance(volunteer), balance(neighbour)) == (Decimal("3.75"), Decimal("1.25"))
        assert (entry.kind, entry.reason) == (EntryKind.DONATE, f"捐给 {neighbour.number}：换大米")

    def test_to_the_pool_of_the_unit(self, serve, volunteer, tree):
        rules()
        serve("5")
        donate(volunteer=volunteer, programme=make_programme(), amount=Decimal(2), request_key=uuid.uuid4())
        pool = Account.objects.get(kind=AccountKind.POOL)
        assert (pool.unit, pool.balance, balance(volunteer)) == (tree.community, Decimal("2.00"), Decimal("3.00"))

    def test_what_cannot_be_given(self, serve, volunteer, neighbour):
        rules(ceiling="5")
        serve("5")
        serve("4", START, neighbour)

        def give(amount: str = "1", number: str = neighbour.number) -> None:
            donate(
                volunteer=volunteer, programme=make_programme(), amount=Decimal(amount), request_key=uuid.uuid4(),
                to_number=number,
            )  # fmt: skip

        for amount, number, error, words in (
            ("0", neighbour.number, Invalid, "大于 0"),
            ("0.001", neighbour.number, Invalid, "两位小数"),
            ("1", "T999999", Invalid, "没有这个编号"),
            ("1", volunteer.number, Invalid, "不能捐给自己"),
            ("2", neighbour.number, Refused, "最多还能接受 1.00 分"),
            ("5.01", "", Refused, "现有 5.00 分"),
        ):
            with pytest.raises(error, match=words):
                give(amount, number)
        neighbour.state = VolunteerState.LEFT
        neighbour.save()
        with pytest.raises(Invalid, match="没有这个编号的在册志愿者"):
            give()
        assert (balance(volunteer), balance(neighbour)) == (Decimal("5.00"), Decimal("4.00"))
        assert Entry.objects.count() == 2
