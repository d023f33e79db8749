"""Mentors, contests, promotion, and what a worker sees of their own growth."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.http import Http404

from accounts.models import Notification
from common.errors import Conflict, Invalid, Refused
from common.models import Event
from staff.models import MentorCheckIn, MentorPair, Promotion, WorkerCertificate
from staff.services.contests import contest_create, promotion_record, promotion_void, result_set
from staff.services.mentoring import pair_create, pair_note_own
from staff.workflow import PAIR_FLOW
from tests.contracts.world import changed_since, contents
from tests.factories.accounts import make_user
from tests.factories.growth import (
    make_contest,
    make_enrolment,
    make_exam,
    make_pair,
    make_plan,
    make_result,
    make_rotation,
    make_score,
    make_session,
    make_site,
    make_turn,
)
from tests.factories.staff import make_worker
from tests.together import together

pytestmark = pytest.mark.django_db
TODAY = date(2026, 7, 6)


@pytest.fixture(autouse=True)
def _in_july() -> Any:
    with time_machine.travel("2026-07-06T09:00:00+08:00", tick=False):
        yield


@pytest.fixture
def office(staff: Any, rules: None) -> Any:
    return staff["street_officer"]


def paired(office: Any, mentor: Any, apprentice: Any, **values: Any) -> MentorPair:
    return pair_create(
        **{
            "actor": office, "mentor": mentor, "apprentice": apprentice, "goals": "三个月独立办件", "started_on": TODAY,
            "planned_end": TODAY + timedelta(days=90), **values,
        }
    )  # fmt: skip


class TestMentors:
    def test_made_told_noted_by_both_and_ended(self, tree, staff, office, client_for):
        mentor = make_worker(
            tree.sister_community, name="王芳", user=make_user("community_worker", tree.sister_community)
        )
        apprentice = make_worker(tree.community, user=staff["community_worker"])
        row = paired(office, mentor, apprentice)
        assert Notification.objects.filter(text__contains="师徒结对").count() == 2
        with pytest.raises(Refused, match="还没有带教记录"):
            PAIR_FLOW.perform("end", row, office, last_day=TODAY, result="qualified", evaluation="好")
        for user, note in ((mentor.user, "教会登记诉求"), (apprentice.user, "独立走访五户")):
            key = uuid4()
            pair_note_own(pair=row, user=user, day=TODAY, note=note, submission=key)
            pair_note_own(pair=row, user=user, day=TODAY, note=note, submission=key)
        assert MentorCheckIn.objects.count() == 2
        row.refresh_from_db()
        done = PAIR_FLOW.perform("end", row, office, last_day=TODAY, result="excellent", evaluation="能独立办理")
        assert (done.state, done.result, done.ended_on) == ("ended", "excellent", TODAY)
        text = client_for(office).get(done.get_absolute_url()).content.decode()
        assert "优秀出师" in text
        assert "独立走访五户" in text

    def test_one_mentor_at_a_time(self, tree, office):
        first, second, apprentice = (make_worker(tree.community) for _ in range(3))
        paired(office, first, apprentice)
        before = contents()
        with pytest.raises(Conflict, match="已有师傅在带"):
            paired(office, second, apprentice)
        with pytest.raises(Conflict, match="相反的身份"):
            paired(office, apprentice, first)
        assert changed_since(before) == set()
        with pytest.raises(IntegrityError), transaction.atomic():
            make_pair(second, apprentice)

    def test_not_oneself_nor_of_elsewhere_nor_somebody_else_noting(self, tree, office):
        one, other = make_worker(tree.community), make_worker(tree.other_community)
        with pytest.raises(Invalid, match="两个人"):
            paired(office, one, one)
        for mentor, apprentice in ((one, other), (other, one)):
            with pytest.raises(Http404):
                paired(office, mentor, apprentice)
        stranger = make_worker(tree.community, user=make_user("community_worker", tree.community))
        row = make_pair(one, make_worker(tree.community))
        with pytest.raises(Http404):
            pair_note_own(pair=row, user=stranger.user, day=TODAY, note="不是我的")
        assert MentorCheckIn.objects.count() == 0


class TestContests:
    def test_ranks_with_ties_and_a_correction(self, tree, office, client_for):
        contest = contest_create(actor=office, unit=tree.street, title="业务比武", held_on=TODAY)
        people = [make_worker(tree.community, name=name) for name in ("王芳", "赵敏", "孙丽")]
        for worker, score in zip(people, ("90", "88.5", "88.5"), strict=True):
            result_set(contest=contest, actor=office, worker=worker, score=Decimal(score))
        result_set(contest=contest, actor=office, worker=people[2], score=Decimal(95), award="first")
        context = client_for(office).get(contest.get_absolute_url()).context
        assert [(place, one.worker.number, one.award) for place, one, _ in context["people"]] == [
            (1, people[2].number, "first"), (2, people[0].number, "none"), (3, people[1].number, "none"),
        ]  # fmt: skip

    def test_only_the_units_people_and_not_before_the_day(self, tree, office):
        contest = make_contest(tree.street, held_on=TODAY + timedelta(days=1))
        with pytest.raises(Invalid, match="还没有比"):
            result_set(contest=contest, actor=office, worker=make_worker(tree.community), score=Decimal(1))
        past = make_contest(tree.street)
        with pytest.raises(Invalid, match="不是“城墙街道”的社区工作者"):
            result_set(contest=past, actor=office, worker=make_worker(tree.other_community), score=Decimal(1))


class TestPromotion:
    def test_by_its_document_and_struck_out_on_the_record(self, tree, office):
        worker = make_worker(tree.community)
        values = {
            "actor": office, "worker": worker, "from_post": "worker", "to_post": "institution",
            "promoted_on": TODAY, "document": "江人社〔2026〕8号",
        }  # fmt: skip
        row = promotion_record(**values)
        with pytest.raises(Conflict, match="已登记"):
            promotion_record(**values)
        promotion_void(promotion=row, actor=office, reason="登记错人")
        assert list(Event.objects.filter(stream=row.stream).order_by("seq").values_list("kind", flat=True)) == [
            "promotion.recorded", "promotion.void",
        ]  # fmt: skip
        assert promotion_record(**values).pk != row.pk
        assert Promotion.objects.filter(is_void=False).count() == 1

    def test_not_to_the_same_post_nor_tomorrow_nor_of_a_neighbour(self, tree, office):
        worker = make_worker(tree.community)
        values: dict[str, Any] = {
            "actor": office, "worker": worker, "from_post": "worker", "to_post": "member", "promoted_on": TODAY, "document": "1号",
        }  # fmt: skip
        for changed, words in (
            ({"to_post": "worker"}, "应不同"), ({"promoted_on": TODAY + timedelta(days=1)}, "不能晚于今天"), ({"document": " "}, "请填写文号"),
        ):  # fmt: skip
            with pytest.raises(Invalid, match=words):
                promotion_record(**{**values, **changed})
        with pytest.raises(Http404):
            promotion_record(**{**values, "worker": make_worker(tree.other_community)})
        assert Promotion.objects.count() == 0


class TestOwnPage:
    def test_everything_of_ones_own_and_nothing_of_others(self, tree, staff, office, client_for):
        mine = make_worker(tree.community, user=staff["community_worker"])
        other = make_worker(tree.community, name="赵敏")
        plan = make_plan(tree.street, year=2026)
        done = make_session(plan, title="上半年培训")
        make_enrolment(done, mine, state="present", hours="3.0")
        make_session(plan, title="下半年培训")
        make_session(make_plan(tree.other_street), title="邻街培训")
        contest = make_contest(tree.street, title="业务比武")
        make_result(contest, mine, "88.00", "second")
        make_result(contest, other, "91.00", "first")
        make_score(make_exam(plan, title="我的考试"), mine, "55.0")
        make_score(make_exam(plan, title="别人的考试"), other, "99.0")
        rotation = make_rotation(tree.street, date(2026, 7, 1))
        make_turn(rotation, make_site(tree.street, tree.sister_community), mine, date(2026, 7, 1), date(2026, 7, 15))
        make_pair(other, mine, goals="我的目标")
        make_pair(mine, make_worker(tree.community, name="孙丽"), goals="我带的目标")
        make_pair(make_worker(tree.community), other, goals="别人的目标")
        text = client_for(mine.user).get("/staff/me/growth/").content.decode()
        for words in (
            "3 / 40 学时", "还差 37 学时", "下半年培训", "业务比武：第 2 名，二等奖", "我的考试：55 分，不合格", "和平社区", "我的目标", "我带的目标",
            "师傅：赵*", "徒弟：孙*",
        ):  # fmt: skip
            assert words in text, words
        for words in ("邻街培训", "别人的考试", "别人的目标", "赵敏"):
            assert words not in text, words

    def test_home_says_what_to_do_today(self, tree, staff, rules, client_for):
        mine = make_worker(tree.community, user=staff["community_worker"])
        make_session(make_plan(tree.street), title="明天的培训")
        WorkerCertificate.objects.create(
            worker=mine, level="assistant", issued_on=date(2023, 8, 1), expires_on=date(2026, 8, 1)
        )
        text = client_for(mine.user).get("/staff/me/").content.decode()
        for words in ("签到", "现在没有等您办的诉求", "0 / 40", "明天的培训", "即将到期"):
            assert words in text, words

    def test_enrolled_and_left_by_the_page(self, tree, staff, rules, client_for):
        mine = make_worker(tree.community, user=staff["community_worker"])
        session = make_session(make_plan(tree.street), title="明天的培训")
        client = client_for(mine.user)
        assert "已报名" in client.post(f"/staff/me/growth/{session.pk}/enrol/", follow=True).content.decode()
        assert "已退出报名" in client.post(f"/staff/me/growth/{session.pk}/withdraw/", follow=True).content.decode()
        foreign = make_session(make_plan(tree.other_street))
        assert client.post(f"/staff/me/growth/{foreign.pk}/enrol/").status_code == 404

    def test_somebody_without_a_workers_row_finds_nothing(self, staff, rules, client_for):
        client = client_for(staff["street_officer"])
        for path in ("growth/", "attendance/"):
            assert client.get(f"/staff/me/{path}").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_two_officers_pair_the_same_apprentice_at_once(tree, staff, rules):
    apprentice = make_worker(tree.community)
    mentors = [make_worker(tree.community) for _ in range(2)]
    office = staff["street_officer"]
    results = together(*(lambda mentor=mentor: paired(office, mentor, apprentice) for mentor in mentors))
    assert sum(isinstance(one, MentorPair) for one in results) == 1
    assert [type(one) for one in results if not isinstance(one, MentorPair)] == [Conflict]
