"""Security and audit administrators: locks, rules, holidays, the audit list."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts import events
from accounts.models import AccessLog
from accounts.roles import Role
from accounts.rule_forms import RuleForm
from accounts.selectors import audit_kinds
from accounts.services.access import log_access
from common import calendar, policies, profile
from common.events import kinds, verify
from common.models import Event, Policy
from common.models.calendar import Holiday
from tests.factories.accounts import PASSWORD, make_user

pytestmark = pytest.mark.django_db
FRIDAY = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)  # 09:00 in Shanghai


@pytest.fixture
def security(tree):
    return make_user(Role.SECURITY_ADMIN, tree.district, username="anquan1", display_name="卫国安")


@pytest.fixture
def auditor(tree):
    return make_user(Role.AUDIT_ADMIN, tree.district, username="shenji1", display_name="明鉴之")


@pytest.fixture
def rules(db):
    """First versions as the profile has them."""
    for key, data in profile.load("jiangyuan").policies().items():
        Policy.objects.create(key=key, valid_from=date(2020, 1, 1), data=data, note="地区配置")


def written() -> list:
    return [
        list(Policy.objects.order_by("pk").values_list("key", "valid_from", "data")),
        list(Holiday.objects.order_by("date").values_list("date", "is_workday", "name")),
        Event.objects.count(),
    ]


class TestWhoMaySee:
    PAGES = ("/rules", "/rules/limits", "/rules/limits/new", "/holidays", "/locks")

    @pytest.mark.parametrize("role", [role for role in Role if role != Role.SECURITY_ADMIN])
    def test_rules_are_for_the_security_administrator(self, rules, staff, client_for, role):
        client = client_for(staff[role])
        for page in self.PAGES:
            assert client.get(page).status_code == 403, page
        assert client_for(staff["security_admin"]).get("/rules/limits").status_code == 200

    @pytest.mark.parametrize("role", [role for role in Role if role != Role.AUDIT_ADMIN])
    def test_the_audit_list_is_for_the_audit_administrator(self, staff, client_for, role):
        assert client_for(staff[role]).get("/audit").status_code == 403
        assert client_for(staff[role]).post("/audit", {"do": "export"}).status_code == 403
        assert client_for(staff["audit_admin"]).get("/audit").status_code == 200

    def test_posts_of_others_change_nothing(self, rules, staff, client_for):
        coming = Policy.objects.create(key="limits", valid_from=date(2030, 1, 1), data={"a": 1})
        day = Holiday.objects.create(date=date(2030, 1, 1), name="元旦", source="通知")
        before = written()
        for role in Role:
            if role == Role.SECURITY_ADMIN:
                continue
            client = client_for(staff[role])
            assert client.post("/rules/hours/new", {"valid_from": "2030-01-01", "note": "甲"}).status_code == 403
            assert client.post(f"/rules/limits/{coming.pk}/withdraw").status_code == 403
            assert client.post("/holidays", {"first": "2030-05-01", "is_workday": "0", "name": "甲"}).status_code == 403
            assert client.post(f"/holidays/{day.pk}/delete").status_code == 403
            assert client.post("/locks", {"username": "wangli"}).status_code == 403
        assert written() == before


class TestLocks:
    @pytest.fixture
    def locked(self, tree, client):
        worker = make_user(Role.COMMUNITY_WORKER, tree.community, username="wangli", display_name="王丽")
        for _ in range(5):
            client.post("/sign-in", {"username": "wangli", "password": "Wrong-2026x"})
        assert client.post("/sign-in", {"username": "wangli", "password": PASSWORD}).status_code == 429
        return worker

    def test_unlocking_lets_in_at_once(self, locked, security, client_for, client):
        boss = client_for(security)
        page = boss.get("/locks").content.decode()
        assert "wangli" in page
        assert "127.0.0.1" in page
        assert boss.post("/locks", {"username": "wangli"}).status_code == 302
        assert client.post("/sign-in", {"username": "wangli", "password": PASSWORD}).status_code == 302
        event = Event.objects.get(kind=events.UNLOCKED)
        assert (event.actor, event.data) == (security, {"username": "wangli"})

    def test_a_name_that_is_not_locked(self, security, client_for):
        assert client_for(security).post("/locks", {"username": "wangli"}).status_code == 400
        assert not Event.objects.exists()


def limits_form(client, **changes: str) -> dict[str, str]:
    """What the browser would send for the form as it stands, with some fields changed."""
    form = client.get("/rules/limits/new").context["form"]
    data: dict[str, str] = {}
    for bound in form:
        value = bound.value()
        if hasattr(bound.field.widget, "decompress"):
            number, unit = bound.field.widget.decompress(value)
            data[f"{bound.name}_0"], data[f"{bound.name}_1"] = str(number), unit
        elif value is not None:
            data[bound.name] = bound.field.prepare_value(value)
    return {**data, "note": "区政办发〔2026〕8号", **changes}


class TestRules:
    def test_list_and_page_read_like_a_document(self, rules, security, client_for, django_assert_max_num_queries):
        client = client_for(security)
        with django_assert_max_num_queries(12):
            page = client.get("/rules").content.decode()
        for label in ("办理时限", "提醒与督办", "办公时间", "网格户数"):
            assert label in page
        with django_assert_max_num_queries(12):
            page = client.get("/rules/limits").content.decode()
        for words in ("首次联系", "信访件时限（信访工作条例）", "60 日", "工作小时"):
            assert words in page
        for code in ("finish_at_most", "extensions_max", "wd"):
            assert code not in page
        ladder = client.get("/rules/ladder").content.decode()
        assert "各级提醒与督办：红色督办" in ladder
        assert "承办单位、街道（镇）、区级" in ladder

    @pytest.mark.parametrize("key", ["limits", "ladder", "hours", "grid_size", "score"])
    def test_saving_the_form_as_it_stands_changes_nothing_but_the_mark(self, rules, security, client_for, key):
        """Every value survives the way into the form and back: no part is lost or changes its type."""
        kind = policies.kind_of(key)
        old = Policy.objects.get(key=key).data
        unbound = RuleForm(kind=kind, content=old)
        data = {"valid_from": "2030-01-01", "note": "甲"}
        for bound in unbound:
            value = bound.value()
            if bound.name in data or value is None or value is False:
                continue
            if hasattr(bound.field.widget, "decompress"):
                number, unit = bound.field.widget.decompress(value)
                data |= {f"{bound.name}_0": str(number), f"{bound.name}_1": unit}
            else:
                data[bound.name] = bound.field.prepare_value(value)
        form = RuleForm(data, kind=kind, content=old)
        assert form.is_valid(), form.errors
        expected = {**old, **({"demo": False} if "demo" in old else {})}
        if key == "hours":
            expected["spans"] = ["-".join(span) if isinstance(span, list) else span for span in old["spans"]]
        assert form.new_content() == expected
        kind.check(form.new_content())

    def test_a_new_version_counts_from_its_day(self, rules, security, client_for):
        with time_machine.travel(FRIDAY, tick=False):
            client = client_for(security)
            data = limits_form(client, valid_from="2026-12-01", clocks__finish_0="3", clocks__finish_1="wd")
            response = client.post("/rules/limits/new", data)
            assert response.status_code == 302, response.content.decode()
            policies.forget()
            old, new = Policy.objects.get(key="limits", valid_from=date(2020, 1, 1)), Policy.objects.latest("pk")
            assert policies.current("limits", date(2026, 11, 30)) == old
            assert policies.current("limits", date(2026, 12, 1)) == new
            assert new.data["clocks"]["finish"] == "3wd"
            assert new.data["clocks"]["sign"] == old.data["clocks"]["sign"]
            assert (new.data["demo"], new.created_by, new.note) == (False, security, "区政办发〔2026〕8号")
            event = Event.objects.get()
            assert (event.kind, event.actor) == (events.RULE_CHANGED, security)
            assert event.data == {
                "key": "limits", "rule": "办理时限", "valid_from": "2026-12-01", "note": "区政办发〔2026〕8号",
            }  # fmt: skip
            assert list(verify()) == []

    @pytest.mark.parametrize(
        ("changes", "sentence"),
        [
            ({"valid_from": "2026-11-19"}, "生效日期不能早于今天"),
            ({"valid_from": "十二月"}, "生效日期"),
            ({"note": ""}, "依据"),
            ({"clocks__finish_0": ""}, "办结"),
            ({"clocks__finish_0": "-1"}, "办结"),
            ({"clocks__finish_0": "1.5"}, "办结"),
            ({"clocks__finish_1": "年"}, "办结"),
            ({"letter__finish_0": "61"}, "不得超过 60 日"),
            ({"letter__finish_1": "wd"}, "不得超过 60 日"),
            ({"extensions_max": "11"}, "延期次数"),
            ({"categories": "0101 三天"}, "无法识别"),
        ],
    )
    def test_bad_input_is_told_and_nothing_is_written(self, rules, security, client_for, changes, sentence):
        with time_machine.travel(FRIDAY, tick=False):
            client = client_for(security)
            before = written()
            data = limits_form(client, **{"valid_from": "2026-12-01", **changes})
            response = client.post("/rules/limits/new", data)
            assert response.status_code == 400
            assert sentence in response.content.decode()
            assert written() == before
            assert client.post("/rules/limits/new", limits_form(client, valid_from="2026-12-01")).status_code == 302

    def test_own_limits_of_categories(self, rules, security, client_for):
        with time_machine.travel(FRIDAY, tick=False):
            client = client_for(security)
            text = "0101 3 工作日\r\n0205 24小时\n\n0301 2wd\n0401 5 日"
            client.post("/rules/limits/new", limits_form(client, valid_from="2026-12-01", categories=text))
            assert Policy.objects.latest("pk").data["categories"] == {
                "0101": "3wd",
                "0205": "24h",
                "0301": "2wd",
                "0401": "5d",
            }

    def test_one_version_a_day(self, rules, security, client_for):
        with time_machine.travel(FRIDAY, tick=False):
            client = client_for(security)
            data = limits_form(client, valid_from="2026-12-01")
            client.post("/rules/limits/new", data)
            before = written()
            response = client.post("/rules/limits/new", limits_form(client, valid_from="2026-12-01"))
            assert response.status_code == 409
            assert "已有一个版本" in response.content.decode()
            assert written() == before

    def test_withdrawing_before_its_day_only(self, rules, security, client_for):
        with time_machine.travel(FRIDAY, tick=False):
            client = client_for(security)
            client.post("/rules/limits/new", limits_form(client, valid_from="2026-12-01"))
            coming = Policy.objects.latest("pk")
            old = Policy.objects.get(key="limits", valid_from=date(2020, 1, 1))
            before = written()
            assert client.post(f"/rules/limits/{old.pk}/withdraw").status_code == 409
            assert client.post(f"/rules/hours/{coming.pk}/withdraw").status_code == 404
            assert written() == before
            assert client.post(f"/rules/limits/{coming.pk}/withdraw").status_code == 302
            assert not Policy.objects.filter(pk=coming.pk).exists()
            assert Event.objects.latest("id").kind == events.RULE_WITHDRAWN

    def test_unknown_rule(self, rules, security, client_for):
        assert client_for(security).get("/rules/nonsense").status_code == 404
        assert client_for(security).get("/rules/nonsense/new").status_code == 404

    def test_office_hours_move_the_limits(self, rules, security, client_for):
        with time_machine.travel(FRIDAY, tick=False):
            client = client_for(security)
            base = {"valid_from": "2026-11-20", "note": "冬季作息", "weekdays": ["1", "2", "3", "4", "5"]}
            before = written()
            assert client.post("/rules/hours/new", {**base, "spans": "12:00-08:30"}).status_code == 400
            assert client.post("/rules/hours/new", {**base, "weekdays": [], "spans": "09:00-16:00"}).status_code == 400
            assert written() == before
            assert client.post("/rules/hours/new", {**base, "spans": "09：00-16：00"}).status_code == 302
            calendar.forget()
            due = calendar.add_limit(FRIDAY, calendar.Limit.parse("8wh"))
            assert timezone.localtime(due).strftime("%m-%d %H:%M") == "11-23 10:00"


class TestHolidays:
    def post(self, client, **data: str):
        return client.post("/holidays", {"is_workday": "0", "name": "元旦", "source": "国办通知", **data})

    def test_only_days_that_differ_from_the_week_are_kept(self, security, client_for):
        client = client_for(security)
        response = self.post(client, first="2027-01-01", last="2027-01-03")  # Friday to Sunday
        assert response["Location"] == "/holidays?year=2027"
        assert list(Holiday.objects.filter(date__year=2027).values_list("date", "is_workday", "name", "source")) == [
            (date(2027, 1, 1), False, "元旦", "国办通知")
        ]
        event = Event.objects.get()
        assert (event.kind, event.data["date"], event.data["what"]) == (events.HOLIDAY_SET, "2027-01-01", "放假")
        assert "2027-01-01" in client.get("/holidays?year=2027").content.decode()

    def test_moves_limits(self, security, client_for):
        thursday = datetime(2026, 12, 31, 1, 0, tzinfo=UTC)
        limit = calendar.Limit.parse("1wd")
        plain = calendar.add_limit(thursday, limit)
        assert timezone.localtime(plain).date() == date(2027, 1, 1)
        self.post(client_for(security), first="2027-01-01")
        calendar.forget()
        assert timezone.localtime(calendar.add_limit(thursday, limit)).date() == date(2027, 1, 4)

    @pytest.mark.parametrize(
        "data",
        [
            {"first": "2027-01-02"},  # a Saturday is off anyhow
            {"first": "2027-01-04", "is_workday": "1"},  # a Monday is worked anyhow
            {"first": "2027-01-05", "last": "2027-01-01"},
            {"first": "2027-01-01", "last": "2027-12-31"},
            {"first": "2027-13-01"},
            {"first": "2027-01-01", "name": ""},
            {"first": "2027-01-01", "source": ""},
        ],
    )
    def test_bad_input(self, security, client_for, data):
        before = written()
        assert self.post(client_for(security), **data).status_code == 400
        assert written() == before

    def test_same_day_again_corrects_it(self, security, client_for):
        client = client_for(security)
        self.post(client, first="2027-01-01", name="元丹")
        self.post(client, first="2027-01-01")
        assert Holiday.objects.get(date=date(2027, 1, 1)).name == "元旦"

    def test_delete(self, security, client_for):
        client = client_for(security)
        self.post(client, first="2027-01-01")
        day = Holiday.objects.get(date=date(2027, 1, 1))
        assert client.post(f"/holidays/{day.pk}/delete").status_code == 302
        assert not Holiday.objects.filter(pk=day.pk).exists()
        assert client.post(f"/holidays/{day.pk}/delete").status_code == 404
        assert Event.objects.latest("id").kind == events.HOLIDAY_REMOVED

    def test_warns_while_the_next_notice_is_missing(self, security, client_for):
        with time_machine.travel(FRIDAY, tick=False):
            client = client_for(security)
            assert "2027 年的节假日和调休安排尚未录入" in client.get("/holidays").content.decode()
            for first in ("2027-02-08", "2027-10-01"):
                self.post(client, first=first)
            calendar.forget()
            assert "尚未录入" not in client.get("/holidays").content.decode()

    @pytest.mark.parametrize("year", ["x", "1", "99999", "-5", "²"])
    def test_odd_years(self, security, client_for, year):
        assert client_for(security).get("/holidays", {"year": year}).context["year"] == timezone.localdate().year


class TestAudit:
    def rows(self, client, **query: str) -> list[str]:
        response = client.get("/audit", query)
        assert response.status_code == 200
        return [row.kind for row in response.context["page"].rows]

    def test_every_sign_in_is_there_with_its_address(self, tree, auditor, client, client_for):
        make_user(Role.COMMUNITY_WORKER, tree.community, username="wangli", display_name="王丽")
        client.post("/sign-in", {"username": "wangli", "password": "Wrong-2026x"}, REMOTE_ADDR="10.1.2.3")
        client.post("/sign-in", {"username": "wangli", "password": PASSWORD}, REMOTE_ADDR="10.1.2.3")
        client.post("/sign-out", REMOTE_ADDR="10.1.2.3")
        boss = client_for(auditor)
        assert self.rows(boss) == [events.SIGNED_OUT, events.SIGNED_IN, events.SIGN_IN_FAILED]
        page = boss.get("/audit").content.decode()
        assert page.count("10.1.2.3") >= 3
        assert "王丽" in page

    def test_filters(self, tree, auditor, client_for):
        worker = make_user(Role.COMMUNITY_WORKER, tree.community, username="wangli", display_name="王丽")
        log_access(events.SIGNED_IN, actor=worker, data={"ip": "10.1.2.3"})
        log_access(events.SIGN_IN_FAILED, actor=None, data={"ip": "10.9.9.9", "username": "wangli"})
        log_access(events.SIGNED_IN, actor=auditor, data={"ip": "10.9.9.9"})
        client = client_for(auditor)
        today = timezone.localdate()
        log = AccessLog.objects.get()
        everything = [events.SIGNED_IN, events.SIGN_IN_FAILED, events.SIGNED_IN]
        assert self.rows(client) == everything
        assert self.rows(client, kind=events.SIGN_IN_FAILED) == [events.SIGN_IN_FAILED]
        assert self.rows(client, person="王丽") == [events.SIGNED_IN]
        assert self.rows(client, person="wangli") == [events.SIGN_IN_FAILED, events.SIGNED_IN]
        assert self.rows(client, ip="10.9.9.9") == [events.SIGNED_IN, events.SIGN_IN_FAILED]
        assert self.rows(client, object_type="accounts.accesslog", object_id=str(log.pk)) == everything
        assert self.rows(client, object_type="accounts.user") == []
        assert self.rows(client, object_id="99999999999999999999") == []
        assert self.rows(client, at_after=today.isoformat(), at_before=today.isoformat()) == everything
        assert self.rows(client, at_before=(today - timedelta(days=1)).isoformat()) == []

    def test_the_last_thirty_days_unless_days_are_named(self, auditor, client_for):
        with time_machine.travel(FRIDAY - timedelta(days=40), tick=False):
            log_access(events.SIGNED_IN, actor=auditor, data={"ip": "10.1.1.1"})
        with time_machine.travel(FRIDAY, tick=False):
            client = client_for(auditor)
            assert self.rows(client) == []
            assert self.rows(client, at_after="2026-10-01") == [events.SIGNED_IN]

    def test_kinds_that_are_not_for_the_audit_stay_out(self, tree, auditor, client_for):
        codes = {kind.code for kind in audit_kinds()}
        assert events.SIGNED_IN in codes
        assert "petition.revealed" in codes
        assert {kind.code for kind in kinds()} - codes, "the list would show everything"
        assert not any(code.startswith("unit.") and code in codes for code in codes)

    def test_read_only(self, auditor, client_for):
        log_access(events.SIGNED_IN, actor=auditor, data={"ip": "10.1.1.1"})
        count = Event.objects.count()
        client = client_for(auditor)
        for method in (client.put, client.patch, client.delete):
            assert method("/audit").status_code == 405
        assert client.post("/audit", {"do": "bulk", "selected": "1"}).status_code == 400
        assert Event.objects.count() == count

    def test_taking_it_away_is_in_it(self, auditor, client_for):
        log_access(events.SIGNED_IN, actor=auditor, data={"ip": "10.1.1.1"})
        client = client_for(auditor)
        response = client.post("/audit?kind=access.signed_in", {"do": "export"})
        assert response.status_code == 302
        event = Event.objects.latest("id")
        assert (event.kind, event.actor, event.data) == (
            events.AUDIT_EXPORTED, auditor, {"query": "kind=access.signed_in", "ip": "127.0.0.1"},
        )  # fmt: skip

    def test_pages_cost_the_same(self, auditor, client_for, django_assert_max_num_queries):
        for number in range(45):
            log_access(events.SIGNED_IN, actor=auditor, data={"ip": f"10.1.1.{number}"})
        client = client_for(auditor)
        with django_assert_max_num_queries(12):
            first = client.get("/audit")
        with django_assert_max_num_queries(12):
            second = client.get("/audit", {"after": first.context["page"].after})
        seen = [row.pk for page in (first, second) for row in page.context["page"].rows]
        assert len(seen) == len(set(seen)) == 40
        assert seen == sorted(seen, reverse=True)
