"""Training: places, signing by the screen's code, hours that count, gaps; exams with resits and scores of a workbook."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.http import Http404
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from accounts.models import Notification
from common import sign_codes
from common.errors import Conflict, Invalid, Refused
from common.models import Event
from staff.models import Enrolment, ExamScore, Leave, Worker
from staff.rules_growth import TrainingRule
from staff.selectors.training import hours_of, ranks, with_hours
from staff.services.enrolments import enrol, enrol_for, enrolment_correct, secret_of, sign_training, withdraw
from staff.services.exams import exam_create, resit_create, score_set
from staff.services.training import plan_create, session_change, session_create, session_end
from staff.workflow import TRAINING_FLOW
from tests.factories.accounts import make_user
from tests.factories.grid import make_tree
from tests.factories.growth import at, make_enrolment, make_exam, make_plan, make_score, make_session
from tests.factories.rules import make_rules
from tests.factories.staff import make_worker

NOW = "2026-07-06T08:00:00+08:00"  # a Monday
DAY = date(2026, 7, 6)


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(NOW, tick=False) as moved:
        yield moved


@pytest.fixture
def worker(tree: Any, staff: Any, rules: None) -> Worker:
    return make_worker(tree.community, user=staff["community_worker"])


@pytest.fixture
def session(tree: Any, worker: Worker) -> Any:
    """This morning from nine to twelve, three hours, of the street."""
    row = make_session(make_plan(tree.street), starts=at(DAY, "09:00"), title="调解实务", capacity=2)
    row.refresh_from_db()
    return row


pytestmark = pytest.mark.django_db


class TestPlaces:
    def test_one_enrols_once_and_gives_the_place_back(self, worker, session):
        first = enrol(session=session, user=worker.user)
        assert enrol(session=session, user=worker.user) == first
        assert Event.objects.filter(stream=first.stream).count() == 1
        assert withdraw(session=session, user=worker.user).state == "withdrawn"
        assert enrol(session=session, user=worker.user).state == "joined"
        assert Enrolment.objects.count() == 1

    @pytest.mark.parametrize("half", [False, True])
    def test_not_on_a_day_of_leave_half_a_day_does_not_matter(self, worker, session, half):
        Leave.objects.create(
            worker=worker,
            kind="annual",
            first_day=DAY,
            last_day=DAY,
            half=half,
            state="approved",
            asked_at=timezone.now(),
        )
        if half:
            assert enrol(session=session, user=worker.user).state == "joined"
        else:
            with pytest.raises(Refused, match="已批准请假"):
                enrol(session=session, user=worker.user)

    def test_nobody_is_at_two_trainings_at_once(self, worker, session):
        enrol(session=session, user=worker.user)
        other = make_session(session.plan, starts=at(DAY, "11:00"))
        with pytest.raises(Refused, match="调解实务”时间重叠"):
            enrol(session=other, user=worker.user)
        assert enrol(session=make_session(session.plan, starts=at(DAY, "12:00")), user=worker.user).state == "joined"

    def test_a_training_of_another_street_is_not_there(self, tree, worker):
        other = make_session(make_plan(tree.other_street))
        with pytest.raises(Http404):
            enrol(session=other, user=worker.user)
        assert Enrolment.objects.count() == 0

    def test_once_it_has_begun_the_organiser_decides(self, clock, staff, worker, session):
        enrol(session=session, user=worker.user)
        clock.move_to("2026-07-06T09:30:00+08:00")
        with pytest.raises(Refused, match="不能退出"):
            withdraw(session=session, user=worker.user)
        other = make_worker(worker.unit, user=make_user("community_worker", worker.unit))
        with pytest.raises(Refused, match="请到现场"):
            enrol(session=session, user=other.user)
        assert enrol_for(session=session, actor=staff["street_officer"], worker=other).state == "joined"

    def test_the_street_arranges_nothing_for_the_district(self, tree, staff, worker):
        district = make_session(make_plan(tree.district))
        with pytest.raises(Http404):
            enrol_for(session=district, actor=staff["street_officer"], worker=worker)
        row = make_enrolment(district, worker)
        with pytest.raises(Http404):
            enrolment_correct(
                enrolment=row, actor=staff["street_officer"], present=True, hours=Decimal(1), reason="到了"
            )


class TestSigning:
    def test_the_screens_code_signs_in_and_out(self, clock, client_for, worker, session):
        enrol(session=session, user=worker.user)
        clock.move_to("2026-07-06T08:50:00+08:00")
        client = client_for(worker.user)
        token = sign_codes.token(session.pk, secret_of(session), "in", at(DAY, "08:50"))
        page = client.get(f"/staff/me/sign/{token}/")
        assert "调解实务" in page.content.decode()
        clock.move_to("2026-07-06T08:55:00+08:00")  # the code has turned; this browser opened it in time
        answer = client.post(f"/staff/me/sign/{token}/", follow=True)
        assert "签到成功，08:55。" in answer.content.decode()
        assert "已在 08:55 签到，不用再签。" in client.post(f"/staff/me/sign/{token}/", follow=True).content.decode()
        row = Enrolment.objects.get()
        assert (row.state, row.signed_in_at) == ("present", at(DAY, "08:55"))
        clock.move_to("2026-07-06T12:01:00+08:00")
        client = client_for(worker.user)
        out = sign_codes.token(session.pk, secret_of(session), "out", at(DAY, "12:01"))
        assert "签退成功，12:01。" in client.post(f"/staff/me/sign/{out}/", follow=True).content.decode()

    def test_an_old_code_a_made_up_one_and_one_of_another_training_sign_nothing(self, client_for, worker, session):
        client = client_for(worker.user)
        old = sign_codes.token(session.pk, secret_of(session), "in", at(DAY, "07:00"))
        other = make_session(session.plan, starts=at(DAY, "09:00"))
        foreign = sign_codes.token(session.pk, secret_of(other), "in", at(DAY, "08:00"))
        assert [client.post(f"/staff/me/sign/{token}/").status_code for token in (old, foreign, "1-in-ABC", "x")] == [
            409, 409, 404, 404,
        ]  # fmt: skip
        assert Enrolment.objects.count() == 0

    def test_who_comes_without_a_place_takes_a_free_one(self, clock, worker, session):
        clock.move_to("2026-07-06T09:05:00+08:00")
        assert sign_training(session=session, user=worker.user, kind="in").new
        assert Enrolment.objects.get().state == "present"

    @pytest.mark.parametrize(
        ("at_clock", "kind", "words"),
        [("07:30", "in", "不是签到时间"), ("13:01", "in", "不是签到时间"), ("09:00", "out", "还没有签到")],
    )
    def test_not_outside_its_time_nor_out_before_in(self, clock, worker, session, at_clock, kind, words):
        clock.move_to(at(DAY, at_clock))
        with pytest.raises(Refused, match=words):
            sign_training(session=session, user=worker.user, kind=kind)


class TestHours:
    def test_the_end_counts_whoever_was_there(self, clock, tree, staff, worker, session):
        late = make_worker(tree.community, name="王芳")
        enrol_for(session=session, actor=staff["street_officer"], worker=late)
        sign_training(session=session, user=worker.user, kind="in")
        clock.move_to("2026-07-06T12:05:00+08:00")
        done = session_end(session=session, actor=staff["street_officer"])
        states = dict(done.enrolments.values_list("worker_id", "state"))
        assert states == {worker.pk: "present", late.pk: "absent"}
        assert hours_of(worker, 2026).done == Decimal("3.0")
        event = Event.objects.get(stream=done.stream, kind="training.ended")
        assert (event.data["present"], event.data["absent"]) == (1, 1)
        fixed = enrolment_correct(
            enrolment=done.enrolments.get(worker=late), actor=staff["street_officer"], present=True, hours=Decimal(2),
            reason="迟到一小时，签到表有名",
        )  # fmt: skip
        assert (fixed.state, fixed.hours) == ("present", Decimal(2))
        again = enrolment_correct(
            enrolment=fixed, actor=staff["street_officer"], present=True, hours=Decimal(2), reason="同上"
        )
        assert again.event_seq == fixed.event_seq

    def test_nobody_corrects_their_own_hours_nor_more_than_there_are(self, clock, tree, staff, session):
        officer = make_worker(tree.street, user=staff["street_officer"])
        row = make_enrolment(session, officer)
        clock.move_to("2026-07-06T12:05:00+08:00")
        with pytest.raises(Refused, match="自己的学时"):
            enrolment_correct(
                enrolment=row, actor=staff["street_officer"], present=True, hours=Decimal(3), reason="到了"
            )
        other = make_enrolment(session, make_worker(tree.street))
        with pytest.raises(Invalid, match=r"0 与 3.0 之间"):
            enrolment_correct(
                enrolment=other, actor=staff["street_officer"], present=True, hours=Decimal(4), reason="到了"
            )

    def test_it_does_not_end_before_it_begins(self, staff, session):
        with pytest.raises(Refused, match="还没有开始"):
            session_end(session=session, actor=staff["street_officer"])

    def test_a_cancelled_one_counts_nothing_and_tells_whoever_enrolled(self, staff, worker, session):
        enrol(session=session, user=worker.user)
        TRAINING_FLOW.perform("cancel", session, staff["street_officer"], reason="授课人有任务")
        assert Notification.objects.get(user=worker.user).text == "您报名的培训“调解实务”已取消：授课人有任务"
        with pytest.raises(Conflict, match="已取消"):
            enrol(session=session, user=worker.user)

    def test_another_place_is_told_another_teacher_is_not(self, staff, worker, session):
        enrol(session=session, user=worker.user)
        values = {
            name: getattr(session, name)
            for name in ("title", "subject", "starts_at", "ends_at", "place", "hours", "capacity")
        }
        session_change(session=session, actor=staff["street_officer"], **values, teacher="李老师")
        assert Notification.objects.filter(user=worker.user).count() == 0
        session_change(
            session=session, actor=staff["street_officer"], **{**values, "place": "街道会议室"}, teacher="李老师"
        )
        assert "街道会议室" in Notification.objects.get(user=worker.user).text

    @pytest.mark.parametrize(
        ("entered", "left", "newcomer", "owed"),
        [
            (date(2020, 3, 1), None, False, "40"), (date(2026, 7, 15), None, False, "20"), (date(2026, 7, 15), None, True, "32"),
            (date(2020, 3, 1), date(2026, 3, 31), False, "10"), (date(2027, 1, 1), None, False, "0"),
            (date(2026, 12, 31), None, False, "3.5"),
        ],
    )  # fmt: skip
    def test_hours_owed_by_the_months_in_office(self, entered, left, newcomer, owed):
        rule = TrainingRule({"post": Decimal(40)}, Decimal(24), Decimal(60))
        assert rule.owed_by("post", entered, left, newcomer, 2026) == Decimal(owed)

    def test_the_list_names_the_gaps(self, client_for, staff, tree, worker, session):
        make_enrolment(session, worker, state="present", hours="3.0")
        full = make_worker(tree.community, name="王芳")
        make_enrolment(make_session(session.plan, hours="40.0"), full, state="present", hours="40.0")
        page = client_for(staff["street_officer"]).get("/staff/training/hours/?short=yes").content.decode()
        assert worker.number in page
        assert "37" in page
        assert full.number not in page


class TestOwed(TestCase):
    """The database reckons the hours owed as Python does."""

    @classmethod
    def setUpTestData(cls) -> None:
        cls.tree = make_tree()  # type: ignore[attr-defined]
        make_rules()

    @settings(max_examples=40)
    @given(
        st.dates(date(2024, 1, 1), date(2027, 12, 31)), st.none() | st.integers(0, 900), st.booleans(),
        st.sampled_from(["committee", "post", "part_time"]),
    )  # fmt: skip
    def test_both_reckon_the_same(self, entered: date, days: int | None, newcomer: bool, kind: str) -> None:
        left = None if days is None else entered + timedelta(days=days)
        row = make_worker(
            self.tree.community, grade=None, entered_on=entered, left_on=left, newcomer=newcomer, kind=kind,  # type: ignore[attr-defined]
            state="active" if left is None else "left",
        )  # fmt: skip
        found: Any = with_hours(Worker.objects.filter(pk=row.pk), 2026).get()
        assert found.owed == hours_of(row, 2026).owed


class TestExams:
    def test_from_the_pass_mark_to_the_resit(self, tree, staff, worker):
        office = staff["street_officer"]
        make_rules()
        plan = plan_create(actor=office, unit=tree.street, year=2026, title="全员培训")
        exam = exam_create(plan=plan, actor=office, title="应知应会", held_on=date(2026, 7, 3), full_marks=Decimal(120))
        assert exam.pass_mark == Decimal("72.0")  # 60 % of 120
        other, missing = (make_worker(tree.community, name=name) for name in ("王芳", "赵敏"))
        score_set(exam=exam, actor=office, worker=worker, score=Decimal("72.0"))
        score_set(exam=exam, actor=office, worker=other, score=Decimal("71.9"))
        score_set(exam=exam, actor=office, worker=missing, score=None)
        resit = resit_create(exam=exam, actor=office, held_on=date(2026, 7, 6))
        assert (resit.title, resit.pass_mark, resit.resit_of) == ("应知应会补考", Decimal("72.0"), exam)
        with pytest.raises(Invalid, match="不在补考名单里"):
            score_set(exam=resit, actor=office, worker=worker, score=Decimal(80))
        score_set(exam=resit, actor=office, worker=other, score=Decimal(90))
        with pytest.raises(Conflict, match="已经安排过补考"):
            resit_create(exam=exam, actor=office, held_on=date(2026, 7, 7))

    def test_a_correction_is_on_the_record(self, tree, staff, worker):
        exam = make_exam(make_plan(tree.street))
        row = make_score(exam, worker, "59.5")
        score_set(exam=exam, actor=staff["street_officer"], worker=worker, score=Decimal("95.5"))
        event = Event.objects.get(stream=row.stream)
        assert (event.kind, event.data) == ("exam_score.corrected", {"old": "59.5 分", "score": "95.5 分"})
        score_set(exam=exam, actor=staff["street_officer"], worker=worker, score=Decimal("95.5"))
        assert Event.objects.filter(stream=row.stream).count() == 1

    @pytest.mark.parametrize(("score", "words"), [("100.5", "满分 100"), ("-1", "满分 100")])
    def test_no_score_above_the_full_marks(self, tree, staff, worker, score, words):
        exam = make_exam(make_plan(tree.street))
        with pytest.raises(Invalid, match=words):
            score_set(exam=exam, actor=staff["street_officer"], worker=worker, score=Decimal(score))
        assert ExamScore.objects.count() == 0

    def test_nobody_has_to_sit_a_resit_of_an_exam_all_passed(self, tree, staff, worker):
        exam = make_exam(make_plan(tree.street))
        make_score(exam, worker, "60.0")
        with pytest.raises(Conflict, match="没有不合格"):
            resit_create(exam=exam, actor=staff["street_officer"], held_on=date(2026, 8, 1))

    def test_ties_share_a_rank(self):
        assert ranks([Decimal(9), Decimal("8.5"), Decimal("8.5"), Decimal(8)]) == [1, 2, 2, 4]


def test_a_session_lies_in_the_year_of_its_plan(tree, staff, worker):
    with pytest.raises(Invalid, match="2025 年内"):
        session_create(
            plan=make_plan(tree.street, year=2025), actor=staff["street_officer"], title="跨年", subject="law",
            starts_at=at(DAY, "09:00"), ends_at=at(DAY, "10:00"), place="会议室", hours=Decimal(1), capacity=5,
        )  # fmt: skip
