"""Pages of points: the office's, a volunteer's own, and the ranking that everybody may see."""

from __future__ import annotations

import io
import uuid
from datetime import date
from decimal import Decimal

import openpyxl
import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.roles import Role
from common.reporting import registry
from common.reporting.report import prepare
from tests.factories.accounts import make_user
from tests.factories.rules import make_rules
from tests.factories.volunteers import make_programme, make_volunteer
from tests.volunteers.own_support import phone_of
from volunteers.choices import AccountKind, EntryKind, RequestState
from volunteers.models import Account, Entry, PointsRequest
from volunteers.selectors.points import requests_to_decide, statement, years_of
from volunteers.services.ledger import Movement, person_account, post, reversal, system_account
from volunteers.services.points_requests import adjustment_propose, request_approve

pytestmark = pytest.mark.django_db
NOW = "2026-11-20 10:00 +0800"


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def volunteer(tree):
    make_rules()
    return make_volunteer(tree.community, nickname="向日葵")


def move(volunteer, points: str, kind: str, day: date, at: str = NOW, key: str = "") -> Entry:
    """Points given (+) or used (−), posted at a moment."""
    programme, amount = make_programme(), Decimal(points)
    person = person_account(volunteer, programme)
    other = system_account(programme, AccountKind.EXPIRY if kind == EntryKind.EXPIRE else AccountKind.ISSUE)
    source, target = (other, person) if amount > 0 else (person, other)
    with time_machine.travel(at, tick=False):
        return post([Movement(source, target, abs(amount), kind, day, "社区巡逻", key or str(uuid.uuid4()))])[0]


@pytest.fixture
def history(volunteer):
    """Two years: 30 earned and 5 used in 2025, 20 earned, 8 used, 2 lapsed and 4 taken back in 2026."""
    move(volunteer, "30", EntryKind.EARN, date(2025, 3, 1), "2025-03-02 09:00 +0800")
    move(volunteer, "-5", EntryKind.REDEEM, date(2025, 12, 31), "2025-12-31 23:59 +0800")
    move(volunteer, "16", EntryKind.EARN, date(2025, 12, 30), "2026-01-01 00:00 +0800")  # posted a year later
    wrong = move(volunteer, "4", EntryKind.EARN, date(2026, 2, 1), "2026-02-01 09:00 +0800")
    move(volunteer, "-8", EntryKind.REDEEM, date(2026, 3, 1), "2026-03-01 09:00 +0800")
    move(volunteer, "-2", EntryKind.EXPIRE, date(2026, 3, 2), "2026-03-02 09:00 +0800")
    post([reversal(wrong, actor=None, reason="登记错误")])
    return volunteer


class TestStatement:
    def test_opening_movements_and_closing_by_the_day_of_posting(self, history):
        before, this = (statement(history, make_programme(), year) for year in (2025, 2026))
        assert (before.opening, before.closing, len(before.movements)) == (Decimal("0.00"), Decimal("25.00"), 2)
        assert (this.opening, this.closing) == (Decimal("25.00"), Decimal("31.00"))
        assert [(row.signed, row.balance) for row in this.movements] == [
            ("+16.00", Decimal("41.00")), ("+4.00", Decimal("45.00")), ("−8.00", Decimal("37.00")),
            ("−2.00", Decimal("35.00")), ("−4.00", Decimal("31.00")),
        ]  # fmt: skip
        empty = statement(history, make_programme(), 2027)
        assert (empty.opening, empty.closing, empty.movements) == (Decimal("31.00"), Decimal("31.00"), [])
        assert years_of(history) == [2026, 2025]

    def test_the_office_reads_it_and_takes_it_as_a_file(self, history, staff, client_for):
        client = client_for(staff["community_worker"])
        page = client.get(reverse("volunteers:points-account", args=[history.pk])).content.decode()
        for words in ("31.00", "年初余额", "+16.00", "冲正", "登记错误"):
            assert words in page
        answer = client.get(reverse("volunteers:points-statement-file", args=[history.pk, "xlsx"]) + "?year=2025")
        paper = openpyxl.load_workbook(io.BytesIO(answer.content)).active
        rows = [[cell.value for cell in row] for row in paper.iter_rows(min_row=4)]
        assert rows[0][3:] == ["年初余额", None, None, 0]
        assert [row[4:] for row in rows[1:3]] == [[30, None, 30], [None, 5, 25]]
        assert rows[4][4:6] == [30, 5]
        text = client.get(reverse("volunteers:points-statement-file", args=[history.pk, "csv"])).content.decode(
            "utf-8-sig"
        )
        assert text.splitlines()[0] == "入账时间,所属日期,类型,摘要,收入,支出,余额"
        assert text.splitlines()[1] == ",,,年初余额,,,25.00"
        assert client.get(reverse("volunteers:points-statement-file", args=[history.pk, "pdf"])).status_code == 404

    def test_only_in_ones_own_area(self, history, tree, client_for):
        stranger = client_for(make_user(Role.COMMUNITY_WORKER, tree.other_community))
        entry = Entry.objects.latest("pk")
        for name, *args in (
            ("points-account", history.pk), ("points-statement-file", history.pk, "csv"), ("points-entry", entry.pk),
            ("points-reverse", entry.pk),
        ):  # fmt: skip
            assert stranger.get(reverse(f"volunteers:{name}", args=args)).status_code == 404, name
        assert stranger.get(reverse("volunteers:points-entries")).context["page"].count == 0


class TestYearly:
    def lines(self, user, unit, year: int = 2026):
        params = {"unit": unit.pk, "year": year, "programme": ""}
        sheet = prepare(registry.get("volunteers.points_yearly"), user, params)
        return sheet, list(sheet.rows)

    def test_one_line_a_person_in_one_statement(self, history, tree, staff, django_assert_num_queries):
        user = staff["street_officer"]
        other = make_volunteer(tree.sister_community)
        move(other, "7", EntryKind.JOINING, date(2026, 1, 5))
        sheet, _ = self.lines(user, tree.street)
        with django_assert_num_queries(3):  # a savepoint for the cursor, and the statement
            sheet, rows = self.lines(user, tree.street)
        assert sheet.meta.file_stem == "城墙街道_积分年度对账单_2026年"
        figures = {row["number"]: row for row in rows}
        assert set(figures) == {history.number, other.number}
        assert {name: figures[history.number][name] for name in ("opening", "earned", "redeemed", "expired", "closing")} == {
            "opening": Decimal("25.00"), "earned": Decimal("16.00"), "redeemed": Decimal("-8.00"),
            "expired": Decimal("-2.00"), "closing": Decimal("31.00"),
        }  # fmt: skip
        assert figures[other.number]["added"] == figures[other.number]["closing"] == Decimal("7.00")
        for row in rows:
            parts = ("opening", "earned", "added", "given", "corrected", "redeemed", "expired")
            assert sum(row[name] for name in parts) == row["closing"] == statement_of(row["number"]).closing

    def test_nothing_of_other_areas(self, history, tree, staff):
        _, rows = self.lines(make_user(Role.STREET_OFFICER, tree.other_street), tree.other_street)
        assert rows == []

    def test_started_from_its_page(self, history, tree, staff, client_for):
        from common.models import Job

        client = client_for(staff["community_worker"])
        url = reverse("volunteers:points-statements")
        assert client.get(url).context["form"]["unit"].value() == tree.community.pk
        answer = client.post(url, {"unit": tree.community.pk, "year": 2026, "programme": ""})
        job = Job.objects.get()
        assert answer["Location"] == reverse("common:job", args=[job.pk])
        assert job.params["report"] == "volunteers.points_yearly"
        assert client.post(url, {"unit": tree.other_community.pk, "year": 2026}).status_code == 400
        assert Job.objects.count() == 1


def statement_of(number: str):
    from volunteers.models import Volunteer

    return statement(Volunteer.objects.get(number=number), make_programme(), 2026)


class TestOverview:
    def test_by_kind_of_points_and_by_unit(self, history, tree, staff, client_for):
        other = make_volunteer(tree.other_community)
        move(other, "7", EntryKind.JOINING, date(2026, 1, 5))
        context = client_for(staff["district_officer"]).get(reverse("volunteers:points-overview")).context
        assert [(str(one), [value for _, value in figures]) for one, figures in context["programmes"]] == [
            ("志愿积分", [Decimal("7.00"), Decimal("8.00"), Decimal("2.00"), Decimal("38.00")])
        ]  # in 2026: 4 earned and taken back, 7 for joining; the 16 belong to 2025
        assert {unit.name: figures[3][1] for unit, figures in context["units"]} == {
            "城墙街道": Decimal("31.00"), "孙家堡子街道": Decimal("7.00"),
        }  # fmt: skip
        assert [value for _, value in context["total"]] == [
            Decimal("7.00"),
            Decimal("8.00"),
            Decimal("2.00"),
            Decimal("38.00"),
        ]
        earlier = client_for(staff["district_officer"]).get(
            reverse("volunteers:points-overview") + "?year=2025&level=3"
        )
        assert {unit.name: [value for _, value in figures] for unit, figures in earlier.context["units"]}["江湾社区"] == [
            Decimal("46.00"), Decimal("5.00"), Decimal("0.00"), Decimal("41.00"),
        ]  # fmt: skip

    def test_a_community_sees_its_own(self, history, tree, staff, client_for):
        context = client_for(staff["community_worker"]).get(reverse("volunteers:points-overview")).context
        assert [unit.name for unit, _ in context["units"]] == ["江湾社区"]
        assert client_for(staff["community_worker"]).get(
            reverse("volunteers:points-overview") + "?year=1&level=2"
        ).status_code == 400  # fmt: skip


class TestEntries:
    def test_list_filters_search_and_export(self, history, tree, staff, client_for):
        client = client_for(staff["street_officer"])
        other = make_volunteer(tree.community)
        move(other, "7", EntryKind.JOINING, date(2026, 1, 5))
        url = reverse("volunteers:points-entries")
        assert client.get(url).context["page"].count == 8
        for query, count in (
            ("kind=redeem", 2), ("standing=undone", 1), (f"q={history.number.lower()}", 7), ("q=登记错误", 1),
            ("day_after=2026-01-01&day_before=2026-12-31", 5), ("posted_before=2025-12-31", 2),
            (f"street={tree.street.pk}", 8), (f"programme={make_programme().pk}&kind=joining", 1),
        ):  # fmt: skip
            assert client.get(f"{url}?{query}").context["page"].count == count, query
        sheet = prepare(registry.get("volunteers.points_entries"), staff["community_worker"], {"query": "kind=expire"})
        (row,) = sheet.rows
        assert (row["source"], row["target"], row["amount"]) == (history.number, "过期积分", Decimal("2.00"))

    def test_the_list_costs_the_same_for_many(self, history, staff, client_for, django_assert_max_num_queries):
        client = client_for(staff["community_worker"])
        for number in range(15):
            move(history, "1", EntryKind.EARN, date(2026, 5, 1), key=f"more:{number}")
        with django_assert_max_num_queries(16):
            client.get(reverse("volunteers:points-entries"))

    def test_an_entry_is_reversed_by_two_people(self, volunteer, staff, tree, client_for):
        entry = move(volunteer, "6", EntryKind.OPENING, date(2026, 1, 1))
        worker, colleague = staff["community_worker"], make_user(Role.COMMUNITY_WORKER, tree.community)
        client = client_for(worker)
        page = reverse("volunteers:points-entry", args=[entry.pk])
        reverse_it = reverse("volunteers:points-reverse", args=[entry.pk])
        assert reverse_it in client.get(page).content.decode()
        client.post(reverse_it, {"reason": "重复结转"})
        request = PointsRequest.objects.get()
        url = reverse("volunteers:points-request-act", args=[request.pk, "approve"])
        assert client.post(url, {"note": ""}).status_code == 403
        assert client_for(colleague).post(url, {"note": "属实"}).status_code == 302
        assert person_account(volunteer, make_programme()).balance == 0
        undone = client.get(page).content.decode()
        assert "已冲正" in undone
        assert reverse_it not in undone


class TestRequests:
    def test_from_the_form_to_the_ledger(self, volunteer, staff, tree, client_for):
        worker, colleague = staff["community_worker"], make_user(Role.COMMUNITY_WORKER, tree.community)
        client = client_for(worker)
        url = reverse("volunteers:points-adjust")
        shown = client.get(f"{url}?number={volunteer.number}").context["form"]
        assert shown["volunteer"].value() == volunteer.number
        make_programme()
        data = {
            "volunteer": volunteer.number.lower(), "programme": make_programme().pk, "amount": "2.50",
            "day": "2026-11-02", "reason": "漏记的巡逻",
        }  # fmt: skip
        for change, words in (
            ({"volunteer": "T999999"}, "没有这个编号"),
            ({"amount": "0"}, "积分应在"),
            ({"amount": "1.234"}, "两位小数"),
            ({"day": "2026-11-21"}, "不能晚于今天"),
            ({"reason": ""}, "请写明理由"),
        ):
            answer = client.post(url, {**data, **change})
            assert (answer.status_code, words in answer.content.decode()) == (400, True), change
        assert not PointsRequest.objects.exists()
        answer = client.post(url, data)
        request = PointsRequest.objects.get()
        assert answer["Location"] == request.get_absolute_url()
        assert "请由另一位同事复核" in client.get(request.get_absolute_url()).content.decode()
        assert (requests_to_decide(worker).count(), requests_to_decide(colleague).count()) == (0, 1)
        other = client_for(colleague)
        assert "复核通过" in other.get(request.get_absolute_url()).content.decode()
        other.post(reverse("volunteers:points-request-act", args=[request.pk, "approve"]), {"note": "属实"})
        assert person_account(volunteer, make_programme()).balance == Decimal("2.50")
        assert (requests_to_decide(colleague).count(), PointsRequest.objects.get().state) == (0, RequestState.POSTED)
        assert "入账的分录" in other.get(request.get_absolute_url()).content.decode()

    def test_the_worklist_shows_what_waits(self, volunteer, staff, tree, client_for):
        worker, colleague = staff["community_worker"], make_user(Role.COMMUNITY_WORKER, tree.community)
        values = {"actor": worker, "volunteer": volunteer, "programme": make_programme(), "day": date(2026, 11, 2)}
        waiting = adjustment_propose(amount=Decimal(1), reason="待复核的", **values)
        request_approve(
            points_request=adjustment_propose(amount=Decimal(2), reason="已入账的", **values), actor=colleague
        )
        client, url = client_for(colleague), reverse("volunteers:points-requests")
        assert [row.pk for row in client.get(f"{url}?state=proposed").context["page"].rows] == [waiting.pk]
        assert client.get(url).context["page"].count == 2
        assert client.get(f"{url}?state=posted").context["page"].count == 1
        assert client.get(f"{url}?q={volunteer.number}").context["page"].count == 2
        sheet = prepare(registry.get("volunteers.points_requests"), colleague, {"query": "state=posted"})
        assert [row["amount"] for row in sheet.rows] == [Decimal("2.00")]

    def test_items_and_grants_have_their_forms(self, volunteer, staff, tree, client_for):
        client = client_for(staff["community_worker"])
        assert "没有设置党员积分项目" in client.get(reverse("volunteers:points-item")).content.decode()
        make_programme()
        page = client.get(reverse("volunteers:points-grant"))
        assert page.context["form"]["pool"].value() == tree.community.pk
        data = {
            "pool": tree.community.pk, "volunteer": volunteer.number, "programme": make_programme().pk, "amount": "1",
            "reason": "帮扶困难居民",
        }  # fmt: skip
        answer = client.post(reverse("volunteers:points-grant"), data)
        assert (answer.status_code, "现有 0 分" in answer.content.decode()) == (400, True)


class TestOwn:
    def test_ones_own_balance_and_statement(self, history, tree):
        other = make_volunteer(tree.community)
        move(other, "777", EntryKind.JOINING, date(2026, 1, 5))
        page = phone_of(history).get(reverse("volunteers:own-points")).content.decode()
        assert "31.00" in page
        assert "777" not in page
        assert "/volunteers/points/entries/" not in page
        text = phone_of(history).get(reverse("volunteers:own-points-file", args=["csv"])).content.decode("utf-8-sig")
        assert text.splitlines()[-1] == ",,,年末余额,,,31.00"
        empty = make_volunteer(tree.community)
        assert "您还没有积分" in phone_of(empty).get(reverse("volunteers:own-points")).content.decode()
        assert phone_of(empty).get(reverse("volunteers:own-points-file", args=["csv"])).status_code == 404
        page = phone_of(empty).get(reverse("volunteers:own-points-donate")).content.decode()
        assert "您还没有可以捐赠的积分" in page
        assert '<form method="post" novalidate' not in page

    def test_donating_once(self, history, tree):
        neighbour = make_volunteer(tree.community)
        client, url = phone_of(history), reverse("volunteers:own-points-donate")
        data = {"programme": make_programme().pk, "amount": "31.01", "to_number": neighbour.number, "note": ""}
        answer = client.post(url, data)
        assert (answer.status_code, "现有 31.00 分" in answer.content.decode()) == (403, True)
        again = {**data, "amount": "1", "submission": str(uuid.uuid4())}
        for _ in range(2):
            assert client.post(url, again)["Location"] == reverse("volunteers:own-points")
        assert Account.objects.get(volunteer=neighbour).balance == Decimal("1.00")
        assert person_account(history, make_programme()).balance == Decimal("30.00")

    def test_nobody_without_a_code(self, history):
        for name in ("own-points", "own-points-donate"):
            answer = Client().get(reverse(f"volunteers:{name}"))
            assert (answer.status_code, answer["Location"].split("?")[0]) == (302, reverse("volunteers:own-enter"))


class TestRanking:
    def test_nicknames_of_those_who_agreed(self, tree, history):
        """Art. 20: who has not agreed is neither shown nor counted; equals share a rank."""
        yes = {"display_consent_at": timezone.now()}
        first = make_volunteer(tree.community, nickname="春风", **yes)
        second = make_volunteer(tree.community, nickname="细雨", **yes)
        far = make_volunteer(tree.other_community, nickname="远山", **yes)
        nameless = make_volunteer(tree.community, **yes)
        day = date(2026, 11, 3)
        for who, points in ((first, "5"), (second, "5"), (far, "9"), (nameless, "99")):
            move(who, points, EntryKind.EARN, day)
        move(history, "50", EntryKind.EARN, day)  # 向日葵 has not agreed
        move(first, "-4", EntryKind.REDEEM, day)  # spending does not lower what was earned
        url = reverse("volunteers:points-ranking")
        rows = Client().get(url).context["rows"]
        assert [(row.rank, row.nickname, row.points) for row in rows] == [
            (1, "远山", Decimal("9.00")), (2, "春风", Decimal("5.00")), (2, "细雨", Decimal("5.00")),
        ]  # fmt: skip
        page = Client().get(f"{url}?unit={tree.community.pk}&period=2026").content.decode()
        assert "春风" in page
        assert "远山" not in page
        assert "向日葵" not in page
        assert Client().get(f"{url}?period=2026-10").context["rows"] == []
        assert Client().get(f"{url}?period=1999").status_code == 404

    def test_withdrawn_consent_hides_at_once(self, tree):
        make_rules()
        who = make_volunteer(tree.community, nickname="春风", display_consent_at=timezone.now())
        move(who, "5", EntryKind.EARN, date(2026, 11, 3))
        assert len(Client().get(reverse("volunteers:points-ranking")).context["rows"]) == 1
        who.display_consent_at = None
        who.save()
        assert Client().get(reverse("volunteers:points-ranking")).context["rows"] == []
