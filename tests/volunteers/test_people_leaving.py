"""Leaving, coming back, erasure: what goes, what stays, and that the ledger stays true."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.http import Http404
from django.urls import reverse
from django.utils import timezone

from common import events as history
from common.errors import Conflict, Refused
from tests.factories.rules import make_rules
from tests.factories.shop import books_are_true, make_market, redeem_some
from tests.factories.volunteers import make_programme, make_volunteer
from volunteers.choices import AccountKind, EntryKind, ParticipationState, RecordSource, Remainder, VolunteerState
from volunteers.models import (
    Account,
    Activity,
    Entry,
    Line,
    Membership,
    Participation,
    PointsRequest,
    Product,
    Redemption,
    Shop,
    Team,
    Volunteer,
    VolunteerPerson,
)
from volunteers.selectors.people import to_do
from volunteers.services import people_changes, people_leaving
from volunteers.services.certificates import certificate_issue, certificate_revoke, check_code
from volunteers.services.handing_out import redemption_collect
from volunteers.services.ledger import Movement, person_account, post, system_account
from volunteers.services.records import Service, record_services
from volunteers.services.redemptions import code_of

pytestmark = pytest.mark.django_db
NOW = timezone.now


@pytest.fixture
def world(tree, staff):
    make_rules("jiangyuan")
    return (
        tree,
        staff["community_worker"],
        make_volunteer(tree.community, nickname="小明", areas="本小区", skills=["legal"]),
    )


def joined(volunteer, state=ParticipationState.JOINED, title="清扫楼道") -> Participation:
    activity = Activity.objects.create(
        title=title, unit=volunteer.unit, theme="civility", starts_at=NOW() + timedelta(days=1),
        ends_at=NOW() + timedelta(days=1, hours=2), signup_until=NOW(), capacity=10, place="广场", state="published",
    )  # fmt: skip
    row = Participation(activity=activity, volunteer=volunteer, state=state, joined_at=NOW())
    row.save()
    return row


def give(volunteer, amount) -> Account:
    programme = make_programme()
    account = person_account(volunteer, programme)
    today = timezone.localdate()
    post([Movement(system_account(programme, AccountKind.ISSUE), account, Decimal(amount), EntryKind.OPENING, today, "期初", f"o{volunteer.pk}")])  # fmt: skip
    account.refresh_from_db()
    return account


def test_leaving_calls_off_what_has_not_begun(world):
    tree, worker, row = world
    coming, waiting = joined(row), joined(row, ParticipationState.WAITING, "义诊")
    done = joined(row, ParticipationState.CONFIRMED, "慰问")
    team = Team.objects.create(name="先锋队", unit=tree.community, leader=row, founded_on=row.joined_on)
    Membership.objects.create(team=team, volunteer=row, first_day=row.joined_on)
    left = people_leaving.volunteer_leave(volunteer=row, actor=worker, reason="搬家")
    assert (left.state, left.left_on, left.access_hash) == (VolunteerState.LEFT, timezone.localdate(), None)
    states = [Participation.objects.get(pk=one.pk).state for one in (coming, waiting, done)]
    assert states == ["withdrawn", "withdrawn", "confirmed"]
    team.refresh_from_db()
    assert (team.leader, team.memberships.get().last_day) == (None, timezone.localdate())
    assert VolunteerPerson.objects.get(volunteer=row).name == "张晓明"
    assert list(history.verify()) == []
    back = people_leaving.volunteer_rejoin(volunteer=row, actor=worker)
    assert (back.state, back.left_on, back.number) == (VolunteerState.ACTIVE, None, row.number)


@pytest.mark.parametrize("verb", ["leave", "erase"])
def test_whoever_waits_moves_up_at_once_in_every_activity(world, verb):
    tree, worker, row = world
    full, begun = joined(row), joined(row, title="义诊")
    Activity.objects.filter(pk__in=[full.activity_id, begun.activity_id]).update(capacity=1)
    Activity.objects.filter(pk=begun.activity_id).update(starts_at=NOW() - timedelta(minutes=5))
    first, second = (make_volunteer(tree.community) for _ in range(2))
    waiting = [
        Participation.objects.create(activity=of.activity, volunteer=who, state="waiting", joined_at=NOW())
        for of in (full, begun) for who in (first, second)
    ]  # fmt: skip
    if verb == "leave":
        people_leaving.volunteer_leave(volunteer=row, actor=worker, reason="搬家")
    else:
        people_leaving.volunteer_erase(volunteer=row, actor=worker)
    states = [Participation.objects.get(pk=one.pk).state for one in (full, begun, *waiting)]
    assert states == ["withdrawn", "withdrawn", "joined", "waiting", "waiting", "waiting"]
    assert "候补转为报名成功" in Participation.objects.get(pk=waiting[0].pk).notice
    assert history.timeline(full).first().kind == "participation.dropped"


def test_leaving_twice_or_by_a_stranger_changes_nothing(world, staff):
    _, worker, row = world
    one = joined(row)
    other = Participation.objects.create(
        activity=one.activity, volunteer=make_volunteer(row.unit), state="waiting", joined_at=NOW()
    )
    Activity.objects.update(capacity=1)
    with pytest.raises(Http404):
        people_leaving.volunteer_leave(volunteer=row, actor=staff["grid_worker"])
    for changed in (one, other, row):
        changed.refresh_from_db()
    assert (one.state, other.state, row.state, row.event_seq) == ("joined", "waiting", "active", 0)
    people_leaving.volunteer_leave(volunteer=row, actor=worker)
    with pytest.raises(Conflict):
        people_leaving.volunteer_leave(volunteer=row, actor=worker)


@pytest.mark.parametrize(
    ("remainder", "kind"), [(Remainder.EXPIRE, AccountKind.EXPIRY), (Remainder.DONATE, AccountKind.POOL)]
)
def test_erasure_empties_the_person_and_keeps_the_ledger(world, remainder, kind):
    tree, worker, row = world
    account = give(row, "7.50")
    erased = people_leaving.volunteer_erase(volunteer=row, actor=worker, remainder=remainder)
    assert (erased.state, erased.number, erased.nickname, erased.areas, erased.skills) == (
        "erased",
        row.number,
        "",
        "",
        [],
    )
    assert erased.access_hash is None
    person = VolunteerPerson.objects.get(volunteer=row)
    assert [getattr(person, name) for name in people_leaving.PERSON_COLUMNS] == [""] * 7
    assert (person.name_hash, person.phone_hash, person.id_hash) == (None, None, None)
    account.refresh_from_db()
    assert account.balance == Decimal("0.00")
    other = Line.objects.get(entry__key=f"erase:{account.pk}", amount__gt=0)
    assert (other.account.kind, other.amount) == (kind, Decimal("7.50"))
    if kind == AccountKind.POOL:
        assert other.account.unit == tree.community
    assert sum(line.amount for line in Line.objects.all()) == 0
    event = history.timeline(erased)[0]
    assert event.data == {"points": "7.50", "remainder": f"，{remainder.label}"}
    assert list(history.verify()) == []
    assert not Volunteer.objects.visible_to(worker).listed().exists()


def test_what_was_bought_and_certified_names_nobody_any_more(tree, staff, client):
    market = make_market(tree, staff)
    holder, worker = market.volunteer, market.manager
    redeem_some(holder, market.rice, quantity=2)
    credit = redeem_some(holder, market.fee(), account_number="JW-3-2-101")
    for row in Redemption.objects.filter(volunteer=holder):
        redemption_collect(redemption=row, actor=market.keeper, code=code_of(row))
    start = NOW() - timedelta(days=1)
    service = Service(
        holder, tree.community, RecordSource.IMPORT, "civility", "清扫积雪", start, start + timedelta(hours=2)
    )
    [record] = record_services([service], actor=worker)
    days = {"first_day": record.day, "last_day": record.day}
    paper, revoked, others = (
        certificate_issue(actor=worker, volunteer=of, request_key=uuid.uuid4(), **days)
        for of in (holder, holder, _served_too(market, service))
    )
    certificate_revoke(certificate=revoked, actor=worker, reason="打印有误")
    credit.refresh_from_db()
    settled = collected_sums(credit)
    people_leaving.volunteer_erase(volunteer=holder, actor=worker)
    for row in (credit, paper, revoked, others):
        row.refresh_from_db()
    assert (credit.account_number, credit.state, collected_sums(credit)) == ("", "collected", settled)
    assert [(row.name, row.id_number, row.revoked_at is None) for row in (paper, revoked)] == [("", "", False)] * 2
    assert (others.name, others.revoked_at) == ("李秀兰", None)
    books_are_true()
    assert list(history.verify()) == []
    page = reverse("volunteers:certificate-check")
    shown = client.post(page, {"number": paper.number, "code": check_code(paper.request_key)}).content.decode()
    assert "已应持有人的要求撤回" in shown
    assert "2.00 小时" not in shown
    kept = client.post(page, {"number": others.number, "code": check_code(others.request_key)}).content.decode()
    assert "真实有效" in kept
    assert "李**" in kept


def _served_too(market, service) -> Volunteer:
    neighbour = market.neighbour("0", name="李秀兰")
    record_services([replace(service, volunteer=neighbour)], actor=market.manager)
    return neighbour


def collected_sums(row) -> tuple:
    return row.points, row.value, row.collected_at


def reserved(row) -> None:
    programme = make_programme()
    shop = Shop.objects.create(name="积分超市", unit=row.unit, programme=programme)
    product = Product.objects.create(shop=shop, name="洗衣液", points=5, value=10)
    Redemption.objects.create(
        number="R1", shop=shop, product=product, volunteer=row, points=5, value=10, reserved_at=NOW(), keep_until=NOW()
    )


def proposed(row) -> None:
    PointsRequest.objects.create(
        programme=make_programme(), volunteer=row, amount=5, day=timezone.localdate(), reason="补录", proposed_at=NOW()
    )


def present(row) -> None:
    joined(row, ParticipationState.SERVED)


@pytest.mark.parametrize(
    ("open_thing", "words"),
    [(reserved, "1 件兑换没有领取"), (proposed, "1 笔积分调整等待复核"), (present, "1 次活动的时长没有确认")],
)
def test_what_is_open_is_settled_first(world, open_thing, words):
    _, worker, row = world
    give(row, "7.50")
    open_thing(row)
    later = joined(row, title="明天的活动")
    with pytest.raises(Refused) as caught:
        people_leaving.volunteer_erase(volunteer=row, actor=worker)
    assert words in caught.value.message
    row.refresh_from_db()
    later.refresh_from_db()
    assert (row.state, row.event_seq, later.state) == ("active", 0, "joined")
    assert VolunteerPerson.objects.get(volunteer=row).name == "张晓明"
    assert Entry.objects.count() == 1


def test_the_refusal_names_the_points_that_would_go(world):
    _, worker, row = world
    give(row, "7.50")
    reserved(row)
    with pytest.raises(Refused, match="现有积分 7.50 分"):
        people_leaving.volunteer_erase(volunteer=row, actor=worker)


def test_erased_stays_erased(world):
    _, worker, row = world
    people_leaving.volunteer_erase(volunteer=row, actor=worker)
    for again in (
        lambda: people_leaving.volunteer_erase(volunteer=row, actor=worker),
        lambda: people_leaving.volunteer_rejoin(volunteer=row, actor=worker),
        lambda: people_changes.volunteer_change(volunteer=row, actor=worker, nickname="甲"),
    ):
        with pytest.raises(Conflict):
            again()


def test_the_volunteer_asks_and_takes_it_back(world):
    _, worker, row = world
    asked = people_leaving.ask_for_erasure(volunteer=row)
    assert people_leaving.ask_for_erasure(volunteer=row).erasure_asked_at == asked.erasure_asked_at
    assert list(to_do(worker)) == [row]
    assert people_leaving.withdraw_erasure(volunteer=row).erasure_asked_at is None
    assert not to_do(worker).exists()
    with pytest.raises(Refused):
        people_leaving.volunteer_keep(volunteer=row, actor=worker)
    people_leaving.ask_for_erasure(volunteer=row)
    assert people_leaving.volunteer_keep(volunteer=row, actor=worker).erasure_asked_at is None
