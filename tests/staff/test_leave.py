"""Leave: asked, decided, taken back; who stands in; what a month counts; messages; nothing of others."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.http import Http404

from accounts.models import Notification
from common.errors import Conflict, Invalid, PlainError, Refused
from common.models import Event
from staff.choices import LeaveKind, LeaveState
from staff.models import Leave, PayChange, StandIn, Worker
from staff.selectors.leave import absences, cover_for, days_by_kind, waiting_for, working_days
from staff.services.leave import leave_ask, leave_enter, leave_withdraw, remind_waiting
from staff.workflow import LEAVE_FLOW
from tests.contracts.world import changed_since, contents
from tests.factories.accounts import make_staff, make_user
from tests.factories.grid import make_tree
from tests.factories.rules import make_rules
from tests.factories.staff import make_frozen_slip, make_worker
from tests.together import together

pytestmark = pytest.mark.django_db
# A Monday to a Friday; 1 to 8 October are days off, Saturday 10 October is worked (2026 notice).
MONDAY, FRIDAY = date(2026, 7, 6), date(2026, 7, 10)


@pytest.fixture(autouse=True)
def _in_july() -> Any:
    with time_machine.travel("2026-07-01T09:00:00+08:00", tick=False):
        yield


@pytest.fixture
def worker(tree: Any, staff: Any, rules: None) -> Worker:
    """Whose account is that of the community's worker."""
    return make_worker(tree.community, user=staff["community_worker"])


@pytest.fixture
def ask(worker: Worker) -> Any:
    def asked(first: date = MONDAY, last: date = FRIDAY, **values: Any) -> Leave:
        return leave_ask(
            **{
                "user": worker.user, "kind": "annual", "first_day": first, "last_day": last, "request_key": uuid4(),
                **values,
            }
        )  # fmt: skip

    return asked


def act(name: str, row: Leave, user: Any, **data: Any) -> Leave:
    return LEAVE_FLOW.perform(name, row, user, **data)


def told(user_or_unit: Any) -> list[str]:
    field = "user" if hasattr(user_or_unit, "username") else "unit"
    return list(Notification.objects.filter(**{field: user_or_unit}).order_by("pk").values_list("text", flat=True))


class TestAsking:
    def test_it_waits_for_the_street_which_is_told(self, tree, ask, worker):
        colleague = make_worker(tree.community, name="王芳")
        row = ask(reason="探亲")
        assert (row.state, row.cover, row.reason) == ("asked", colleague, "探亲")
        assert told(tree.street) == [
            f"{tree.community.name} 林** {worker.number} 申请年休假（2026-07-06 至 2026-07-10，5 个工作日），请审批。"
        ]
        event = Event.objects.get(stream=row.stream)
        assert event.data == {
            "kind": "年休假", "first": "2026-07-06", "last": "2026-07-10", "days": "5",
            "cover": f"王* {colleague.number}",
        }  # fmt: skip
        assert event.actor == worker.user

    def test_sent_twice_it_is_one(self, ask):
        key = uuid4()
        assert ask(request_key=key) == ask(request_key=key)
        assert Leave.objects.count() == 1

    @pytest.mark.parametrize(
        ("values", "words"),
        [
            ({"kind": "absent"}, "请选择假别"), ({"kind": "nonsense"}, "请选择假别"),
            ({"first": FRIDAY, "last": MONDAY}, "不能早于第一天"), ({"half": True}, "同一天"),
            ({"first": date(2026, 5, 31), "last": date(2026, 6, 1)}, "只能补请 30 天以内"),
            ({"last": date(2027, 7, 8)}, "最多请 366 天"),
            ({"first": date(2026, 7, 11), "last": date(2026, 7, 12)}, "都是休息日"),
        ],
    )  # fmt: skip
    def test_what_it_does_not_take(self, ask, values, words):
        with pytest.raises(Invalid, match=words):
            ask(**values)
        assert Leave.objects.count() == 0

    def test_not_before_the_entry_nor_after_leaving(self, ask, worker):
        Worker.objects.filter(pk=worker.pk).update(entered_on=date(2026, 7, 7), community_since=date(2026, 7, 7))
        with pytest.raises(Invalid, match="入职日期 2026-07-07"):
            ask()
        Worker.objects.filter(pk=worker.pk).update(state="left", left_on=date(2026, 7, 7))
        with pytest.raises(Invalid, match="已离岗"):
            ask(date(2026, 7, 8), date(2026, 7, 8))
        assert Leave.objects.count() == 0

    @pytest.mark.parametrize(
        ("first", "last"), [(FRIDAY, FRIDAY), (date(2026, 7, 1), MONDAY), (date(2026, 7, 1), date(2026, 7, 31))]
    )
    def test_overlapping_days_are_refused_and_named(self, ask, first, last):
        ask()
        with pytest.raises(Conflict, match="与已有的年休假（2026-07-06 至 2026-07-10，待审批）重叠"):
            ask(first, last)
        assert Leave.objects.count() == 1

    def test_after_a_refusal_or_beside_it_the_days_are_free(self, staff, ask):
        act("refuse", ask(), staff["street_officer"], note="全员培训")
        ask()
        ask(date(2026, 7, 13), date(2026, 7, 13), half=True)
        assert Leave.objects.filter(state="asked").count() == 2

    def test_somebody_who_is_no_worker_asks_for_nothing(self, staff, rules):
        with pytest.raises(Http404):
            leave_ask(
                user=staff["street_officer"], kind="annual", first_day=MONDAY, last_day=FRIDAY, request_key=uuid4()
            )


class TestCover:
    def test_the_stand_in_when_free(self, tree, worker):
        make_worker(tree.community, name="王芳")
        other = make_worker(tree.sister_community, name="李小雨")
        StandIn.objects.create(worker=worker, stand_in=other, valid_from=date(2026, 1, 1))
        found = cover_for(worker, MONDAY, FRIDAY)
        assert found is not None
        assert (found.worker, found.words) == (other, f"李**（{other.number}，AB 岗）")

    def test_else_a_colleague_who_is_there(self, tree, staff, worker):
        names = {
            name: make_worker(tree.community, name=name, **fields)
            for name, fields in {
                "away": {}, "busy": {}, "head": {"rank": "head"}, "same": {}, "left": {"state": "left", "left_on": MONDAY},
                "new": {"entered_on": date(2026, 7, 8)},
            }.items()
        }  # fmt: skip
        make_worker(tree.sister_community)
        stand_in = make_worker(tree.sister_community, name="李小雨")
        StandIn.objects.create(worker=worker, stand_in=stand_in, valid_from=date(2026, 1, 1))
        for one in (names["away"], stand_in):
            self.away(one)
        self.away(make_worker(tree.sister_community), cover=names["busy"])
        order = []
        while (found := cover_for(worker, MONDAY, FRIDAY)) is not None:
            order.append(found.worker)
            self.away(found.worker)
        assert order == [names["same"], names["head"], names["busy"]]

    def away(self, one: Worker, **fields: Any) -> None:
        Leave.objects.create(
            worker=one, kind="sick", first_day=FRIDAY, last_day=FRIDAY, asked_at="2026-07-01T00:00Z", **fields
        )

    def test_one_who_goes_away_meanwhile_is_replaced_at_the_approval(self, tree, staff, ask):
        first, second = make_worker(tree.community, name="王芳"), make_worker(tree.community, name="李小雨")
        row = ask()
        assert row.cover == first
        self.away(first)
        act("approve", row, staff["street_officer"])
        row.refresh_from_db()
        assert row.cover == second

    def test_the_approver_chooses_another_or_nobody(self, tree, staff, ask):
        make_worker(tree.community, name="王芳")
        second = make_worker(tree.community, name="李小雨", user=make_user("community_worker", tree.community))
        row = ask()
        act("approve", row, staff["street_officer"], cover=str(second.pk))
        row.refresh_from_db()
        assert row.cover == second
        assert told(second.user) == [
            f"{tree.community.name} 林** {row.worker.number} 请假（2026-07-06 至 2026-07-10），由您代班。"
        ]
        row = ask(date(2026, 7, 13), date(2026, 7, 13))
        act("approve", row, staff["street_officer"], cover="none")
        row.refresh_from_db()
        assert row.cover is None

    def test_a_chosen_one_who_is_away_is_refused(self, tree, staff, ask):
        first = make_worker(tree.community, name="王芳")
        row = ask()
        self.away(first)
        before = contents()
        with pytest.raises(Conflict, match="这几天也不在"):
            act("approve", row, staff["street_officer"], cover=str(first.pk))
        assert changed_since(before) == set()


class TestDeciding:
    def test_approved_by_the_street_and_the_worker_is_told(self, staff, ask, worker):
        row = act("approve", ask(), staff["street_officer"])
        row.refresh_from_db()
        assert (row.state, row.decided_by) == ("approved", staff["street_officer"])
        assert told(worker.user) == ["您的年休假（2026-07-06 至 2026-07-10，5 个工作日）已批准。"]

    def test_refused_with_the_reason(self, staff, ask, worker):
        act("refuse", ask(), staff["district_officer"], note="全员培训")
        assert told(worker.user) == ["您申请的年休假（2026-07-06 至 2026-07-10，5 个工作日）没有批准：全员培训"]

    @pytest.mark.parametrize("name", ["approve", "refuse", "cancel"])
    def test_never_by_oneself(self, tree, staff, rules, name):
        officer = staff["street_officer"]
        make_worker(tree.street, user=officer)
        row = leave_ask(user=officer, kind="annual", first_day=MONDAY, last_day=FRIDAY, request_key=uuid4())
        before = contents()
        with pytest.raises(Refused, match="另一位同事"):
            act(name, row, officer, **({} if name == "approve" else {"note": "自己来"}))
        assert changed_since(before) == set()
        assert waiting_for(officer) == 0
        assert waiting_for(staff["district_officer"]) == 1

    def test_not_by_a_community_nor_by_another_street(self, tree, staff, ask):
        row = ask()
        with pytest.raises(Refused):
            act("approve", row, staff["community_worker"])
        with pytest.raises(Http404):
            act("approve", row, make_user("street_officer", tree.other_street))
        row.refresh_from_db()
        assert row.state == "asked"

    def test_decided_once(self, staff, ask):
        row = act("approve", ask(), staff["street_officer"])
        with pytest.raises(Conflict):
            act("refuse", row, staff["district_officer"], note="晚了")


class TestTakingBack:
    def test_by_the_worker_until_it_begins(self, tree, staff, ask, worker):
        row = ask()
        leave_withdraw(leave=row, user=worker.user)
        row.refresh_from_db()
        assert row.state == "cancelled"
        event = Event.objects.filter(stream=row.stream).latest("seq")
        assert (event.actor, event.data["by"]) == (worker.user, "本人")
        row = act("approve", ask(), staff["street_officer"])
        leave_withdraw(leave=row, user=worker.user)
        assert told(tree.street)[-1].endswith("撤销了年休假（2026-07-06 至 2026-07-10，5 个工作日）。")

    def test_not_once_it_has_begun(self, staff, ask, worker):
        row = act("approve", ask(), staff["street_officer"])
        with time_machine.travel("2026-07-06T08:00:00+08:00", tick=False):
            with pytest.raises(Conflict, match="假期已经开始"):
                leave_withdraw(leave=row, user=worker.user)
            act("cancel", row, staff["street_officer"], note="提前回来")
        row.refresh_from_db()
        assert row.state == "cancelled"

    def test_not_anothers(self, tree, staff, ask):
        row = ask()
        other = make_user("community_worker", tree.community)
        make_worker(tree.community, user=other)
        with pytest.raises(Http404):
            leave_withdraw(leave=row, user=other)
        row.refresh_from_db()
        assert row.state == "asked"


class TestEntering:
    def enter(self, actor: Any, worker: Worker, **values: Any) -> Leave:
        data = {"kind": "sick", "first_day": MONDAY, "last_day": MONDAY, "request_key": uuid4(), **values}
        return leave_enter(actor=actor, worker=worker, **data)

    def test_for_somebody_it_is_approved_with_that(self, staff, worker):
        row = self.enter(staff["street_officer"], worker, kind=LeaveKind.ABSENT, half=True)
        assert (row.state, row.decided_by) == (LeaveState.APPROVED, staff["street_officer"])
        assert told(worker.user) == ["您的旷工（2026-07-06 半天，0.5 个工作日）已登记。"]

    def test_long_after_it_may_still_be_entered(self, staff, worker):
        row = self.enter(staff["street_officer"], worker, first_day=date(2026, 3, 2), last_day=date(2026, 3, 2))
        assert row.state == "approved"

    def test_not_for_oneself_nor_by_a_community(self, tree, staff, worker):
        officer = staff["street_officer"]
        own = make_worker(tree.street, user=officer)
        with pytest.raises(Refused, match="另一位同事"):
            self.enter(officer, own)
        with pytest.raises(Refused):
            self.enter(staff["community_worker"], worker)
        with pytest.raises(Http404):
            self.enter(make_user("street_officer", tree.other_street), worker)
        assert Leave.objects.count() == 0


class TestPay:
    def test_working_days_of_a_month_by_kind_in_one_query(self, tree, staff, worker, django_assert_num_queries):
        other = make_worker(tree.community)
        spans = [
            (worker, "annual", date(2026, 6, 29), date(2026, 7, 3), False),  # three days of July
            (worker, "annual", date(2026, 7, 24), date(2026, 7, 24), True),
            (worker, "sick", date(2026, 7, 31), date(2026, 8, 31), False),
            (worker, "personal", date(2026, 7, 18), date(2026, 7, 19), False),  # a weekend
            (other, "absent", MONDAY, FRIDAY, False),
        ]
        for one, kind, first, last, half in spans:
            Leave.objects.create(
                worker=one, kind=kind, first_day=first, last_day=last, half=half, state="approved",
                asked_at="2026-06-01T00:00Z",
            )  # fmt: skip
        Leave.objects.create(
            worker=other, kind="sick", first_day=date(2026, 7, 20), last_day=date(2026, 7, 21),
            asked_at="2026-06-01T00:00Z",
        )  # fmt: skip
        working_days(MONDAY, FRIDAY)  # the calendar is at hand
        with django_assert_num_queries(1):
            found = days_by_kind([worker.pk, other.pk], date(2026, 7, 1))
        assert found == {
            worker.pk: {"annual": Decimal("3.5"), "sick": Decimal(1)}, other.pk: {"absent": Decimal(5)},
        }  # fmt: skip
        assert days_by_kind([other.pk], date(2026, 8, 1)) == {}
        assert days_by_kind([worker.pk], date(2026, 8, 15)) == {worker.pk: {"sick": Decimal(21)}}

    def test_leave_of_a_frozen_month_is_noted_and_so_is_taking_it_back(self, staff, ask, worker):
        make_frozen_slip(worker, date(2026, 7, 1))
        row = act("approve", ask(kind="personal"), staff["street_officer"])
        act("cancel", row, staff["street_officer"], note="没有请成")
        assert list(PayChange.objects.order_by("pk").values_list("since", "cause")) == [
            (date(2026, 7, 1), "事假 2026-07-06 至 2026-07-10"),
            (date(2026, 7, 1), "撤销事假 2026-07-06 至 2026-07-10"),
        ]

    def test_a_request_or_a_refusal_changes_no_pay(self, staff, ask, worker):
        make_frozen_slip(worker, date(2026, 7, 1))
        act("refuse", ask(kind="personal"), staff["street_officer"], note="全员培训")
        assert PayChange.objects.count() == 0


class TestReminder:
    def test_what_waits_is_asked_for_once_a_working_day(self, tree, ask):
        ask()
        assert remind_waiting() == 0
        with time_machine.travel("2026-07-02T09:30:00+08:00", tick=False):
            assert (remind_waiting(), remind_waiting()) == (1, 0)
        with time_machine.travel("2026-07-03T08:00:00+08:00", tick=False):
            assert remind_waiting() == 1
        with time_machine.travel("2026-07-04T09:30:00+08:00", tick=False):  # a Saturday
            assert remind_waiting() == 0
        assert told(tree.street)[-1].endswith("还没有审批，请尽快办理。")

    def test_what_begins_tomorrow_is_asked_for_though_it_is_young(self, ask):
        with time_machine.travel("2026-07-01T20:00:00+08:00", tick=False):
            ask(date(2026, 7, 3), date(2026, 7, 3))
        with time_machine.travel("2026-07-02T08:00:00+08:00", tick=False):
            assert remind_waiting() == 1

    def test_what_is_decided_is_not_asked_for(self, staff, ask):
        act("approve", ask(), staff["street_officer"])
        with time_machine.travel("2026-07-03T09:30:00+08:00", tick=False):
            assert remind_waiting() == 0


def test_the_month_of_a_unit(tree, staff, ask, worker):
    ask(date(2026, 6, 30), date(2026, 7, 2))
    neighbour = make_worker(tree.other_community)
    Leave.objects.create(worker=neighbour, kind="sick", first_day=MONDAY, last_day=FRIDAY, asked_at="2026-07-01T00:00Z")
    rows = absences(staff["district_officer"], tree.district, date(2026, 7, 1))
    assert [row.worker for row in rows] == [worker, neighbour]
    assert [number for number, leave in enumerate(rows[0].days, start=1) if leave] == [1, 2]
    assert len(rows[0].days) == 31
    assert [row.worker for row in absences(staff["street_officer"], tree.district, date(2026, 7, 1))] == [worker]


@pytest.mark.django_db(transaction=True)
def test_two_requests_for_the_same_days_at_once_leave_one():
    tree = make_tree()
    staff = make_staff(tree)
    make_rules()
    worker = make_worker(tree.community, user=staff["community_worker"])
    first, last = MONDAY, MONDAY + timedelta(days=2)

    def ask() -> Leave:
        return leave_ask(user=worker.user, kind="annual", first_day=first, last_day=last, request_key=uuid4())

    outcomes = together(ask, ask)
    assert sum(isinstance(outcome, Leave) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, PlainError) for outcome in outcomes) == 1
    assert Leave.objects.count() == 1
