"""Two people for every manual entry: proposed, decided by another, posted in the same step."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.http import Http404
from django.utils import timezone

from accounts.roles import Role
from common.errors import Conflict, Invalid, Refused
from common.models import Event
from tests.factories.accounts import make_user
from tests.factories.rules import make_rules
from tests.factories.volunteers import make_programme, make_volunteer
from volunteers.choices import AccountKind, EntryKind, RequestState, VolunteerState
from volunteers.models import Account, Entry, Line, PointsRequest
from volunteers.services.ledger import Movement, person_account, pool_account, post, system_account
from volunteers.services.points_requests import (
    adjustment_propose,
    grant_propose,
    item_propose,
    request_approve,
    request_deny,
    request_withdraw,
    reversal_propose,
)

pytestmark = pytest.mark.django_db
ITEMS = {
    "programme": "volunteer",
    "items": [
        {"key": "study", "label": "参加主题党日", "points": "5", "most": 2},
        {"key": "absent", "label": "无故缺席", "points": "-2.5", "most": 6},
    ],
}


@pytest.fixture
def volunteer(tree):
    make_rules(member_items=ITEMS)
    make_programme()
    return make_volunteer(tree.community)


@pytest.fixture
def worker(staff):
    return staff["community_worker"]


@pytest.fixture
def colleague(tree):
    return make_user(Role.COMMUNITY_WORKER, tree.community)


def today():
    return timezone.localdate()


def propose(volunteer, actor, amount: str = "5", **fields) -> PointsRequest:
    values = {"programme": make_programme(), "day": today(), "reason": "参加社区巡逻未登记", **fields}
    return adjustment_propose(actor=actor, volunteer=volunteer, amount=Decimal(amount), **values)


def give(volunteer, points: str, key: str = "given", kind: str = EntryKind.OPENING) -> Entry:
    issue, account = system_account(make_programme(), AccountKind.ISSUE), person_account(volunteer, make_programme())
    return post([Movement(issue, account, Decimal(points), kind, today(), "期初结转", key)])[0]


def balance(volunteer) -> Decimal:
    return person_account(volunteer, make_programme()).balance


class TestTwoPeople:
    def test_another_person_posts_it(self, volunteer, worker, colleague):
        request = propose(volunteer, worker)
        assert (request.state, balance(volunteer)) == (RequestState.PROPOSED, Decimal("0.00"))
        request = request_approve(points_request=request, actor=colleague, note="核实无误")
        entry = Entry.objects.get()
        assert (request.state, request.decided_by, request.decision) == (RequestState.POSTED, colleague, "核实无误")
        assert (entry.kind, entry.request, entry.actor, entry.reason) == (
            EntryKind.MANUAL, request, colleague, "参加社区巡逻未登记",
        )  # fmt: skip
        assert entry.lines.get(amount__lt=0).account.kind == AccountKind.CORRECTION
        assert balance(volunteer) == Decimal("5.00")
        kinds = Event.objects.filter(stream=request.stream).order_by("seq").values_list("kind", flat=True)
        assert list(kinds) == ["points_request.proposed", "points_request.approved"]

    def test_nobody_decides_on_their_own_proposal(self, volunteer, worker, colleague):
        request = propose(volunteer, worker)
        for decide in (request_approve, request_deny):
            with pytest.raises(Refused, match="须由两人办理"):
                decide(points_request=request, actor=worker, note="自己来")
        with pytest.raises(IntegrityError, match="points_request_two_people"), transaction.atomic():
            PointsRequest.objects.filter(pk=request.pk).update(decided_by=worker, state=RequestState.POSTED)
        assert not Entry.objects.exists()
        request_approve(points_request=request, actor=colleague)
        assert Entry.objects.count() == 1

    def test_a_decision_is_made_once(self, volunteer, worker, colleague, staff):
        request = propose(volunteer, worker)
        request_approve(points_request=request, actor=colleague)
        with pytest.raises(Conflict, match="已入账"):
            request_approve(points_request=request, actor=staff["street_officer"])
        with pytest.raises(Conflict):
            request_deny(points_request=request, actor=staff["street_officer"], note="晚了")
        assert (Entry.objects.count(), balance(volunteer)) == (1, Decimal("5.00"))

    def test_denied_and_withdrawn_post_nothing(self, volunteer, worker, colleague):
        denied, withdrawn = propose(volunteer, worker), propose(volunteer, worker)
        assert request_deny(points_request=denied, actor=colleague, note="无依据").state == RequestState.DENIED
        with pytest.raises(Refused, match="只有提出的人可以撤回"):
            request_withdraw(points_request=withdrawn, actor=colleague, note="替他撤")
        assert request_withdraw(points_request=withdrawn, actor=worker, note="填错了").decided_by is None
        assert not Entry.objects.exists()

    def test_only_in_ones_own_area(self, volunteer, worker, tree):
        stranger = make_user(Role.COMMUNITY_WORKER, tree.other_community)
        with pytest.raises(Http404):
            propose(volunteer, stranger)
        request = propose(volunteer, worker)
        with pytest.raises(Http404):
            request_approve(points_request=request, actor=stranger)
        assert (PointsRequest.objects.count(), Entry.objects.count()) == (1, 0)


class TestAdjustments:
    def test_points_are_taken_away_but_never_below_zero(self, volunteer, worker, colleague):
        give(volunteer, "4")
        request = propose(volunteer, worker, "-4.01")
        with pytest.raises(Refused, match=r"现有 4.00 分，需要 4.01 分"):
            request_approve(points_request=request, actor=colleague)
        request.refresh_from_db()
        assert (request.state, balance(volunteer)) == (RequestState.PROPOSED, Decimal("4.00"))
        request_approve(points_request=propose(volunteer, worker, "-4"), actor=colleague)
        assert balance(volunteer) == Decimal("0.00")

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({"amount": "0"}, "积分应在"),
            ({"amount": "0.001"}, "积分应在"),
            ({"amount": "100000.01"}, "积分应在"),
            ({"reason": " 一 "}, "请写明理由"),
            ({"day": timezone.localdate() + timedelta(days=1)}, "不能晚于今天"),
        ],
    )
    def test_unusable_input(self, volunteer, worker, fields, words):
        with pytest.raises(Invalid, match=words):
            propose(volunteer, worker, **fields)
        assert not PointsRequest.objects.exists()

    def test_not_for_the_erased(self, volunteer, worker):
        volunteer.state = VolunteerState.ERASED
        volunteer.save()
        with pytest.raises(Refused, match="已经注销"):
            propose(volunteer, worker)

    def test_nothing_fits_above_the_ceiling(self, volunteer, worker, colleague, tree):
        from common import policies
        from common.models import Policy

        rule = Policy.objects.get(key="points")
        rule.data["programmes"][0]["ceiling"] = "5"
        rule.save()
        policies.forget()
        request_approve(points_request=propose(volunteer, worker, "5"), actor=colleague)
        more = propose(volunteer, worker, "1")
        with pytest.raises(Refused, match="已达上限"):
            request_approve(points_request=more, actor=colleague)
        more.refresh_from_db()
        assert (more.state, balance(volunteer)) == (RequestState.PROPOSED, Decimal("5.00"))


class TestItems:
    def test_points_of_an_item(self, volunteer, worker, colleague):
        request = item_propose(actor=worker, volunteer=volunteer, item="study", day=today(), reason="11月主题党日")
        assert (request.amount, request.reason) == (Decimal("5"), "参加主题党日：11月主题党日")
        request_approve(points_request=request, actor=colleague)
        minus = item_propose(actor=worker, volunteer=volunteer, item="absent", day=today(), reason="")
        request_approve(points_request=minus, actor=colleague)
        assert balance(volunteer) == Decimal("2.50")
        assert set(Line.objects.exclude(account__kind=AccountKind.PERSON).values_list("account__kind", flat=True)) == {
            AccountKind.ISSUE
        }

    def test_at_most_so_often_in_a_half_year(self, volunteer, worker, colleague):
        def again(day):
            return item_propose(actor=worker, volunteer=volunteer, item="study", day=day, reason="主题党日")

        first, second = again(today()), again(today())
        with pytest.raises(Invalid, match="每半年最多计 2 次"):
            again(today())
        again(today() - timedelta(days=190))  # another half-year
        request_deny(points_request=first, actor=colleague, note="没有参加")
        third = again(today())
        for request in (second, third):
            request_approve(points_request=request, actor=colleague)
        back = reversal_propose(actor=worker, entry=Entry.objects.get(request=third), reason="登记错误")
        with pytest.raises(Invalid, match="每半年最多计 2 次"):
            again(today())
        request_approve(points_request=back, actor=colleague)
        again(today())  # what was reversed does not count

    def test_unknown_item(self, volunteer, worker):
        with pytest.raises(Invalid, match="没有这个加分项目"):
            item_propose(actor=worker, volunteer=volunteer, item="nothing", day=today(), reason="")


class TestReversals:
    def test_any_manual_entry_by_its_counter_entry(self, volunteer, worker, colleague):
        entry = give(volunteer, "8")
        request = reversal_propose(actor=worker, entry=entry, reason="重复结转")
        assert (request.amount, request.kind, request.reverses) == (Decimal("-8"), EntryKind.REVERSE, entry)
        with pytest.raises(Conflict, match="已经有人提出冲正"):
            reversal_propose(actor=worker, entry=entry, reason="再提一次")
        request_approve(points_request=request, actor=colleague)
        assert (balance(volunteer), Entry.objects.latest("pk").reverses) == (Decimal("0.00"), entry)
        with pytest.raises(Refused, match="已经冲正过"):
            reversal_propose(actor=worker, entry=entry, reason="又一次")

    def test_a_donation_comes_back_to_the_giver(self, volunteer, worker, colleague, tree):
        other = make_volunteer(tree.community)
        give(volunteer, "8")
        (gift,) = post([
            Movement(
                person_account(volunteer, make_programme()), person_account(other, make_programme()), Decimal(3),
                EntryKind.DONATE, today(), "捐赠", "gift",
            )
        ])  # fmt: skip
        request = reversal_propose(actor=worker, entry=gift, reason="捐错了人")
        assert (request.volunteer, request.amount) == (volunteer, Decimal("3"))
        request_approve(points_request=request, actor=colleague)
        assert (balance(volunteer), balance(other)) == (Decimal("8.00"), Decimal("0.00"))

    def test_redemptions_and_hours_are_undone_where_they_belong(self, volunteer, worker):
        give(volunteer, "8")
        shop = Movement(
            person_account(volunteer, make_programme()), system_account(make_programme(), AccountKind.ISSUE), Decimal(3),
            EntryKind.REDEEM, today(), "兑换大米", "r",
        )  # fmt: skip
        (entry,) = post([shop])
        with pytest.raises(Refused, match="积分超市办理取消或退回"):
            reversal_propose(actor=worker, entry=entry, reason="退货")
        assert not PointsRequest.objects.exists()


class TestPool:
    def test_a_grant_goes_from_the_pool_through_two_people(self, volunteer, worker, colleague, tree):
        giver = make_volunteer(tree.community)
        give(giver, "10")
        pool = pool_account(tree.community, make_programme())
        post([
            Movement(
                person_account(giver, make_programme()), pool, Decimal(6), EntryKind.DONATE, today(), "捐赠", "to-pool"
            )
        ])  # fmt: skip
        values = {"actor": worker, "programme": make_programme(), "pool": tree.community, "reason": "帮扶困难居民"}
        with pytest.raises(Invalid, match=r"现有 6.00 分"):
            grant_propose(volunteer=volunteer, amount=Decimal("6.01"), **values)
        outsider = make_volunteer(tree.other_community)
        with pytest.raises(Http404):
            grant_propose(volunteer=outsider, amount=Decimal(1), **values)
        request = grant_propose(volunteer=volunteer, amount=Decimal(4), **values)
        with pytest.raises(Refused, match="两人办理"):
            request_approve(points_request=request, actor=worker)
        request_approve(points_request=request, actor=colleague)
        assert (balance(volunteer), Account.objects.get(pk=pool.pk).balance) == (Decimal("4.00"), Decimal("2.00"))

    def test_a_pool_is_for_its_own_people(self, worker, tree, staff):
        make_rules()
        volunteer = make_volunteer(tree.sister_community)
        with pytest.raises(Invalid, match="不属于"):
            grant_propose(
                actor=staff["street_officer"], volunteer=volunteer, programme=make_programme(), pool=tree.community,
                amount=Decimal(1), reason="帮扶",
            )  # fmt: skip
