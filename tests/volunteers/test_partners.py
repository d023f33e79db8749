"""Partners' agreements with the rules of 延吉: terms, hours, reminders, the end."""

from __future__ import annotations

from datetime import date, time, timedelta
from decimal import Decimal

import pytest
from django.http import Http404
from django.utils import timezone

from accounts.models import Notification
from common import events as history
from common.errors import Conflict, Invalid, PlainError, Refused
from tests.factories.accounts import make_user
from tests.factories.rules import make_rules
from tests.factories.volunteers import make_programme, make_volunteer
from volunteers.choices import ProviderKind, RecordSource
from volunteers.models import Account, Agreement, PartnerService, Provider, ServiceRecord
from volunteers.selectors.partners import pace, with_served
from volunteers.services.partners import (
    agreement_change,
    agreement_make,
    pace_of,
    partner_service_void,
    remind,
)
from volunteers.services.records import void_record
from volunteers.workflow import AGREEMENT_FLOW

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()


@pytest.fixture
def worker(staff):
    make_rules("yanji")
    return staff["community_worker"]


@pytest.fixture
def provider(tree):
    return Provider.objects.create(name="金达莱舞蹈工作室", kind=ProviderKind.PARTNER, unit=tree.community)


def make(worker, tree, provider, **terms):
    defaults = {
        "actor": worker, "unit": tree.community, "provider": provider, "room": "二楼活动室", "rent": Decimal("12000"),
        "owed_hours": Decimal("100"), "service": "每周教居民跳舞", "first_day": TODAY - timedelta(days=99),
        "last_day": TODAY + timedelta(days=100),
    }  # fmt: skip
    return agreement_make(**{**defaults, **terms})


@pytest.fixture
def agreement(worker, tree, provider):
    return make(worker, tree, provider)


def serve(agreement, worker, hours="10", people="2", day=TODAY, what="舞蹈课"):
    return AGREEMENT_FLOW.perform("serve", agreement, worker, day=day, what=what, people=people, hours=Decimal(hours))


def state_of(agreement):
    row = Agreement.objects.values().get(pk=agreement.pk)
    return {key: bytes(value) if isinstance(value, memoryview) else value for key, value in row.items()}, (
        PartnerService.objects.count(), ServiceRecord.objects.count(),
    )  # fmt: skip


class TestMaking:
    def test_what_is_given_and_owed(self, agreement, worker):
        assert (agreement.state, agreement.owed_hours, agreement.rent) == ("active", Decimal("100"), Decimal("12000"))
        event = history.timeline(agreement).get()
        assert event.data == {"provider": "金达莱舞蹈工作室", "room": "二楼活动室", "hours": "100"}
        assert event.actor == worker

    @pytest.mark.parametrize(
        ("terms", "field"),
        [
            ({"owed_hours": Decimal(0)}, "owed_hours"), ({"owed_hours": Decimal("100000.01")}, "owed_hours"),
            ({"rent": Decimal(-1)}, "rent"), ({"room": " "}, "room"), ({"service": ""}, "service"),
            ({"last_day": TODAY - timedelta(days=100)}, "last_day"),
        ],
    )  # fmt: skip
    def test_terms_that_make_no_sense(self, worker, tree, provider, terms, field):
        with pytest.raises(Invalid) as caught:
            make(worker, tree, provider, **terms)
        assert caught.value.field == field
        assert not Agreement.objects.exists()

    def test_only_for_the_own_area_and_with_a_partner_in_use(self, worker, tree, provider):
        with pytest.raises(Refused, match="请选择本人所在的单位"):
            make(worker, tree, provider, unit=tree.sister_community)
        Provider.objects.update(is_active=False)
        provider.refresh_from_db()
        with pytest.raises(Conflict, match="已停用"):
            make(worker, tree, provider)
        assert not Agreement.objects.exists()

    def test_other_terms_need_a_reason_and_leave_a_trace(self, agreement, worker):
        terms = {
            "room": "二楼活动室", "rent": Decimal("12000"), "owed_hours": Decimal("120"), "service": "每周教居民跳舞",
            "last_day": agreement.last_day,
        }  # fmt: skip
        before = state_of(agreement)
        with pytest.raises(Invalid, match="理由"):
            agreement_change(agreement=agreement, actor=worker, reason=" ", **terms)
        assert state_of(agreement) == before
        agreement_change(agreement=agreement, actor=worker, reason="加租一间", **terms)
        assert history.timeline(agreement).first().data == {"changes": "应服务时长（加租一间）"}
        assert pace_of(agreement).owed == Decimal("120.00")


class TestServing:
    def test_own_people_and_volunteers_add_up(self, agreement, worker, tree):
        serve(agreement, worker, "12.5")
        make_programme()
        volunteer = make_volunteer(tree.grid)
        AGREEMENT_FLOW.perform(
            "serve_by_volunteer", agreement, worker, number=f" {volunteer.number.lower()} ", day=TODAY - timedelta(days=1),
            start=time(9), end=time(11, 30), what="义诊", theme="civility",
        )  # fmt: skip
        record = ServiceRecord.objects.get()
        assert (record.agreement, record.source, record.hours) == (agreement, RecordSource.PARTNER, Decimal("2.50"))
        assert Account.objects.get(volunteer=volunteer).balance == Decimal("2.50")  # 1 h = 1 point
        stands = pace_of(agreement)
        assert (stands.served, stands.missing) == (Decimal("15.00"), Decimal("85.00"))
        assert (str(stands.rate), stands.rate.parts) == ("15.00%", "15/100")
        void_record(record=record, actor=worker, reason="登记错误")
        assert pace_of(agreement).served == Decimal("12.50")

    @pytest.mark.parametrize(
        ("values", "field"),
        [
            ({"hours": "48.01"}, "hours"), ({"people": "0"}, "people"), ({"people": "两"}, "people"),
            ({"people": "1001"}, "people"), ({"day": TODAY + timedelta(days=1)}, "day"),
            ({"day": TODAY - timedelta(days=100)}, "day"),
        ],
    )  # fmt: skip
    def test_impossible_service(self, agreement, worker, values, field):
        before = state_of(agreement)
        with pytest.raises(Invalid) as caught:
            serve(agreement, worker, **values)
        assert caught.value.field == field
        assert state_of(agreement) == before
        serve(agreement, worker, hours="48")

    def test_wrong_hours_are_taken_back_once(self, agreement, worker):
        serve(agreement, worker)
        row = PartnerService.objects.get()
        with pytest.raises(Invalid):
            partner_service_void(service=row, actor=worker, reason="")
        partner_service_void(service=row, actor=worker, reason="重复登记")
        assert pace_of(agreement).served == 0
        with pytest.raises(Conflict, match="已经作废"):
            partner_service_void(service=row, actor=worker, reason="又一次")
        assert history.timeline(agreement).count() == 3

    def test_a_volunteer_is_not_at_two_places(self, agreement, worker, tree):
        volunteer = make_volunteer(tree.grid)
        data = {
            "number": volunteer.number, "day": TODAY - timedelta(days=1), "start": time(9), "end": time(11),
            "what": "义诊", "theme": "civility",
        }  # fmt: skip
        AGREEMENT_FLOW.perform("serve_by_volunteer", agreement, worker, **data)
        before = state_of(agreement)
        with pytest.raises(Conflict, match="时间不能重叠"):
            AGREEMENT_FLOW.perform("serve_by_volunteer", agreement, worker, **{**data, "end": time(12)})
        with pytest.raises(Invalid, match="没有找到这个编号"):
            AGREEMENT_FLOW.perform("serve_by_volunteer", agreement, worker, **{**data, "number": "T0"})
        assert state_of(agreement) == before


class TestPaceAndReminders:
    """100 hours in 200 days: half of them by the hundredth day."""

    @pytest.fixture
    def even(self, worker, tree, provider):
        return make(worker, tree, provider, first_day=date(2026, 1, 1), last_day=date(2026, 7, 19))

    def stands(self, agreement, on):
        return pace(with_served(Agreement.objects.filter(pk=agreement.pk)).get(), on)

    def test_even_pace(self, even, worker):
        assert self.stands(even, date(2025, 12, 31)).expected == Decimal("0.00")
        assert self.stands(even, date(2026, 1, 1)).expected == Decimal("0.50")
        assert self.stands(even, date(2026, 4, 10)).expected == Decimal("50.00")
        assert self.stands(even, date(2027, 1, 1)).expected == Decimal("100.00")
        assert [self.stands(even, day).behind for day in (date(2026, 4, 9), date(2026, 4, 10))] == [False, True]
        serve(even, worker, "50", people="3", day=date(2026, 1, 5))
        assert not self.stands(even, date(2026, 4, 10)).behind

    def texts(self):
        return list(Notification.objects.order_by("pk").values_list("text", flat=True))

    def test_each_thing_is_said_once(self, even, worker, tree):
        assert remind(date(2026, 4, 9)) == 0
        assert remind(date(2026, 4, 10)) == 1
        (half,) = self.texts()
        assert "已过半，已服务 0.00 小时，应服务 100.00 小时，进度落后" in half
        for day in (date(2026, 4, 11), date(2026, 6, 18)):
            remind(day)
        assert len(self.texts()) == 1
        remind(date(2026, 6, 19))  # 30 days before the end
        remind(date(2026, 7, 19))
        assert len(self.texts()) == 2
        assert "将于 2026-07-19 到期" in self.texts()[1]
        remind(date(2026, 7, 20))
        remind(date(2026, 8, 20))
        assert len(self.texts()) == 3
        assert "已到期，还差 100.00 小时" in self.texts()[2]
        notice = Notification.objects.first()
        assert (notice.unit, notice.url) == (tree.community, even.get_absolute_url())
        assert notice in Notification.objects.visible_to(worker)

    def test_nothing_is_said_of_a_partner_who_keeps_pace_until_the_end_is_near(self, even, worker):
        serve(even, worker, "60", people="3", day=date(2026, 1, 5))
        assert remind(date(2026, 4, 10)) == 0
        serve(even, worker, "40", people="2", day=date(2026, 1, 6))
        assert remind(date(2026, 6, 19)) == 1
        assert remind(date(2026, 7, 20)) == 0, "all hours were served"
        assert len(self.texts()) == 1

    def test_nothing_is_said_of_what_has_ended(self, even, worker):
        AGREEMENT_FLOW.perform("terminate", even, worker, note="搬走")
        assert remind(date(2026, 7, 20)) == 0


class TestTheEnd:
    def test_not_before_its_time(self, agreement, worker):
        before = state_of(agreement)
        with pytest.raises(Refused, match="还没有到期"):
            AGREEMENT_FLOW.perform("end", agreement, worker, note="")
        assert state_of(agreement) == before

    def test_missing_hours_need_a_word(self, worker, tree, provider):
        over = make(worker, tree, provider, first_day=TODAY - timedelta(days=50), last_day=TODAY - timedelta(days=1))
        serve(over, worker, "40")
        before = state_of(over)
        with pytest.raises(Invalid, match="还差 60.00 小时"):
            AGREEMENT_FLOW.perform("end", over, worker, note=" ")
        assert state_of(over) == before
        AGREEMENT_FLOW.perform("end", over, worker, note="店主生病")
        over.refresh_from_db()
        assert over.state == "ended"
        assert history.timeline(over).first().data == {"served": "40.00", "owed": "100.00", "note": "店主生病"}
        with pytest.raises(Conflict):
            serve(over, worker)

    def test_called_off_with_a_reason(self, agreement, worker):
        with pytest.raises(Invalid):
            AGREEMENT_FLOW.perform("terminate", agreement, worker, note="")
        AGREEMENT_FLOW.perform("terminate", agreement, worker, note="合伙人搬走")
        agreement.refresh_from_db()
        assert agreement.state == "terminated"


ACTIONS = {
    "serve": {"day": TODAY, "what": "课", "people": "1", "hours": Decimal(1)},
    "terminate": {"note": "搬走"},
}


@pytest.mark.parametrize("action", ACTIONS)
def test_who_may_do_an_action(worker, tree, staff, provider, action):
    people = {
        **staff, "other": make_user("community_worker", tree.sister_community), "partner": make_user("provider", tree.community)
    }  # fmt: skip
    for name, person in people.items():
        agreement = make(worker, tree, provider, room=f"活动室（{name}）")
        before = state_of(agreement)
        if name in ("district_officer", "street_officer", "community_worker"):
            AGREEMENT_FLOW.perform(action, agreement, person, **ACTIONS[action])
            assert state_of(agreement) != before
        else:
            with pytest.raises((Http404, PlainError)):
                AGREEMENT_FLOW.perform(action, agreement, person, **ACTIONS[action])
            assert state_of(agreement) == before, name


class TestPages:
    def test_from_the_list_to_the_end(self, worker, tree, provider, client_for):
        browser = client_for(worker)
        answer = browser.post(
            "/volunteers/agreements/new/",
            {"provider": provider.pk, "unit": tree.community.pk, "room": "活动室", "rent": "1000", "service": "义诊",
             "owed_hours": "20", "first_day": f"{TODAY:%Y-%m-%d}", "last_day": f"{TODAY + timedelta(days=365):%Y-%m-%d}"},
        )  # fmt: skip
        agreement = Agreement.objects.get()
        assert (answer.status_code, answer["Location"]) == (302, f"/volunteers/agreements/{agreement.pk}/")
        answer = browser.post(
            f"/volunteers/agreements/{agreement.pk}/act/serve/",
            {"day": f"{TODAY:%Y-%m-%d}", "what": "义诊", "people": "2", "hours": "5"},
        )
        assert answer.status_code == 302
        page = browser.get(agreement.get_absolute_url()).content.decode()
        assert "25.00%" in page
        assert "5/20" in page
        listed = browser.get("/volunteers/agreements/?q=义诊&standing=behind").content.decode()
        assert "没有" in listed
        listed = browser.get("/volunteers/agreements/?q=活动室").content.decode()
        assert provider.name in listed
        row = PartnerService.objects.get()
        assert browser.post(f"/volunteers/agreements/services/{row.pk}/void/", {"reason": "重复"}).status_code == 302
        assert browser.get(f"/volunteers/agreements/services/{row.pk}/void/").status_code == 404

    def test_the_export_writes_what_is_shown(self, agreement, worker):
        from common.reporting import get, prepare

        serve(agreement, worker, "25")
        (row,) = prepare(get("volunteers.agreements"), worker, {"query": "", "columns": []}).mappings()
        assert (row["provider"], row["served_hours"], str(row["rate"])) == ("金达莱舞蹈工作室", Decimal("25"), "25.00%")
