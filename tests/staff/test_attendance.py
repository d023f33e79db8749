"""Attendance: signed once a day, judged by the office's hours, put right by another, closed into the month's pay."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.http import Http404
from django.utils import timezone

from common import sign_codes
from common.errors import Conflict, Invalid, Refused
from common.models import Event
from staff.models import AttendanceDay, AttendanceTotal, Leave, PayChange, Slip, Worker
from staff.selectors.attendance import absent_days, board, days_known, month_lines
from staff.services import runs
from staff.services.attendance import day_mark, day_sign, secret_of
from staff.services.attendance_months import forget_days, sheet_close, sheet_reopen
from staff.services.leave import leave_enter
from staff.workflow import SHEET_FLOW
from tests.contracts.world import changed_since, contents
from tests.factories.accounts import make_user
from tests.factories.growth import (
    at,
    make_day,
    make_enrolment,
    make_plan,
    make_rotation,
    make_session,
    make_site,
    make_turn,
)
from tests.factories.rules import make_rules
from tests.factories.staff import make_worker
from tests.together import together

pytestmark = pytest.mark.django_db
MONDAY = date(2026, 7, 6)
JULY, JUNE = date(2026, 7, 1), date(2026, 6, 1)


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel("2026-07-06T08:20:00+08:00", tick=False) as moved:
        yield moved


@pytest.fixture
def worker(tree: Any, staff: Any, rules: None) -> Worker:
    return make_worker(tree.community, user=staff["community_worker"])


@pytest.fixture
def head(tree: Any, rules: None) -> Worker:
    """The secretary of the worker's community, with an account like everybody else's."""
    return make_worker(
        tree.community,
        name="王芳",
        rank="both_heads",
        kind="committee",
        user=make_user("community_worker", tree.community),
    )


def states(unit: Any, day: date = MONDAY) -> dict[str, str]:
    return {worker.number: look.state for worker, look in board(unit, day)}


class TestSigning:
    def test_in_and_out_once_each(self, clock, worker):
        assert day_sign(user=worker.user, kind="in", place="在三号楼走访").text == "签到成功，08:20。"
        clock.move_to("2026-07-06T08:40:00+08:00")
        again = day_sign(user=worker.user, kind="in", place="别处")
        assert (again.new, again.text) == (False, "今天已在 08:20 签到，不用再签。")
        clock.move_to("2026-07-06T17:05:00+08:00")
        assert day_sign(user=worker.user, kind="out").text == "签退成功，17:05。"
        assert not day_sign(user=worker.user, kind="out").new
        row = AttendanceDay.objects.get()
        assert (row.signed_in_at, row.signed_out_at) == (at(MONDAY, "08:20"), at(MONDAY, "17:05"))
        assert (row.place, row.in_way, row.out_way) == ("在三号楼走访", "phone", "phone")

    def test_nothing_but_time_way_and_the_workers_own_words_is_kept(self):
        """No position, picture, address or device (domain §9)."""
        assert {field.name for field in AttendanceDay._meta.get_fields()} == {
            "id", "worker", "day", "signed_in_at", "signed_out_at", "in_way", "out_way", "place", "mark", "reason", "marked_by",
            "marked_at",
        }  # fmt: skip

    def test_not_out_before_in_nor_on_leave_nor_for_who_need_not(self, worker, tree):
        with pytest.raises(Refused, match="还没有签到"):
            day_sign(user=worker.user, kind="out")
        Leave.objects.create(
            worker=worker, kind="sick", first_day=MONDAY, last_day=MONDAY, state="approved", asked_at=timezone.now()
        )
        with pytest.raises(Refused, match="已批准请假"):
            day_sign(user=worker.user, kind="in")
        part = make_worker(tree.community, kind="part_time", user=make_user("community_worker", tree.community))
        with pytest.raises(Refused, match="兼职不用签到"):
            day_sign(user=part.user, kind="in")
        with pytest.raises(Http404):
            day_sign(user=make_user("community_worker", tree.community), kind="in")
        assert AttendanceDay.objects.count() == 0

    def test_where_the_rule_asks_for_the_code_the_button_is_not_enough(self, tree, client_for, staff):
        make_rules(attendance={"code": True})
        worker = make_worker(tree.community, user=staff["community_worker"])
        with pytest.raises(Refused, match="扫描单位签到屏"):
            day_sign(user=worker.user, kind="in")
        client = client_for(worker.user)
        assert 'name="place"' not in client.get("/staff/me/attendance/").content.decode()
        token = sign_codes.token(tree.community.pk, secret_of(tree.community), "in", timezone.now())
        assert "签到成功，08:20。" in client.post(f"/staff/me/attendance/{token}/", follow=True).content.decode()
        assert AttendanceDay.objects.get().in_way == "code"

    def test_another_units_code_signs_only_who_is_in_rotation_there(self, tree, worker):
        with pytest.raises(Refused, match="和平社区”的签到码"):
            day_sign(user=worker.user, kind="in", unit=tree.sister_community)
        plan = make_rotation(tree.street, JULY)
        make_turn(plan, make_site(tree.street, tree.sister_community), worker, JULY, date(2026, 7, 15))
        assert day_sign(user=worker.user, kind="in", unit=tree.sister_community).new

    def test_on_a_day_off_it_is_duty(self, clock, worker):
        clock.move_to("2026-07-04T09:00:00+08:00")
        assert "值班" in day_sign(user=worker.user, kind="in").text


class TestDay:
    @pytest.mark.parametrize(
        ("signed_in", "signed_out", "state"),
        [
            ("08:00", "17:00", "present"), ("08:10", "17:00", "present"), ("08:11", "17:00", "late"),
            ("07:55", "16:49", "early"), ("07:55", "", "present"), ("", "", "missing"),
        ],
    )  # fmt: skip
    def test_by_the_offices_hours_with_ten_minutes_grace(self, clock, worker, signed_in, signed_out, state):
        """The office opens at 8:00 and closes at 17:00."""
        if signed_in:
            make_day(worker, MONDAY, signed_in, signed_out)
        clock.move_to("2026-07-07T09:00:00+08:00")
        assert states(worker.unit) == {worker.number: state}

    def test_today_it_may_still_come(self, worker):
        assert states(worker.unit) == {worker.number: "waiting"}

    def test_leave_with_its_cover_training_and_days_off(self, tree, worker, client_for, staff):
        cover = make_worker(tree.community, name="赵敏")
        Leave.objects.create(
            worker=worker,
            kind="sick",
            first_day=MONDAY,
            last_day=MONDAY,
            state="approved",
            asked_at=timezone.now(),
            cover=cover,
        )
        session = make_session(make_plan(tree.street), starts=at(MONDAY, "09:00"))
        make_enrolment(session, cover, state="present", signed_in_at=timezone.now())
        assert states(worker.unit) == {worker.number: "leave", cover.number: "training"}
        assert set(states(worker.unit, date(2026, 7, 5)).values()) == {"off"}
        text = client_for(staff["street_officer"]).get(f"/staff/attendance/?unit={worker.unit_id}").content.decode()
        assert "代班 赵*" in text
        assert "病假" not in text

    def test_half_a_day_of_leave_leaves_half_a_day(self, clock, worker):
        Leave.objects.create(
            worker=worker,
            kind="sick",
            first_day=MONDAY,
            last_day=MONDAY,
            half=True,
            state="approved",
            asked_at=timezone.now(),
        )
        clock.move_to("2026-07-07T09:00:00+08:00")
        look = days_known([worker.pk], MONDAY, MONDAY).look(worker, MONDAY)
        assert (look.state, look.missing) == ("missing", Decimal("0.5"))
        make_day(worker, MONDAY, "13:30", "17:00")
        assert states(worker.unit) == {worker.number: "present"}


class TestPuttingRight:
    def test_the_head_of_the_unit_and_the_office_do_it_with_a_reason(self, worker, head, staff):
        row = day_mark(worker=worker, actor=head.user, day=MONDAY, mark="present", reason="手机没电，8:25 到岗")
        assert (row.mark, row.marked_by) == ("present", head.user)
        event = Event.objects.get(stream=worker.stream)
        assert event.data == {
            "day": "2026-07-06", "old": "尚未签到", "new": "补签到岗", "reason": "手机没电，8:25 到岗",
        }  # fmt: skip
        day_mark(worker=worker, actor=head.user, day=MONDAY, mark="present", reason="手机没电，8:25 到岗")
        assert Event.objects.filter(stream=worker.stream).count() == 1
        day_mark(worker=worker, actor=staff["street_officer"], day=MONDAY, mark="errand", reason="到街道开会")
        assert states(worker.unit)[worker.number] == "errand"

    def test_nobody_does_it_for_themselves_and_a_colleague_not_at_all(self, tree, worker, head):
        other = make_worker(tree.community, user=make_user("community_worker", tree.community))
        before = contents()
        with pytest.raises(Refused, match="自己的考勤"):
            day_mark(worker=head, actor=head.user, day=MONDAY, mark="present", reason="到了")
        for actor in (worker.user, other.user, make_user("street_officer", tree.other_street)):
            with pytest.raises(Http404):
                day_mark(
                    worker=worker if actor != worker.user else other,
                    actor=actor,
                    day=MONDAY,
                    mark="present",
                    reason="到了",
                )
        assert changed_since(before) - {"accounts_user", "accounts_roleassignment"} == set()

    @pytest.mark.parametrize(
        ("day", "reason", "words"),
        [
            (date(2026, 7, 5), "到了", "是休息日"), (date(2026, 7, 7), "到了", "一年以内"), (date(2025, 6, 2), "到了", "一年以内"),
            (MONDAY, "  ", "请填写理由"),
        ],
    )  # fmt: skip
    def test_only_working_days_of_the_last_year_with_a_reason(self, worker, head, day, reason, words):
        with pytest.raises(Invalid, match=words):
            day_mark(worker=worker, actor=head.user, day=day, mark="present", reason=reason)
        assert AttendanceDay.objects.count() == 0

    def test_the_record_is_not_shown_to_colleagues(self, tree, worker, head, client_for, staff):
        day_mark(worker=worker, actor=head.user, day=MONDAY, mark="absent", reason="核实未到")
        colleague = make_user("community_worker", tree.community)
        assert "核实未到" not in client_for(colleague).get(worker.get_absolute_url()).content.decode()
        assert "核实未到" in client_for(staff["street_officer"]).get(worker.get_absolute_url()).content.decode()


def june(worker: Worker, *missing: int) -> None:
    """Every working day of June signed but these (19 June is Dragon Boat Festival)."""
    for number in range(1, 31):
        day = date(2026, 6, number)
        if day.weekday() < 5 and number not in missing:
            make_day(worker, day, "07:55", "17:05")


class TestMonth:
    def test_what_it_counts(self, worker):
        june(worker, 3, 4)
        AttendanceDay.objects.filter(day=date(2026, 6, 5)).update(signed_in_at=at(date(2026, 6, 5), "09:15"))
        Leave.objects.create(
            worker=worker, kind="annual", first_day=date(2026, 6, 4), last_day=date(2026, 6, 4), state="approved",
            asked_at=timezone.now(),
        )  # fmt: skip
        (line,) = month_lines(worker.unit, JUNE)
        assert (line.due, line.present, line.leave, line.absent, line.late) == (21, 19, 1, 1, 1)
        assert line.absent_on == [date(2026, 6, 3)]

    def test_closed_it_goes_into_the_months_pay(self, bureau):
        tree = bureau.tree
        worker = make_worker(tree.community, grade=10)
        june(worker, 3, 4)
        run = bureau.run(JUNE)
        sheet = sheet_close(actor=make_user("street_officer", tree.street), unit=tree.street, month=JUNE)
        assert (sheet.people, sheet.absent) == (1, Decimal(2))
        before = run.gross
        after = runs.run_calculate(run=run, actor=bureau.preparer)
        slip = Slip.objects.get(worker=worker)
        assert slip.lines[-1] == ["leave_absent", "旷工扣款", "-433.32", "4712.4 ÷ 21.75 × 2 天 × 100%"]
        assert before - after.gross == Decimal("433.32")

    def test_open_months_only(self, bureau):
        tree = bureau.tree
        worker = make_worker(tree.community, grade=10)
        june(worker, 3)
        office = make_user("street_officer", tree.street)
        sheet = sheet_close(actor=office, unit=tree.street, month=JUNE)
        bureau.frozen(JUNE)
        slip = Slip.objects.get(worker=worker).lines
        with pytest.raises(Conflict, match="已有 1 人的工资审批冻结"):
            sheet_reopen(sheet=sheet, actor=office, note="漏登公出")
        # A single day is put right; the slip stays, the next run pays the difference.
        day_mark(worker=worker, actor=office, day=date(2026, 6, 3), mark="errand", reason="到区里开会")
        assert Slip.objects.get(worker=worker).lines == slip
        assert PayChange.objects.get(worker=worker).cause == "考勤更正 2026-06-03"
        sheet.refresh_from_db()
        assert sheet.absent == 0
        assert absent_days([worker.pk], JUNE) == {}
        AttendanceTotal.objects.all().delete()
        with pytest.raises(Conflict, match="冻结"):
            sheet_close(actor=office, unit=tree.community, month=JUNE)

    def test_on_trial_nobody_is_missing_and_nothing_is_closed(self, tree, staff):
        make_rules(attendance={"start": ""})
        worker = make_worker(tree.community)
        make_day(worker, date(2026, 6, 3), "07:55")
        assert [line.absent for line in month_lines(tree.community, JUNE)] == [Decimal(0)]
        assert states(tree.community, date(2026, 6, 4)) == {worker.number: "trial"}
        with pytest.raises(Conflict, match="还没有开始计入"):
            sheet_close(actor=staff["street_officer"], unit=tree.community, month=JUNE)

    def test_a_month_that_is_not_over_is_not_closed(self, worker, staff):
        with pytest.raises(Invalid, match="已经过完的月份"):
            sheet_close(actor=staff["street_officer"], unit=worker.unit, month=JULY)

    def test_nobodys_month_is_closed_twice(self, tree, worker, staff):
        june(worker)
        other = make_worker(tree.sister_community)
        june(other)
        office = staff["street_officer"]
        first = sheet_close(actor=office, unit=tree.community, month=JUNE)
        assert sheet_close(actor=office, unit=tree.community, month=JUNE).event_seq == first.event_seq
        assert sheet_close(actor=office, unit=tree.street, month=JUNE).people == 1
        assert AttendanceTotal.objects.count() == 2

    def test_opened_again_it_counts_for_nothing_until_it_is_closed(self, worker, staff):
        june(worker, 3)
        office = staff["street_officer"]
        sheet = sheet_close(actor=office, unit=worker.unit, month=JUNE)
        assert absent_days([worker.pk], JUNE) == {worker.pk: Decimal(1)}
        SHEET_FLOW.perform("reopen", sheet, office, note="漏登公出")
        assert absent_days([worker.pk], JUNE) == {}
        day_mark(worker=worker, actor=office, day=date(2026, 6, 3), mark="errand", reason="到区里开会")
        sheet.refresh_from_db()
        closed = SHEET_FLOW.perform("close", sheet, office)
        assert (closed.people, closed.absent) == (1, 0)

    def test_leave_entered_later_takes_its_days_out(self, worker, staff):
        june(worker, 3, 4)
        office = staff["street_officer"]
        sheet = sheet_close(actor=office, unit=worker.unit, month=JUNE)
        leave_enter(
            actor=office,
            worker=worker,
            kind="sick",
            first_day=date(2026, 6, 3),
            last_day=date(2026, 6, 3),
            request_key=uuid4(),
        )
        sheet.refresh_from_db()
        assert sheet.absent == Decimal(1)
        assert absent_days([worker.pk], JUNE) == {worker.pk: Decimal(1)}
        assert AttendanceTotal.objects.get().absent_on == ["2026-06-04"]

    def test_after_it_is_closed_the_head_asks_the_office(self, worker, head, staff):
        june(worker, 3)
        june(head)
        sheet_close(actor=staff["street_officer"], unit=worker.unit, month=JUNE)
        with pytest.raises(Conflict, match="已结账，请联系街道"):
            day_mark(worker=worker, actor=head.user, day=date(2026, 6, 3), mark="present", reason="到了")

    def test_old_days_are_forgotten_the_totals_stay(self, worker):
        make_day(worker, date(2024, 6, 28), "07:55")
        make_day(worker, date(2024, 7, 1), "07:55")
        assert forget_days(date(2026, 7, 6)) == 1
        assert AttendanceDay.objects.get().day == date(2024, 7, 1)


class TestPages:
    def test_the_head_sees_the_own_unit_a_colleague_nothing(self, tree, worker, head, client_for):
        page = client_for(head.user).get("/staff/attendance/")
        assert worker.number in page.content.decode()
        assert client_for(worker.user).get("/staff/attendance/").status_code == 404
        other = make_worker(tree.other_community)
        url = f"/staff/attendance/people/{other.pk}/2026-07-06/"
        assert client_for(head.user).get(url).status_code == 404

    def test_a_worker_signs_on_the_own_page(self, worker, client_for):
        client = client_for(worker.user)
        assert "还没有签到" in client.get("/staff/me/").content.decode()
        answer = client.post(
            "/staff/me/attendance/sign/", {"kind": "in", "place": "三号楼"}, follow=True
        ).content.decode()
        assert "签到成功，08:20。" in answer
        assert "签退" in answer

    def test_the_screen_is_the_offices_and_the_heads(self, tree, worker, head, client_for):
        url = f"/staff/attendance/screen/{tree.community.pk}/"
        assert "上班签到" in client_for(head.user).get(url).content.decode()
        assert client_for(worker.user).get(url).status_code == 404
        assert client_for(head.user).get(f"/staff/attendance/screen/{tree.sister_community.pk}/").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_two_phones_at_once_sign_once(staff, tree, rules):
    worker = make_worker(tree.community, user=staff["community_worker"])
    results = together(*(lambda: day_sign(user=worker.user, kind="in") for _ in range(2)))
    assert sorted(one.new for one in results) == [False, True]
    assert AttendanceDay.objects.count() == 1
    assert timedelta(0) == timezone.now() - AttendanceDay.objects.get().signed_in_at
