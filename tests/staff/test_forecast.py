"""The forecast of pay: what carries on, what it costs, one scheme against another, and the job that keeps it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from common import jobs, policies
from common.errors import Invalid, Refused
from common.models import Job, Policy
from common.months import first_of_next, last_day
from staff.models import (
    AnnualReview,
    Forecast,
    ForecastRow,
    InsuranceBase,
    PerformanceFactor,
    Slip,
    WorkerCertificate,
    WorkerPerson,
)
from staff.pay.forecast import Ahead, Month, Prospect
from staff.pay.parts import PersonMonth
from staff.pay.retirement import last_day_of_work, retirement_of, sex_of
from staff.pay.slip import month_slip
from staff.policy_kinds import scheme_samples
from staff.services.forecast import forecast_start, reckon
from tests.contracts.world import changed_since, contents
from tests.factories.accounts import make_user
from tests.factories.staff import make_grade, make_worker
from tests.factories.volunteers import make_id_number
from tests.staff.pay_rules import rules, tables

NOVEMBER, DECEMBER = date(2026, 11, 1), date(2026, 12, 1)
JILIN = scheme_samples()["jilin"][1]
LAW = {
    "delay_from": "2025-01", "men": {"age": 60, "step": 4, "most": 36}, "women": {"age": 55, "step": 4, "most": 36},
}  # fmt: skip


@pytest.fixture
def _november() -> Iterator[None]:
    with time_machine.travel("2026-11-16T09:00:00+08:00", tick=False):
        yield


def ask(bureau: Any, **values: Any) -> Forecast:
    """A forecast that its job has finished."""
    job = forecast_start(
        **{
            "actor": bureau.preparer, "unit": bureau.tree.district, "first_month": DECEMBER, "months": 36,
            "request_key": uuid4(), **values,
        }
    )  # fmt: skip
    jobs.execute(jobs.claim(job.pk))
    job.refresh_from_db()
    assert job.status == "done", job.message
    return Forecast.objects.get(pk=job.params["forecast"])


def row(forecast: Forecast, month: date, new: bool = False, unit: Any = None) -> ForecastRow:
    rows = forecast.rows.filter(month=month, new=new)
    return rows.get(unit=unit) if unit else rows.get()


# --- one worker's way, without a database


def months(name: str = "jiangyuan", first: date = DECEMBER, number: int = 36, **changes: Any) -> list[Month]:
    made = rules(name)
    found = []
    for _ in range(number):
        found.append(Month(first, last_day(first), made, new_bases=bool(changes.get("bases")) and first.month == 1))
        first = first_of_next(first)
    return found


def somebody(**given: Any) -> Prospect:
    values = {
        "rank": "worker", "grade": 4, "graded_on": date(2026, 1, 1), "education": "college",
        "entered_on": date(2020, 3, 1), "community_since": date(2020, 3, 1), "base": Decimal(5000), **given,
    }  # fmt: skip
    return Prospect(**values)


def way(person: Prospect, at: list[Month]) -> list[Any]:
    ahead = Ahead(person, at[0].first)
    return [ahead.month(one) for one in at]


def pays(person: Prospect, at: list[Month]) -> list[str | None]:
    return [None if cost is None else str(cost.pay) for cost in way(person, at)]


class TestWay:
    def test_a_month_costs_what_its_slip_says(self):
        (cost,) = way(somebody(grade=10), months(number=1))
        # 3,600 × 1.309; on 5,000: 16 + 8 + 0.7 + 0.4 % and 8 % into the fund
        assert cost == (Decimal("4712.40"), Decimal("0.00"), Decimal("1255.00"), Decimal("400.00"))

    def test_each_january_one_grade_as_far_as_the_years_reach(self):
        # since March 2014: 12 full years in January 2027 and 2028 (1 + 4 + 0), 14 in 2029
        person = somebody(grade=3, community_since=date(2014, 3, 1))
        found = pays(person, months(number=27))
        assert found[0] == "3812.40"  # grade 3: 1.059
        assert found[1:13] == ["3915.00"] * 12  # grade 4: 1.0875
        assert found[13:25] == ["4039.20"] * 12  # grade 5: 1.122, what the years allow
        assert found[25:] == ["4039.20"] * 2

    def test_a_review_that_does_not_count_holds_it_up(self):
        person = somebody(grade=3, community_since=date(2012, 3, 1), reviews={2026: "failed"})
        found = pays(person, months(number=14))
        # performance pay of a failed review is nothing for the year, the step comes a year later
        assert found[0] == "3812.40"
        assert found[1] == "2668.68"  # 70 % of it
        assert found[13] == "3915.00"

    def test_probation_ends_with_the_grade_that_was_held_back(self):
        person = somebody(
            grade=1, education="bachelor", graded_on=date(2026, 10, 1), entered_on=date(2026, 10, 1),
            community_since=date(2020, 10, 1), probation_until=date(2027, 3, 31),
        )  # fmt: skip
        # 6 years and a degree: grade 4, one lower on probation, given as 1 here: what comes back is one grade
        found = pays(person, months(first=date(2027, 2, 1), number=3))
        assert found == ["3600.00", "3600.00", "3700.80"]

    def test_a_newcomer_is_paid_a_share_and_no_fund_in_the_first_month(self):
        person = somebody(
            grade=1, graded_on=date(2026, 12, 10), entered_on=date(2026, 12, 10), community_since=date(2026, 12, 10),
            newcomer=True, probation_until=date(2027, 2, 9), base=None,
        )  # fmt: skip
        costs = way(person, months(number=4))
        # 16 of 21.75 days of 80 %
        assert [str(cost.pay) for cost in costs] == ["2118.62", "2880.00", "2880.00", "3600.00"]
        # 8 % of 2,880: the first month's full pay is the base of the insurance year, after probation too
        assert [str(cost.fund) for cost in costs] == ["0.00", "230.40", "230.40", "230.40"]

    def test_who_has_no_base_begins_an_insurance_year_with_the_pay_of_its_first_month(self):
        person = somebody(
            grade=1, graded_on=date(2026, 12, 10), entered_on=date(2026, 12, 10), community_since=date(2026, 12, 10),
            newcomer=True, probation_until=date(2026, 12, 31), base=None,
        )  # fmt: skip
        found = way(person, months(number=2, bases=True))
        # December: none in the first month; pension on the floor of 4,000. January: 8 % of 3,600
        assert [str(cost.fund) for cost in found] == ["0.00", "288.00"]
        kept = way(somebody(base=None, first_base=Decimal(4500)), months(first=date(2027, 2, 1), number=1))
        assert str(kept[0].fund) == "360.00"  # as the slips of the year so far: 8 % of 4,500

    def test_a_certificate_that_ends_takes_its_stipend_with_it(self):
        person = somebody(certificates=(("social_worker", date(2024, 2, 1), date(2027, 1, 31)),))
        assert pays(person, months(number=4)) == ["4115.00", "4115.00", "3915.00", "3915.00"]

    def test_nothing_before_the_entry_nor_after_the_last_day(self):
        person = somebody(entered_on=date(2027, 1, 1), last_day=date(2027, 2, 15), community_since=date(2020, 3, 1))
        assert pays(person, months(number=4)) == [None, "3915.00", "1980.00", None]  # 11 of 21.75 days

    def test_a_grade_that_is_fixed_already_begins_on_its_day(self):
        person = somebody(to_come=((date(2027, 2, 1), 10, "deputy"),))
        assert pays(person, months(number=4)) == ["3915.00", "3915.00", "4712.40", "4712.40"]

    def test_without_a_grade_nothing(self):
        assert pays(somebody(grade=None, rank=""), months(number=2)) == [None, None]

    def test_half_yearly_pay_is_kept_until_its_month_and_paid_when_somebody_goes(self):
        at = months("base_performance", date(2027, 1, 1), 8)
        found = way(somebody(last_day=date(2027, 8, 31)), at)
        whole = found[0].pay
        assert [cost.pay for cost in found[:5]] == [whole] * 5
        kept = found[5].pay - whole
        assert kept > 0
        assert found[7].pay == whole + kept / 6 * 2

    def test_bases_follow_the_pay_of_a_whole_year(self):
        found = way(somebody(grade=10, community_since=date(2026, 1, 1)), months(first=date(2026, 12, 1), bases=True))
        assert [str(found[place].fund) for place in (0, 1, 12)] == ["400.00"] * 3  # 5,000 until a year was whole
        assert str(found[13].fund) == "376.99"  # 8 % of 4,712.40

    def test_a_base_that_is_entered_already_counts_from_its_month(self):
        found = way(somebody(bases_to_come=((date(2027, 1, 1), Decimal(6000)),)), months(number=2))
        assert [str(cost.fund) for cost in found] == ["400.00", "480.00"]

    def test_what_was_set_by_hand_holds_for_the_year(self):
        found = pays(somebody(hand=Decimal("1.2"), reviews={2025: "basic"}), months(number=2))
        assert found == ["4149.90", "3915.00"]  # 30 % of it at 120 %


SCHEMES = ["jilin", "base_performance", "three_bands", "reference_grades", "post_grade_title"]
# Nothing else happens to these: no January, no end of probation.
STEADY = st.builds(
    somebody,
    rank=st.sampled_from(["head", "deputy", "worker"]), grade=st.integers(1, 8),
    education=st.sampled_from(["college", "bachelor", "master"]),
    community_since=st.dates(date(2005, 1, 1), date(2020, 3, 1)), base=st.none() | st.integers(2000, 30000).map(Decimal),
    certificates=st.sampled_from([(), (("assistant", date(2020, 1, 1), date(2027, 5, 20)),)]),
    hand=st.none() | st.sampled_from([Decimal("0.6"), Decimal("1.2")]),
    last_day=st.none() | st.dates(date(2027, 2, 1), date(2027, 11, 30)),
)  # fmt: skip


@given(person=STEADY, scheme=st.sampled_from(SCHEMES))
def test_what_is_not_reckoned_again_costs_the_same(person, scheme):
    """The way against slips made one by one, from February to November."""
    at = months(scheme, date(2027, 2, 1), 10)
    ahead, held, base = Ahead(person, at[0].first), {}, person.base
    for one in at:
        cost = ahead.month(one)
        if person.last_day and person.last_day < one.first:
            assert cost is None
            continue
        assert cost is not None
        slip = month_slip(one.rules, _plainly(person, one, held, base))
        held, base = slip.held, base or slip.full
        assert (cost.pay, cost.insurance + cost.fund) == (slip.gross, slip.employer - slip.gross)


def _plainly(person: Prospect, at: Month, held: Any, base: Decimal | None) -> PersonMonth:
    from staff.pay.attendance import days_of_work
    from staff.pay.grading import full_years, highest

    certificate = highest(person.certificates, at.first)
    return PersonMonth(
        month=at.first, rank=person.rank, grade=person.grade or 0, education=person.education, certificate=certificate,
        years=full_years(person.community_since, at.first), worked=days_of_work(at.first, person.entered_on, person.last_day),
        factor=Decimal(1) if person.hand is None else person.hand, insurance_base=base, held=held,
        last=person.last_day is not None and person.last_day <= at.end,
    )  # fmt: skip


class TestRetirement:
    @pytest.mark.parametrize(
        ("born", "sex", "last"),
        [
            # the tables of the State Council's measures
            ("1964-12-31", "men", "2024-12-31"), ("1965-01-15", "men", "2025-02-28"), ("1965-05-01", "men", "2025-07-31"),
            ("1976-09-01", "men", "2039-09-30"), ("1990-03-08", "men", "2053-03-31"), ("1970-01-31", "women", "2025-02-28"),
            ("1981-09-10", "women", "2039-09-30"), ("1970-01-31", "", "2031-05-31"),
        ],
    )  # fmt: skip
    def test_the_last_day_of_work(self, born, sex, last):
        assert str(last_day_of_work(retirement_of(LAW), date.fromisoformat(born), sex)) == last

    def test_the_sex_is_in_the_identity_number(self):
        assert sex_of(make_id_number(date(1980, 5, 1), 1)) == "men"
        assert sex_of(make_id_number(date(1980, 5, 1), 2)) == "women"
        assert sex_of("") == ""


# --- the whole district


@pytest.mark.django_db
@pytest.mark.usefixtures("_november")
class TestForecast:
    def test_its_first_month_is_the_monthly_run_to_the_fen(self, bureau):
        tree = bureau.tree
        first = make_worker(tree.community, grade=10)
        WorkerCertificate.objects.create(worker=first, level="assistant", issued_on=date(2024, 1, 1))
        InsuranceBase.objects.create(worker=first, valid_from=date(2026, 1, 1), amount="5300.50")
        second = make_worker(tree.other_community, grade=3, rank="deputy")
        AnnualReview.objects.create(worker=second, year=2025, result="excellent", set_at="2026-01-05T00:00Z")
        third = make_worker(tree.community, grade=2, entered_on=date(2026, 11, 10), newcomer=True)
        PerformanceFactor.objects.create(worker=third, valid_from=date(2026, 11, 1), percent="80", why="季度考核")
        forecast = ask(bureau, first_month=NOVEMBER, months=1)
        run = bureau.run(NOVEMBER)
        rows = list(forecast.rows.order_by("unit__path"))
        assert sum(one.pay for one in rows) == run.gross
        assert sum(one.total for one in rows) == run.employer == forecast.total
        for one in rows:
            slips = Slip.objects.filter(run=run, unit__path__startswith=one.unit.path)
            assert (one.people, one.total) == (slips.count(), sum(slip.employer for slip in slips))
        assert (forecast.people, forecast.left_out) == (3, [])

    def test_a_base_that_nobody_entered_goes_on_as_in_the_run(self, bureau):
        worker = make_worker(bureau.tree.community, grade=3)
        bureau.frozen(date(2026, 10, 1))
        worker.grades.update(grade=10)
        forecast, run = ask(bureau, first_month=NOVEMBER, months=1), bureau.run(NOVEMBER)
        # October's 3600 × 1.059 = 3812.40: 25.1 % of the floor of 4,000, and 8 % of 3,812.40 = 304.99; 4712.40 besides
        assert run.employer == forecast.total == Decimal("4712.40") + Decimal("1004.00") + Decimal("304.99")

    def test_a_new_base_costs_each_street_its_difference(self, bureau):
        tree = bureau.tree
        for unit, grade in ((tree.community, 10), (tree.community, 4), (tree.other_community, 10), (tree.district, 1)):
            InsuranceBase.objects.create(worker=make_worker(unit, grade=grade), valid_from=DECEMBER, amount=5000)
        since = date(2027, 1, 1)
        made = ask(bureau, months=2, scheme={**JILIN, "base": "3900"}, new_label="基数 3900", since=since)
        assert [str(row(made, DECEMBER, new, tree.street).pay) for new in (False, True)] == ["8627.40", "8627.40"]
        assert row(made, since, False, tree.street).pay == Decimal("8627.40")
        assert row(made, since, True, tree.street).pay == Decimal("9346.36")  # 3,900 × 1.309 and × 1.0875
        assert row(made, since, True, tree.other_street).pay == Decimal("5105.10")
        assert row(made, since, True, tree.district).pay == Decimal("4009.20")  # the step of January
        assert made.difference == Decimal("718.96") + Decimal("392.70") + Decimal("308.40")
        assert (made.old_label, made.new_label, made.people) == ("三岗十八级", "基数 3900", 4)

    def test_a_scheme_that_grades_otherwise_regrades_from_its_month(self, bureau):
        make_worker(bureau.tree.community, grade=10, education="college")
        bands = scheme_samples()["three_bands"][1]
        made = ask(bureau, months=1, scheme=bands, new_label="三档十二级", since=DECEMBER)
        assert row(made, DECEMBER, False).pay == Decimal("4712.40")
        assert row(made, DECEMBER, True).pay != Decimal("4712.40")

    def test_who_retires_is_gone_the_month_after_and_who_is_not_graded_is_named(self, bureau):
        old = make_worker(bureau.tree.community, born="1971-06-15", grade=4)
        WorkerPerson.objects.filter(worker=old).update(id_number=make_id_number(date(1971, 6, 15), 2))
        make_worker(bureau.tree.community, born="1971-06-15", grade=4)  # a man, or nobody knows
        ungraded = make_worker(bureau.tree.community, grade=None)
        made = ask(bureau, months=12)
        # June 2026, five months later by the law: the last month is November 2026 + 1
        assert {one.month: one.people for one in made.rows.all()}[DECEMBER] == 1
        assert made.left_out == [[ungraded.number, "没有等级，请先定级"]]
        assert any("到测算期末有 1 人" in sentence for sentence in made.assumed)

    def test_renewals_are_taken_for_granted_unless_asked_otherwise(self, bureau):
        worker = make_worker(bureau.tree.community)
        WorkerCertificate.objects.create(
            worker=worker, level="senior", issued_on=date(2024, 1, 1), expires_on=date(2026, 12, 31)
        )
        january = date(2027, 1, 1)
        assert row(ask(bureau, months=2), january).pay == Decimal("4215.00")
        assert row(ask(bureau, months=2, renewals=False), january).pay == Decimal("3915.00")

    def test_rates_that_are_published_already_count_from_their_month(self, bureau):
        InsuranceBase.objects.create(worker=make_worker(bureau.tree.community), valid_from=DECEMBER, amount=5000)
        data = dict(tables("jiangyuan")["insurance"])
        data["items"] = [{**one, "employer": "12"} if one["key"] == "fund" else one for one in data["items"]]
        Policy.objects.create(key="insurance", valid_from=date(2027, 1, 1), data=data)
        policies.forget()
        made = ask(bureau, months=2)
        assert [str(row(made, month).fund) for month in (DECEMBER, date(2027, 1, 1))] == ["400.00", "600.00"]

    def test_a_street_alone_counts_its_own(self, bureau):
        make_worker(bureau.tree.community)
        make_worker(bureau.tree.other_community)
        made = ask(bureau, unit=bureau.tree.street, months=1)
        assert (made.people, row(made, DECEMBER).unit) == (1, bureau.tree.street)

    def test_what_makes_no_sense_is_refused(self, bureau):
        stranger = make_user("street_officer", bureau.tree.street)
        before = contents()
        for values, words in (
            ({"first_month": date(2026, 10, 1)}, "起始月份"), ({"months": 61}, "月数"),
            ({"scheme": JILIN, "since": date(2030, 1, 1)}, "测算期之后"),
        ):  # fmt: skip
            with pytest.raises(Invalid, match=words):
                ask(bureau, **values)
        with pytest.raises(Refused):
            ask(bureau, actor=stranger)
        assert changed_since(before) == set()

    def test_a_form_sent_twice_is_one_job(self, bureau):
        key, values = uuid4(), {"actor": bureau.preparer, "unit": bureau.tree.district, "first_month": DECEMBER}
        assert forecast_start(**values, request_key=key) == forecast_start(**values, request_key=key)
        assert (Forecast.objects.count(), Job.objects.count()) == (1, 1)

    def test_progress_is_told_and_a_worker_that_dies_half_way_leaves_no_rows(self, bureau, monkeypatch):
        for number in range(5):
            make_worker(bureau.tree.community, grade=1 + number)
        monkeypatch.setattr("staff.services.forecast.CHUNK", 2)
        job = forecast_start(
            actor=bureau.preparer, unit=bureau.tree.district, first_month=DECEMBER, request_key=uuid4()
        )
        forecast = Forecast.objects.get()
        told: list[tuple[int, int]] = []

        def die(done: int, total: int) -> None:
            told.append((done, total))
            if done > 100:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            reckon(forecast, die)
        assert told == [(72, 180), (144, 180)]
        assert ForecastRow.objects.count() == 0
        jobs.execute(jobs.claim(job.pk))
        forecast.refresh_from_db()
        assert (forecast.rows.count(), forecast.people, forecast.state) == (36, 5, "ready")
        job.refresh_from_db()
        assert (job.progress_done, job.progress_total) == (180, 180)

    def test_seen_by_those_who_see_pay_and_nobody_else(self, bureau, client_for):
        make_worker(bureau.tree.community)
        made = ask(bureau, months=1)
        assert list(Forecast.objects.visible_to(bureau.chief)) == [made]
        for stranger in (
            make_user("street_officer", bureau.tree.street),
            make_user("community_worker", bureau.tree.community),
        ):
            assert not Forecast.objects.visible_to(stranger)
            assert not ForecastRow.objects.visible_to(stranger)

    def test_the_queries_do_not_grow_with_the_months(self, bureau, django_assert_max_num_queries):
        make_worker(bureau.tree.community)
        make_grade(make_worker(bureau.tree.community, grade=None), 3)
        forecast_start(actor=bureau.preparer, unit=bureau.tree.district, first_month=DECEMBER, request_key=uuid4())
        with django_assert_max_num_queries(21):
            reckon(Forecast.objects.get())
