"""Nominations pass three people; stars of a half-year follow its points."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.http import Http404
from django.urls import reverse
from django.utils import timezone

from accounts.roles import Role
from common.errors import Conflict, Invalid, Refused
from common.models import Event, Policy
from common.reporting import registry
from common.reporting.report import prepare
from tests.factories.accounts import make_user
from tests.factories.rules import make_rules
from tests.factories.volunteers import make_programme, make_volunteer
from volunteers.choices import AccountKind, EntryKind, NominationState
from volunteers.models import Nomination, StarAward
from volunteers.selectors.honours import nominations_to_decide
from volunteers.services.honours import nominate, nomination_award, nomination_deny, nomination_recommend
from volunteers.services.ledger import Movement, person_account, post, reversal, system_account
from volunteers.services.stars import award_half_year, half_of

pytestmark = pytest.mark.django_db
DEEDS = "十年如一日照看楼里的独居老人，带着邻居清理楼道、调解纠纷，大家都愿意找他。"


@pytest.fixture
def nominee(tree):
    make_rules()
    return make_volunteer(tree.community)


@pytest.fixture
def nomination(nominee, staff):
    return nominate(
        actor=staff["community_worker"],
        volunteer=nominee,
        honour="最美三长",
        year=timezone.localdate().year,
        deeds=DEEDS,
    )


def test_three_people_make_an_award(nomination, staff):
    street = staff["street_officer"]
    with pytest.raises(Refused):  # the community does not decide
        nomination_recommend(nomination=nomination, actor=staff["community_worker"])
    nomination_recommend(nomination=nomination, actor=street, note="属实")
    with pytest.raises(Refused):  # the street does not decide for the district
        nomination_award(nomination=nomination, actor=street)
    row = nomination_award(nomination=nomination, actor=staff["district_officer"], note="同意")
    assert (row.state, row.recommended_by, row.awarded_by, row.awarded_on) == (
        NominationState.AWARDED, street, staff["district_officer"], timezone.localdate(),
    )  # fmt: skip
    assert [event.kind for event in Event.objects.filter(stream=row.stream).order_by("seq")] == [
        "nomination.nominated", "nomination.recommended", "nomination.awarded",
    ]  # fmt: skip


def test_whoever_nominated_does_not_decide(nominee, staff):
    officer = staff["district_officer"]
    row = nominate(actor=officer, volunteer=nominee, honour="最美三长", year=timezone.localdate().year, deeds=DEEDS)
    with pytest.raises(Refused, match="由不同的人办理"):
        nomination_recommend(nomination=row, actor=officer)
    row.refresh_from_db()
    assert (row.state, row.event_seq) == (NominationState.NOMINATED, 1)


def test_another_community_cannot_nominate_or_see(nominee, nomination, staff, tree, client_for):
    neighbour = make_user(Role.COMMUNITY_WORKER, tree.other_community)
    year = timezone.localdate().year
    with pytest.raises(Http404):
        nominate(actor=neighbour, volunteer=nominee, honour="最美志愿者", year=year, deeds=DEEDS)
    assert Nomination.objects.count() == 1
    assert client_for(neighbour).get(nomination.get_absolute_url()).status_code == 404
    assert client_for(staff["community_worker"]).get(nomination.get_absolute_url()).status_code == 200


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"honour": "随便"}, "没有这项荣誉"),
        ({"year": 2019}, "今年或去年"),
        ({"deeds": "很好"}, "至少 20 字"),
    ],
)
def test_unusable_nominations_are_refused(nominee, staff, change, words):
    values = {"honour": "最美三长", "year": timezone.localdate().year, "deeds": DEEDS, **change}
    with pytest.raises(Invalid, match=words):
        nominate(actor=staff["community_worker"], volunteer=nominee, **values)
    assert not Nomination.objects.exists()


def test_nobody_is_nominated_twice_for_one_honour(nominee, nomination, staff):
    with pytest.raises(Conflict, match="不能重复推荐"):
        nominate(actor=staff["street_officer"], volunteer=nominee, honour="最美三长", year=nomination.year, deeds=DEEDS)
    assert Nomination.objects.count() == 1


def test_the_menu_counts_what_waits_for_whom(nomination, staff):
    street, district = staff["street_officer"], staff["district_officer"]
    assert (nominations_to_decide(street).count(), nominations_to_decide(district).count()) == (1, 0)
    nomination_recommend(nomination=nomination, actor=street)
    assert (nominations_to_decide(street).count(), nominations_to_decide(district).count()) == (0, 1)
    nomination_deny(nomination=nomination, actor=district, note="事迹还需核实")
    assert nominations_to_decide(district).count() == 0


def test_the_pages_walk_a_nomination_to_its_award(nominee, staff, client_for):
    worker, street = client_for(staff["community_worker"]), client_for(staff["street_officer"])
    answer = worker.post(
        reverse("volunteers:nominate"),
        {"honour": "最美三长", "year": timezone.localdate().year, "volunteer": nominee.number, "deeds": DEEDS},
    )
    row = Nomination.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, row.get_absolute_url())
    act = reverse("volunteers:nomination-act", args=[row.pk, "recommend"])
    assert worker.post(act, {"note": ""}).status_code == 403
    assert street.post(act, {"note": "属实"}).status_code == 302
    assert "待区级审定" in street.get(row.get_absolute_url()).content.decode()
    assert "最美三长" in street.get(reverse("volunteers:nominations")).content.decode()


# --- stars of a half-year


def test_stars_of_a_half_year_follow_its_points(tree):
    levels = [{"label": "三星党员", "points": "10"}, {"label": "五星党员", "points": "20"}]
    make_rules(member_items={"programme": "member", "items": [], "levels": levels})
    programme = make_programme("member", "党员积分")
    issue = system_account(programme, AccountKind.ISSUE)
    high, low, below = (make_volunteer(tree.community) for _ in range(3))

    def give(volunteer: object, points: str, day: date, key: str) -> list:
        account = person_account(volunteer, programme)
        return post([Movement(issue, account, Decimal(points), EntryKind.ITEM, day, "项目", key)])

    give(high, "21", date(2026, 6, 30), "a")
    give(low, "12", date(2026, 1, 1), "b")
    give(low, "50", date(2026, 7, 1), "c")  # the next half
    (wrong,) = give(below, "15", date(2026, 5, 1), "d")
    post([reversal(wrong, actor=None, reason="登记错误", day=date(2026, 7, 2))])  # counts for the day it takes back

    assert award_half_year("2026-1", on=date(2026, 6, 30)) == 0  # not over yet
    assert award_half_year("2026-1", on=date(2026, 7, 3)) == 2
    assert award_half_year("2026-1", on=date(2026, 7, 4)) == 0
    found = StarAward.objects.order_by("-measure").values_list("volunteer", "label", "stars", "measure", "half")
    assert list(found) == [
        (high.pk, "五星党员", 2, Decimal("21.00"), "2026-1"),
        (low.pk, "三星党员", 1, Decimal("12.00"), "2026-1"),
    ]


def test_halves_of_the_year():
    assert [half_of(day) for day in (date(2026, 1, 1), date(2026, 6, 30), date(2026, 7, 1), date(2026, 12, 31))] == [
        "2026-1", "2026-1", "2026-2", "2026-2",
    ]  # fmt: skip


def test_the_list_of_stars_is_filtered_and_exported(tree, staff, client_for, nominee):
    other = make_volunteer(tree.other_community)
    policy_row = Policy.objects.get(key="stars")
    today = timezone.localdate()
    for volunteer in (nominee, other):
        StarAward.objects.create(
            volunteer=volunteer, stars=1, label="一星志愿者", measure=Decimal("101.5"), policy=policy_row, on=today
        )
    page = client_for(staff["community_worker"]).get(reverse("volunteers:stars"), {"year": today.year, "kind": "hours"})
    assert nominee.number in page.content.decode()
    assert other.number not in page.content.decode()
    sheet = prepare(registry.get("volunteers.stars"), staff["community_worker"], {"query": ""}, timezone.now())
    assert [row["volunteer"] for row in sheet.rows] == [nominee.number]
    last_year = client_for(staff["community_worker"]).get(reverse("volunteers:stars"), {"year": today.year - 1})
    assert nominee.number not in last_year.content.decode()
