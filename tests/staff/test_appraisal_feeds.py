"""What a result does: pay from a month that is not frozen, the annual review and January, the promotion record; what is counted."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
import time_machine

from common.errors import Conflict, Invalid, Refused
from petitions.models import Petition
from staff.appraisal.score import Measured
from staff.choices import GradeReason
from staff.models import AnnualReview, PayChange, PerformanceFactor, Worker, WorkerCertificate
from staff.selectors.appraisal import record_of, source_words
from staff.selectors.appraisal_measures import Span, values_of
from staff.selectors.grading import Batch, plans
from staff.selectors.leave import working_days
from staff.services.appraisal_appeals import result_correct
from staff.services.appraisal_pay import appraisal_pay, first_month
from staff.services.attendance_months import sheet_close
from staff.services.honours import honour_add, honour_remove
from staff.services.roster_duties import review_set
from staff.workflow import APPRAISAL_FLOW
from tests.contracts.world import changed_since, contents
from tests.factories.petitions import make_category, make_petition
from tests.factories.rules import make_rules
from tests.factories.staff import make_frozen_slip, make_grade, make_worker
from tests.factories.volunteers import make_volunteer
from tests.staff.appraisal_support import Office, make_office, result_of
from volunteers.models import ServiceRecord

pytestmark = pytest.mark.django_db
JULY, SEPTEMBER = date(2026, 7, 1), date(2026, 9, 30)
JANUARY = Batch(GradeReason.STEP, year=2026)


@pytest.fixture(autouse=True)
def _in_october() -> Any:
    with time_machine.travel("2026-10-20T09:00:00+08:00", tick=False):
        yield


@pytest.fixture
def office(tree: Any, staff: Any) -> Office:
    return make_office(tree, staff["street_officer"])


@pytest.fixture
def worker(tree: Any) -> Worker:
    return make_worker(tree.community, grade=1, entered_on=date(2017, 3, 1))


def final(office: Office, points: str = "90", **values: Any) -> Any:
    row = office.published(points, **values)
    with time_machine.travel("2026-11-02T09:00:00+08:00", tick=False):
        return APPRAISAL_FLOW.perform("finish", row, office.one)


class TestPay:
    def test_the_share_is_written_from_a_month_with_its_reason_once(self, staff, office, worker):
        row, payroll = final(office), staff["payroll_officer"]
        for _ in range(2):
            assert appraisal_pay(appraisal=row, actor=payroll, month=date(2026, 11, 1)) == 1
        factor = PerformanceFactor.objects.get()
        assert (factor.worker, factor.valid_from, factor.percent) == (worker, date(2026, 11, 1), Decimal(120))
        assert factor.why == "2026 年第三季度考核优秀（94.00 分）"
        row.refresh_from_db()
        assert row.pay_month == date(2026, 11, 1)

    def test_a_correction_changes_only_its_own(self, staff, office, worker):
        other = make_worker(worker.unit)
        row, payroll = final(office), staff["payroll_officer"]
        appraisal_pay(appraisal=row, actor=payroll, month=date(2026, 11, 1))
        one = row.appraised.get(worker=worker)
        result_correct(appraised=one, actor=office.two, line="home:judge_street", points="0", why="核查")
        appraisal_pay(appraisal=row, actor=payroll, month=date(2026, 11, 1))
        percents = dict(PerformanceFactor.objects.values_list("worker", "percent"))
        assert percents == {worker.pk: Decimal(0), other.pk: Decimal(120)}

    def test_never_into_a_frozen_month_nor_into_the_period(self, staff, office, worker):
        row, payroll = final(office), staff["payroll_officer"]
        make_frozen_slip(worker, date(2026, 10, 1))
        assert first_month(row) == date(2026, 11, 1)
        before = contents()
        for month in (date(2026, 9, 1), date(2026, 10, 1)):
            with pytest.raises(Invalid, match="2026年11月以前的工资已经冻结"):
                appraisal_pay(appraisal=row, actor=payroll, month=month)
        assert changed_since(before) == set()
        appraisal_pay(appraisal=row, actor=payroll, month=date(2026, 11, 1))
        assert PayChange.objects.count() == 0

    def test_only_final_results_of_workers_by_whoever_prepares_the_pay(self, staff, office, worker):
        row = office.published()
        with pytest.raises(Conflict, match="定格后"):
            appraisal_pay(appraisal=row, actor=staff["payroll_officer"], month=date(2026, 11, 1))
        with pytest.raises(Refused, match="薪酬经办"):
            appraisal_pay(appraisal=row, actor=office.one, month=date(2026, 11, 1))
        communities = final(office, subject="community")
        with pytest.raises(Conflict, match="只有社区工作者"):
            appraisal_pay(appraisal=communities, actor=staff["payroll_officer"], month=date(2026, 11, 1))
        assert PerformanceFactor.objects.count() == 0


class TestReview:
    def test_january_rises_by_the_years_result(self, office, worker):
        assert next(plans(JANUARY, Worker.objects.filter(pk=worker.pk))).grading is None
        final(office, cycle="year", first=date(2025, 1, 1))
        plan = next(plans(JANUARY, Worker.objects.filter(pk=worker.pk)))
        assert plan.grading is not None
        assert plan.grading.grade == 2

    def test_a_failed_one_does_not(self, office, worker):
        final(office, "0", cycle="year", first=date(2025, 1, 1))
        assert worker.reviews.get(year=2025).result == "failed"
        assert next(plans(JANUARY, Worker.objects.filter(pk=worker.pk))).grading is None

    def test_by_hand_against_an_appraisal_only_with_a_reason(self, office, worker):
        final(office, cycle="year", first=date(2025, 1, 1))
        with pytest.raises(Invalid, match="来自考核，人工改动须写明依据"):
            review_set(worker=worker, actor=office.street, year=2025, result="basic")
        row = review_set(worker=worker, actor=office.street, year=2025, result="basic", why="受处分，江组〔2026〕9号")
        row = AnnualReview.objects.select_related("source__result").get(pk=row.pk)
        assert source_words(row) == "人工登记：受处分，江组〔2026〕9号"

    def test_one_that_january_has_used_stays(self, office, worker):
        review_set(worker=worker, actor=office.street, year=2025, result="basic", why="江组〔2026〕1号")
        worker.grades.update(valid_to=date(2026, 1, 1))
        make_grade(worker, 2, date(2026, 1, 1), reason="step")
        row = final(office, cycle="year", first=date(2025, 1, 1))
        assert worker.reviews.get(year=2025).result == "basic"
        assert row.state == "final"

    def test_a_quarter_is_no_annual_review(self, office, worker):
        final(office)
        assert not worker.reviews.exists()


class TestRecord:
    def test_final_results_with_place_reviews_with_source_and_honours(self, office, worker):
        office.published("80")
        final(office, cycle="year", first=date(2025, 1, 1))
        honour_add(
            worker=worker,
            actor=office.street,
            name="最美社工",
            level="city",
            given_by="市民政局",
            given_on=date(2025, 9, 20),
        )
        record = record_of(worker)
        assert [(row.appraisal.period_words, row.place, row.stars) for row in record.results] == [("2025 年度", 1, 5)]
        assert [(row.result, source) for row, source in record.reviews] == [("excellent", "2025 年度考核")]
        assert [row.name for row in record.honours] == ["最美社工"]

    def test_an_honour_once_not_to_come_and_taken_out_with_a_reason(self, office, worker):
        values = {"name": "最美社工", "level": "city", "given_by": "市民政局", "given_on": date(2025, 9, 20)}
        row = honour_add(worker=worker, actor=office.street, **values)
        with pytest.raises(Conflict, match="已经登记过"):
            honour_add(worker=worker, actor=office.street, **values)
        with pytest.raises(Invalid, match="不能晚于今天"):
            honour_add(worker=worker, actor=office.street, **{**values, "given_on": date(2027, 1, 1)})
        with pytest.raises(Invalid, match="填写理由"):
            honour_remove(honour=row, actor=office.street, why="")
        honour_remove(honour=row, actor=office.street, why="登记有误")
        assert not worker.honours.exists()


class TestCounted:
    """Every figure by hand, of the community and of the street above it."""

    def values(self, units: list[Any], workers: list[Worker], *sources: str) -> Any:
        return values_of(set(sources), units, workers, Span(JULY, SEPTEMBER, Decimal("0.6")))

    def ticket(self, user: Any, unit: Any, when: datetime, **fields: Any) -> None:
        row = make_petition(user, unit=unit)
        Petition.objects.filter(pk=row.pk).update(received_at=when, **fields)

    def test_petitions(self, tree, staff, office):
        make_category(tree.housing)
        user, when = staff["community_worker"], datetime(2026, 8, 3, tzinfo=UTC)
        good = {
            "contact_in_time": True,
            "solved": True,
            "satisfaction": "satisfied",
            "finish_in_time": True,
            "replied_at": when,
        }
        self.ticket(user, tree.community, when, sign_in_time=True, **good)
        self.ticket(user, tree.community, when, sign_in_time=False, **{**good, "satisfaction": "basically"})
        self.ticket(
            user, tree.community, when, contact_in_time=False, solved=False, satisfaction="dissatisfied",
            finish_in_time=False, channel="grid_worker",
        )  # fmt: skip
        self.ticket(user, tree.community, when, excluded_at=when, **{**good, "solved": False}, channel="visit")
        self.ticket(user, tree.community, datetime(2026, 6, 30, 12, tzinfo=UTC), **good)
        found = self.values(
            [tree.community, tree.sister_community, tree.street], [], "response", "resolution", "satisfaction", "finished",
            "signed", "forecast", "visits",
        )  # fmt: skip
        for unit in (tree.community, tree.street):
            at = {source: found.of(source, unit.pk, None) for source in found.units}
            assert at == {
                "response": Measured(Decimal(2), Decimal(3)), "resolution": Measured(Decimal(2), Decimal(3)),
                "satisfaction": Measured(Decimal("1.6"), Decimal(3)), "finished": Measured(Decimal(3), Decimal(4)),
                "signed": Measured(Decimal(1), Decimal(2)), "forecast": Measured(Decimal(1)), "visits": Measured(Decimal(1)),
            }  # fmt: skip
        empty = found.of("response", tree.sister_community.pk, None)
        assert empty.value("response") is None

    def test_hours_certificates_and_a_persons_own(self, tree, staff, office):
        own = make_worker(tree.community, user=staff["community_worker"])
        make_worker(tree.community)
        WorkerCertificate.objects.create(worker=own, level="assistant", issued_on=date(2021, 6, 1))
        volunteer = make_volunteer(tree.community, user=staff["community_worker"])
        for day, hours in ((date(2026, 7, 4), "2.50"), (date(2026, 6, 28), "4.00")):
            start = datetime(day.year, day.month, day.day, 1, tzinfo=UTC)
            ServiceRecord.objects.create(
                volunteer=volunteer, unit=tree.community, source="activity", theme="clean", what="清扫", day=day,
                started_at=start, confirmed_at=start, ended_at=start.replace(hour=5), hours=Decimal(hours),
            )  # fmt: skip
        found = self.values(
            [tree.community, tree.street], [own], "hours", "certified", "own_hours", "own_replies", "points"
        )
        for unit in (tree.community, tree.street):
            assert found.of("hours", unit.pk, None) == Measured(Decimal("2.50"))
            assert found.of("certified", unit.pk, None) == Measured(Decimal(1), Decimal(2))
            assert found.of("points", unit.pk, None) == Measured(Decimal(0))
        assert found.of("own_hours", 0, own.pk) == Measured(Decimal("2.50"))
        assert found.of("own_replies", 0, own.pk) is None

    def test_monthly_reports_by_their_day(self, tree, staff):
        """Attendance counts from August on; a month is closed by the 5th of the next one."""
        make_rules(attendance={"start": "2026-08-01"})
        for unit in (tree.community, tree.community, tree.sister_community):
            make_worker(unit)
        make_worker(tree.community, kind="part_time")  # does not sign
        clerk = staff["street_officer"]
        for unit, month, moment in (
            (tree.community, 8, "2026-09-05T23:00:00+08:00"), (tree.sister_community, 8, "2026-09-06T08:00:00+08:00"),
            (tree.community, 9, "2026-10-02T09:00:00+08:00"),
        ):  # fmt: skip
            with time_machine.travel(moment, tick=False):
                sheet_close(actor=clerk, unit=unit, month=date(2026, month, 1))
        units = [tree.community, tree.sister_community, tree.street]
        found = self.values(units, [], "reports")
        assert [found.of("reports", unit.pk, None) for unit in units] == [
            Measured(Decimal(4), Decimal(4)), Measured(Decimal(0), Decimal(2)), Measured(Decimal(4), Decimal(6)),
        ]  # fmt: skip
        with time_machine.travel("2026-10-05T09:00:00+08:00", tick=False):  # September may still be closed
            assert self.values(units, [], "reports").of("reports", tree.street.pk, None) == Measured(
                Decimal(2), Decimal(3)
            )

    def test_days_without_excuse_are_no_attendance(self, tree, staff):
        make_rules(attendance={"start": "2026-09-01"})
        worker = make_worker(tree.community)
        days = working_days(JULY, SEPTEMBER, half=False)
        with time_machine.travel("2026-10-02T09:00:00+08:00", tick=False):
            sheet = sheet_close(actor=staff["street_officer"], unit=tree.community, month=date(2026, 9, 1))
        assert sheet.absent > 0
        found = self.values([tree.community], [worker], "attendance")
        assert found.of("attendance", 0, worker.pk) == Measured(days - sheet.absent, days)

    def test_the_number_of_queries_does_not_grow_with_the_people(self, tree, office, django_assert_max_num_queries):
        workers = [make_worker(tree.community) for _ in range(12)]
        sources = [
            "response", "hours", "points", "activities", "duty_visits", "certified", "reports", "attendance", "own_replies",
            "own_hours",
        ]  # fmt: skip
        with django_assert_max_num_queries(16):
            self.values([tree.community, tree.sister_community, tree.other_community], workers, *sources)


def test_the_result_is_what_was_expected(office, worker):
    assert result_of(office.closed("90"), worker).score == Decimal("94.00")
