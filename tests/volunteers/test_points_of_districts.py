"""The point rules of the districts, each run from its own profile with exact figures."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.utils import timezone

from accounts.roles import Role
from common import profile
from common.decisions import Denied
from common.errors import Invalid, Refused
from tests.factories.accounts import make_user
from tests.factories.rules import make_rules
from tests.factories.volunteers import make_volunteer
from volunteers.choices import AccountKind, Group, RecordSource
from volunteers.models import Account, Entry, Programme, StarAward
from volunteers.rules import member_rule, points_rule
from volunteers.services.expiry import expire_points
from volunteers.services.points import joining_reward, may_redeem
from volunteers.services.points_requests import adjustment_propose, item_propose, request_approve
from volunteers.services.programmes import programmes_follow
from volunteers.services.records import Service, record_services
from volunteers.services.stars import award_half_year, half_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel("2026-11-20 10:00 +0800", tick=False):
        yield


START = datetime(2026, 10, 1, 8, 0, tzinfo=timezone.get_default_timezone())


class District:
    """A district with its own rules, its people and two workers."""

    def __init__(self, name: str, tree) -> None:
        make_rules(name)
        programmes_follow(profile.load(name).policies()["points"])
        self.tree = tree
        self.worker, self.colleague = (make_user(Role.COMMUNITY_WORKER, tree.community) for _ in range(2))

    def volunteer(self, group: str = Group.RESIDENT):
        person = make_volunteer(self.tree.community, group=group)
        joining_reward(volunteer=person, actor=self.worker)
        return person

    def serve(self, who, hours: str, day: int = 0) -> None:
        start = START + timedelta(days=day)
        end = start + timedelta(hours=float(hours))
        service = Service(who, self.tree.community, RecordSource.ACTIVITY, "civility", "社区巡逻", start, end)
        record_services([service], actor=self.worker)

    def points(self, who) -> dict[str, Decimal]:
        rows = Account.objects.filter(volunteer=who, kind=AccountKind.PERSON, balance__gt=0)
        return dict(rows.values_list("programme__name", "balance"))


@pytest.fixture
def district(tree):
    return lambda name: District(name, tree)


def test_jiangyuan_chiefs_earn_points_of_their_own(district):
    here = district("jiangyuan")
    resident, chief = here.volunteer(), here.volunteer(Group.CHIEF)
    for who in (resident, chief):
        here.serve(who, "5")
    assert here.points(resident) == {"志愿积分": Decimal("5.00")}
    assert here.points(chief) == {"志愿积分": Decimal("5.00"), "三长积分": Decimal("18.00")}  # 10 + 4 h × 2
    assert expire_points(2027) == 1  # earned in 2026, valid to the end of the next year
    assert here.points(chief) == {"志愿积分": Decimal("5.00")}


def test_jiaohe_service_and_purchase_points(district):
    here = district("jiaohe")
    resident = here.volunteer()
    here.serve(resident, "1.25")
    purchase = Programme.objects.get(key="purchase")
    request = adjustment_propose(
        actor=here.worker, volunteer=resident, programme=purchase, amount=Decimal("1999.50"), day=date(2026, 10, 1),
        reason="联盟商家消费积分",
    )  # fmt: skip
    request_approve(points_request=request, actor=here.colleague)
    assert here.points(resident) == {"服务积分": Decimal("12.50"), "消费积分": Decimal("1999.50")}
    more = adjustment_propose(
        actor=here.worker, volunteer=resident, programme=purchase, amount=Decimal(5), day=date(2026, 10, 2),
        reason="联盟商家消费积分",
    )  # fmt: skip
    request_approve(points_request=more, actor=here.colleague)
    assert here.points(resident)["消费积分"] == Decimal("2000.00")
    assert Entry.objects.latest("pk").reason.endswith("（积分上限 2000 分，应得 5.00 分，计入 0.50 分）")


def test_zunhua_redeems_after_a_hundred_hours_and_holds_fifteen_hundred(district):
    here = district("zunhua")
    resident = here.volunteer()
    assert here.points(resident) == {"志愿积分": Decimal("5.00")}
    here.serve(resident, "3.5")
    assert here.points(resident) == {"志愿积分": Decimal("7.00")}  # two hours of an activity count
    programme = Programme.objects.get(key="volunteer")
    denied = may_redeem(resident, programme, date(2026, 10, 2))
    assert isinstance(denied, Denied)
    assert denied.reason == ("累计服务满 100 小时后才能使用志愿积分，现在累计 3.50 小时，还差 96.50 小时。")
    for day in range(1, 11):
        here.serve(resident, "9.65", day)
    assert may_redeem(resident, programme, date(2026, 10, 12))
    assert here.points(resident) == {"志愿积分": Decimal("27.00")}
    gift = adjustment_propose(
        actor=here.worker, volunteer=resident, programme=programme, amount=Decimal(2000), day=date(2026, 10, 12),
        reason="历年积分补录",
    )  # fmt: skip
    request_approve(points_request=gift, actor=here.colleague)
    assert here.points(resident) == {"志愿积分": Decimal("1500.00")}


def test_fengnan_counts_23_items_by_half_year_and_gives_stars(district):
    here = district("fengnan")
    member, resident = here.volunteer(Group.PARTY_MEMBER), here.volunteer()
    rule = member_rule(date(2026, 10, 1))
    assert len(rule.items) == 23 == profile.load("fengnan").figures["point_items"].value
    assert rule.policy.data["demo"] is True

    def note(item: str, day: date = date(2026, 5, 8)) -> None:
        request = item_propose(actor=here.worker, volunteer=member, item=item, day=day, reason="上半年")
        request_approve(points_request=request, actor=here.colleague)

    for item, times in (("party_day", 6), ("emergency", 2), ("visit", 2), ("absent", 1)):
        for _ in range(times):
            note(item)
    with pytest.raises(Invalid, match="“按时参加主题党日”每半年最多计 6 次"):
        note("party_day")
    note("party_day", date(2026, 7, 1))  # the next half-year
    with pytest.raises(Refused, match="的类别不参加“党员积分”"):
        item_propose(actor=here.worker, volunteer=resident, item="party_day", day=date(2026, 5, 8), reason="")
    assert here.points(member) == {"党员积分": Decimal("21.00")}  # 12 + 8 + 2 − 3, and 2 of the second half
    assert award_half_year(half_of(date(2026, 5, 8)), on=date(2026, 7, 1)) == 0  # 19 of the 20 that are needed
    note("dues")
    assert award_half_year(half_of(date(2026, 5, 8)), on=date(2026, 7, 1)) == 1
    assert StarAward.objects.filter(volunteer=member).values_list("label", "measure").get() == (
        "一星党员",
        Decimal("20.00"),
    )


@pytest.mark.parametrize("name", ["tonghua", "yanji", "guye"])
def test_districts_without_rules_of_their_own_run_the_plain_one(district, name):
    here = district(name)
    resident = here.volunteer()
    here.serve(resident, "2.75")
    assert here.points(resident) == {"志愿积分": Decimal("2.75")}
    assert [rule.key for rule in points_rule(date(2026, 10, 1)).programmes] == ["volunteer"]
