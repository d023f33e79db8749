"""Grades: what they depend on, regrading, corrections, January. Figures by hand from 三岗十八级 (config/profiles/pay/jilin.toml)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import time_machine
from django.http import Http404
from django.utils import timezone

from common import events as history
from common.errors import Conflict, Invalid, Refused
from common.models import Event
from staff.choices import GradeReason, Rank
from staff.models import AnnualReview, Grade, PayChange, StaffPost, Worker, WorkerCertificate
from staff.pay.grading import Standing
from staff.selectors.grading import Batch, plans
from staff.services.grades import effective_from, grade_correct, grade_initial, propose, regrade, standing_of
from staff.services.grading import grade_in_bulk
from tests.factories.accounts import make_user
from tests.factories.staff import make_frozen_slip, make_grade, make_worker

DAY = date(2026, 7, 1)
JANUARY = Batch(GradeReason.STEP, year=2026)


def rows(worker: Worker) -> list[tuple[int, str, date, date | None]]:
    found = Grade.objects.filter(worker=worker).order_by("valid_from")
    return [(row.grade, row.reason, row.valid_from, row.valid_to) for row in found]


def review(worker: Worker, year: int, result: str) -> AnnualReview:
    return AnnualReview.objects.create(worker=worker, year=year, result=result, set_at=timezone.now())


def certify(worker: Worker, level: str, issued: date, expires: date | None = None) -> WorkerCertificate:
    return WorkerCertificate.objects.create(worker=worker, level=level, issued_on=issued, expires_on=expires)


def then(worker: Worker, grade: int, since: date) -> None:
    """Another grade after the one that is open."""
    Grade.objects.filter(worker=worker, valid_to=None).update(valid_to=since)
    make_grade(worker, grade, since)


def promote(worker: Worker, rank: str, on: date) -> None:
    StaffPost.objects.filter(worker=worker, valid_to=None).update(valid_to=on)
    StaffPost.objects.create(worker=worker, unit=worker.unit, rank=rank, valid_from=on)
    Worker.objects.filter(pk=worker.pk).update(rank=rank)
    worker.refresh_from_db()


class TestStanding:
    def test_it_is_that_of_the_day(self, tree, rules):
        worker = make_worker(tree.community, education="bachelor", probation_until=date(2020, 8, 31))
        certify(worker, "senior", date(2021, 1, 1), date(2024, 1, 1))
        certify(worker, "assistant", date(2020, 5, 1))
        promote(worker, Rank.DEPUTY, date(2023, 1, 1))
        assert standing_of(worker, date(2020, 4, 30)) == Standing("worker", 0, "bachelor", "", True)
        assert standing_of(worker, date(2020, 8, 31)) == Standing("worker", 0, "bachelor", "assistant", True)
        assert standing_of(worker, date(2022, 12, 31)) == Standing("worker", 2, "bachelor", "senior")
        assert standing_of(worker, date(2023, 12, 31)) == Standing("deputy", 3, "bachelor", "senior")
        assert standing_of(worker, date(2024, 1, 1)).certificate == "senior", "the last day counts"
        assert standing_of(worker, date(2024, 1, 2)) == Standing("deputy", 3, "bachelor", "assistant")

    def test_a_year_whose_review_failed_does_not_count_once_it_is_over(self, tree, rules):
        worker = make_worker(tree.community)
        review(worker, 2022, "failed")
        review(worker, 2023, "basic")
        review(worker, 2024, "qualified")
        assert standing_of(worker, date(2022, 12, 31)).years == 2
        assert standing_of(worker, date(2026, 7, 1)).years == 6 - 2

    def test_a_day_without_a_post_has_none(self, tree, rules):
        worker = make_worker(tree.community)
        with pytest.raises(Invalid, match="没有任职"):
            standing_of(worker, date(2019, 1, 1))


class TestInitial:
    def test_the_first_grade_holds_from_the_day_of_entry_and_says_why(self, tree, payroll):
        worker = make_worker(
            tree.community, grade=None, education="bachelor", community_since=date(2013, 2, 1), rank=Rank.MEMBER
        )
        row = grade_initial(worker=worker, actor=payroll)
        # start 4 + ⌊7 ÷ 3⌋ + bachelor 1
        assert (row.grade, row.rank, row.valid_from, row.valid_to) == (7, "member", date(2020, 3, 1), None)
        assert row.why == [
            "两委委员属于“副职、两委委员”岗位，起点 4 级。", "社区工作 7 年；每满 3 年一级，7 年加 2 级。",
            "本科学历加 1 级。", "合计 7 级。",
        ]  # fmt: skip
        assert row.policy is not None
        assert (row.policy.key, row.set_by) == ("pay_scheme", payroll)
        event = Event.objects.get(stream=worker.stream)
        assert history.kind_of(event.kind).describe(event.data) == "自 2020-03-01 起 7 级（入职定级），原 未定级"

    def test_not_twice(self, tree, payroll):
        worker = make_worker(tree.community, grade=None)
        grade_initial(worker=worker, actor=payroll)
        with pytest.raises(Conflict, match="已经定过级"):
            grade_initial(worker=worker, actor=payroll)
        assert len(rows(worker)) == 1

    def test_only_by_those_who_keep_grades(self, tree, staff, payroll):
        worker = make_worker(tree.community, grade=None)
        with pytest.raises(Refused, match="定级晋级"):
            grade_initial(worker=worker, actor=staff["street_officer"])
        with pytest.raises(Http404):
            grade_initial(worker=worker, actor=make_user("street_officer", tree.other_street))
        assert rows(worker) == []


class TestRegrade:
    def test_a_promotion_grades_anew_from_its_day(self, tree, payroll):
        worker = make_worker(tree.community, grade=3)
        promote(worker, Rank.HEAD, DAY)
        row = regrade(worker=worker, on=DAY, reason=GradeReason.RANK, actor=payroll)
        assert row is not None
        assert row.rank == "head"
        # start 7 + ⌊6 ÷ 3⌋
        assert rows(worker) == [
            (3, "initial", date(2020, 3, 1), DAY), (9, "rank", DAY, None),
        ]  # fmt: skip

    def test_a_degree_counts_from_the_first_of_the_next_month(self, tree, payroll):
        worker = make_worker(tree.community, grade=3, education="bachelor")
        regrade(worker=worker, on=date(2026, 12, 1), reason=GradeReason.EDUCATION, actor=payroll)
        # start 1 + ⌊5 ÷ 3⌋ on 1 January (the sixth year, full in March 2026, counts on 1 January 2027) + 1
        assert rows(worker) == [
            (3, "initial", date(2020, 3, 1), date(2027, 1, 1)), (4, "education", date(2027, 1, 1), None),
        ]  # fmt: skip
        assert [effective_from("certificate", date(2026, 1, day)) for day in (1, 31)] == [date(2026, 2, 1)] * 2

    def test_what_is_gained_in_between_brings_no_year_forward(self, tree, payroll):
        """Six years are full in March; without a gain they lift the grade next January."""
        worker = make_worker(tree.community, grade=2, education="college")
        certify(worker, "assistant", date(2026, 4, 10))
        assert regrade(worker=worker, on=date(2026, 4, 10), reason=GradeReason.CERTIFICATE, actor=payroll) is None
        assert rows(worker) == [(2, "initial", date(2020, 3, 1), None)]

    def test_what_is_gained_never_lowers(self, tree, payroll):
        worker = make_worker(tree.community, grade=8, education="bachelor")
        proposal = propose(worker, DAY, GradeReason.EDUCATION)
        assert (proposal.changes, proposal.grading.grade) == (False, 8)
        assert "不降级" in proposal.grading.why[-1]
        assert regrade(worker=worker, on=DAY, reason=GradeReason.EDUCATION, actor=payroll) is None

    def test_the_end_of_probation(self, tree, payroll):
        worker = make_worker(
            tree.community, grade=None, entered_on=date(2026, 1, 5), education="master",
            probation_until=date(2026, 7, 4), rank=Rank.WORKER,
        )  # fmt: skip
        grade_initial(worker=worker, actor=payroll)
        regrade(worker=worker, on=date(2026, 7, 5), reason=GradeReason.PROBATION_OVER, actor=payroll)
        assert [(grade, since) for grade, _, since, _ in rows(worker)] == [
            (2, date(2026, 1, 5)), (3, date(2026, 7, 5)),
        ]  # fmt: skip

    def test_two_causes_of_one_day_leave_one_grade(self, tree, payroll):
        worker = make_worker(tree.community, grade=3)
        promote(worker, Rank.DEPUTY, DAY)
        regrade(worker=worker, on=DAY, reason=GradeReason.RANK, actor=payroll)
        StaffPost.objects.filter(worker=worker, valid_to=None).update(rank=Rank.HEAD)
        regrade(worker=worker, on=DAY, reason=GradeReason.RANK, actor=payroll)
        assert rows(worker) == [(3, "initial", date(2020, 3, 1), DAY), (9, "rank", DAY, None)]
        last = Event.objects.filter(stream=worker.stream).latest("seq")
        assert "副职属于" in last.data["replaced"]

    def test_not_before_a_later_grade_nor_without_a_first_one(self, tree, payroll):
        worker = make_worker(tree.community, grade=3)
        promote(worker, Rank.HEAD, DAY)
        regrade(worker=worker, on=date(2026, 9, 1), reason=GradeReason.RANK, actor=payroll)
        before = rows(worker)
        with pytest.raises(Conflict, match="自 2026-09-01 起已有 9 级"):
            regrade(worker=worker, on=DAY, reason=GradeReason.RANK, actor=payroll)
        assert rows(worker) == before
        fresh = make_worker(tree.community, grade=None)
        with pytest.raises(Conflict, match="先做入职定级"):
            regrade(worker=fresh, on=DAY, reason=GradeReason.SCHEME, actor=payroll)

    def test_unknown_reasons_and_other_peoples_hands(self, tree, staff, payroll):
        worker = make_worker(tree.community, grade=1)
        for reason in ("step", "correction", "nonsense"):
            with pytest.raises(Invalid, match="原因"):
                regrade(worker=worker, on=DAY, reason=reason, actor=payroll)
        with pytest.raises(Refused):
            regrade(worker=worker, on=DAY, reason=GradeReason.SCHEME, actor=staff["street_officer"])
        assert rows(worker) == [(1, "initial", date(2020, 3, 1), None)]


class TestCorrection:
    def test_it_holds_until_the_next_grade(self, tree, payroll):
        worker = make_worker(tree.community, grade=3)
        then(worker, 4, date(2026, 1, 1))
        grade_correct(
            worker=worker, grade=5, since=date(2025, 3, 1), reason="2025 年漏记一级，江组〔2026〕3号", actor=payroll
        )  # fmt: skip
        assert rows(worker) == [
            (3, "initial", date(2020, 3, 1), date(2025, 3, 1)), (5, "correction", date(2025, 3, 1), date(2026, 1, 1)),
            (4, "initial", date(2026, 1, 1), None),
        ]  # fmt: skip
        row = Grade.objects.get(reason="correction")
        assert row.why == ["人工更正：2025 年漏记一级，江组〔2026〕3号"]

    def test_one_that_began_that_day_is_replaced_and_remembered(self, tree, payroll):
        worker = make_worker(tree.community, grade=3)
        grade_correct(worker=worker, grade=2, since=date(2020, 3, 1), reason="入职时多算一级", actor=payroll)
        assert rows(worker) == [(2, "correction", date(2020, 3, 1), None)]
        assert Event.objects.get(stream=worker.stream).data["replaced"] == "测试定级。"

    @pytest.mark.parametrize(
        ("values", "words"),
        [
            ({"grade": 19}, "没有 19 级"), ({"grade": 0}, "没有 0 级"), ({"reason": " 错 "}, "理由"),
            ({"since": date(2020, 2, 29)}, "入职日期"), ({"since": date(2099, 1, 1)}, "太远"),
        ],
    )  # fmt: skip
    def test_what_it_does_not_take(self, tree, payroll, values, words):
        worker = make_worker(tree.community, grade=3)
        data: dict[str, Any] = {"grade": 5, "since": DAY, "reason": "漏记一级", **values}
        with pytest.raises(Invalid, match=words):
            grade_correct(worker=worker, actor=payroll, **data)
        assert rows(worker) == [(3, "initial", date(2020, 3, 1), None)]

    def test_the_same_grade_is_no_correction(self, tree, payroll):
        worker = make_worker(tree.community, grade=3)
        with pytest.raises(Conflict, match="不用更正"):
            grade_correct(worker=worker, grade=3, since=DAY, reason="再确认一次", actor=payroll)
        assert len(rows(worker)) == 1


def test_the_database_keeps_grades_apart_and_the_person_is_told(tree, payroll, monkeypatch):
    worker = make_worker(tree.community, grade=3)
    monkeypatch.setattr("staff.services.grades.grades_on", lambda workers, on: {})  # another writer came in between
    with pytest.raises(Conflict, match="前后已有别的等级"):
        grade_correct(worker=worker, grade=5, since=DAY, reason="漏记一级", actor=payroll)
    assert rows(worker) == [(3, "initial", date(2020, 3, 1), None)]


class TestFrozenMonths:
    def test_a_grade_of_a_frozen_month_is_noted_for_back_pay(self, tree, payroll):
        worker = make_worker(tree.community, grade=3)
        make_frozen_slip(worker, date(2026, 8, 1))
        promote(worker, Rank.HEAD, DAY)
        regrade(worker=worker, on=DAY, reason=GradeReason.RANK, actor=payroll)
        change = PayChange.objects.get()
        assert (change.worker, change.since, change.cause) == (worker, DAY, "岗位变动：3 级改为 9 级")

    def test_of_a_month_that_is_not_frozen_nothing_is_noted(self, tree, payroll):
        worker = make_worker(tree.community, grade=3)
        make_frozen_slip(worker, date(2026, 6, 1))
        promote(worker, Rank.HEAD, DAY)
        regrade(worker=worker, on=DAY, reason=GradeReason.RANK, actor=payroll)
        assert PayChange.objects.count() == 0


class TestJanuary:
    @pytest.fixture
    def people(self, tree: Any) -> dict[str, Worker]:
        """On 1 January 2026 all but one have 5 full years (reached 1 + 1 = 2); only some may rise."""
        made = {
            "rises": make_worker(tree.community, grade=1), "failed": make_worker(tree.community, grade=1),
            "unreviewed": make_worker(tree.community, grade=1), "reached": make_worker(tree.community, grade=2),
            "capped": make_worker(tree.community, grade=12, community_since=date(1980, 1, 1)),
            "elsewhere": make_worker(tree.other_community, grade=1), "ungraded": make_worker(tree.community, grade=None),
            "behind": make_worker(tree.sister_community, grade=1, community_since=date(2010, 1, 1)),
        }  # fmt: skip
        for name, worker in made.items():
            if name != "unreviewed":
                review(worker, 2025, "failed" if name == "failed" else "qualified")
        return made

    @pytest.fixture(autouse=True)
    def _in_2026(self) -> Any:
        with time_machine.travel("2026-01-20T09:00:00+08:00", tick=False):
            yield

    def test_one_grade_for_those_who_earned_it_and_not_twice(self, tree, payroll, people):
        done = grade_in_bulk(batch=JANUARY, unit=tree.street, actor=payroll)
        assert dict(done.outcomes) == {"rises": 2, "stays": 4, "blocked": 1}
        assert rows(people["rises"]) == [
            (1, "initial", date(2020, 3, 1), date(2026, 1, 1)), (2, "step", date(2026, 1, 1), None),
        ]  # fmt: skip
        # one grade at a time, however far behind
        assert rows(people["behind"])[-1] == (2, "step", date(2026, 1, 1), None)
        for name in ("failed", "unreviewed", "reached", "capped", "elsewhere"):
            assert len(rows(people[name])) == 1, name
        again = grade_in_bulk(batch=JANUARY, unit=tree.street, actor=payroll)
        assert dict(again.outcomes) == {"stays": 6, "blocked": 1}
        assert Grade.objects.filter(reason="step").count() == 2

    def test_the_reason_of_each_who_does_not_rise(self, tree, payroll, people):
        then(people["reached"], 3, date(2026, 1, 10))
        found = {plan.worker.pk: plan for plan in plans(JANUARY, Worker.objects.order_by("pk"))}
        assert {name: found[worker.pk].why_not for name, worker in people.items()} == {
            "rises": "",
            "behind": "",
            "elsewhere": "",
            "failed": "2025 年度考核“不合格”，不计入晋级年限。",
            "unreviewed": "2025 年度考核结果还没有登记。",
            "reached": "1 月 1 日之后等级已有变动，请人工核对后更正。",
            "capped": "已到“工作人员”岗位最高级 12 级。",
            "ungraded": "1 月 1 日还没有定级。",
        }

    def test_a_scheme_that_begins_later_does_not_hold_the_step_up(self, tree, payroll, people):
        Grade.objects.filter(worker=people["rises"]).update(valid_to=date(2026, 3, 1))
        make_grade(people["rises"], 5, date(2026, 3, 1), reason=GradeReason.SCHEME)
        grade_in_bulk(batch=JANUARY, unit=tree.street, actor=payroll)
        assert rows(people["rises"]) == [
            (1, "initial", date(2020, 3, 1), date(2026, 1, 1)), (2, "step", date(2026, 1, 1), date(2026, 3, 1)),
            (5, "scheme", date(2026, 3, 1), None),
        ]  # fmt: skip

    def test_the_queries_do_not_grow_with_the_people(self, tree, payroll, people, django_assert_num_queries):
        list(plans(JANUARY, Worker.objects.order_by("pk")))
        with django_assert_num_queries(5):
            list(plans(JANUARY, Worker.objects.order_by("pk")))

    def test_only_where_one_keeps_the_grades(self, tree, staff, payroll, people):
        assert grade_in_bulk(batch=JANUARY, unit=tree.street, actor=staff["street_officer"]).looked_at == 0
        assert Grade.objects.filter(reason="step").count() == 0
