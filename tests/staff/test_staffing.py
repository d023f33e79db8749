"""Published figures of three districts, from generated rosters, exactly."""

from __future__ import annotations

import random
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from common.reporting import Rate, get, prepare
from grid.choices import Level
from staff.models import Residents, WorkerCertificate
from staff.selectors import staffing
from tests.factories.rules import make_rules
from tests.factories.staff import make_worker

pytestmark = pytest.mark.django_db
TODAY = date(2026, 9, 16)


@pytest.fixture(autouse=True)
def _september():
    with time_machine.travel(f"{TODAY} 10:00+08:00", tick=False):
        yield


def roster(tree: Any, ages: list[int], bachelors: int = 0, **fields: Any) -> list[Any]:
    """People of these ages on :data:`TODAY`, their birthdays all over the year, in both streets."""
    seats = (tree.community, tree.sister_community, tree.other_community)
    made = []
    for number, age in enumerate(ages):
        month, day = number % 12 + 1, number % 28 + 1
        year = TODAY.year - age - ((month, day) > (TODAY.month, TODAY.day))
        education = "bachelor" if number < bachelors else "college"
        if number < bachelors // 10:
            education = "master"
        made.append(
            make_worker(
                seats[number % 3], grade=None, born=f"{year}-{month:02d}-{day:02d}", education=education, **fields
            )
        )
    return made


def whole(user: Any, on: date = TODAY) -> staffing.Staffing:
    return staffing.total(staffing.by_unit(user, Level.STREET, on).values())


def test_jiangyuan_mean_age_37_41_and_69_81_percent_bachelor(tree, staff):
    source = random.Random(37)
    ages = [source.randint(24, 54) for _ in range(106)]
    ages = evened(ages, total=3965)
    roster(tree, ages, bachelors=74)
    found = whole(staff["district_officer"])
    assert (found.heads, found.mean_age) == (106, Decimal("37.41"))
    assert (str(found.bachelor_rate), found.bachelor_rate.parts) == ("69.81%", "74/106")


def evened(ages: list[int], total: int) -> list[int]:
    """The same number of people, a little older or younger here and there, so that their ages add up to ``total``."""
    place = 0
    while sum(ages) != total:
        step = 1 if sum(ages) < total else -1
        if 22 <= ages[place] + step <= 59:
            ages[place] += step
        place = (place + 1) % len(ages)
    return ages


def test_fengnan_67_certified_are_49_percent(tree, staff):
    people = roster(tree, [35] * 137)
    for number, person in enumerate(people[:67]):
        WorkerCertificate.objects.create(
            worker=person, level=("assistant", "social_worker", "senior")[number % 3], issued_on=date(2022, 6, 1)
        )
        if number % 5 == 0:  # a second one does not count twice
            WorkerCertificate.objects.create(
                worker=person, level=("senior", "assistant", "assistant")[number % 3], issued_on=date(2020, 6, 1)
            )
    WorkerCertificate.objects.create(
        worker=people[70], level="senior", issued_on=date(2020, 6, 1), expires_on=date(2026, 9, 15)
    )
    WorkerCertificate.objects.create(worker=people[71], level="senior", issued_on=date(2026, 9, 17))
    rate = whole(staff["district_officer"]).certified_rate
    assert (rate.numerator, str(rate)) == (67, "48.91%")
    assert rate.percent is not None
    assert round(rate.percent) == 49


def test_jiayuguan_23_per_ten_thousand_is_27_8_percent_above_18(tree, staff):
    roster(tree, [40] * 69)
    make_worker(tree.community, kind="part_time")  # does not count against residents
    for unit, number in ((tree.street, 20_000), (tree.other_street, 10_000)):
        Residents.objects.create(unit=unit, counted_on=date(2026, 6, 30), number=number, source="普查")
    found = whole(staff["district_officer"])
    assert (found.heads, found.full_time, found.residents, found.density) == (70, 69, 30_000, Decimal("23.00"))
    above = found.above_demand
    assert isinstance(above, Rate)
    assert above.percent == Decimal("27.78")
    assert round(above.percent, 1) == Decimal("27.8")


def test_a_street_has_the_sum_of_its_communities_once_all_are_known(tree, staff):
    def known():
        return staffing.residents_by_unit(staff["district_officer"], Level.STREET, TODAY)

    Residents.objects.create(unit=tree.community, counted_on=date(2025, 6, 30), number=7000, source="旧")
    Residents.objects.create(unit=tree.community, counted_on=date(2026, 6, 30), number=8000, source="新")
    Residents.objects.create(unit=tree.community, counted_on=date(2026, 12, 31), number=9000, source="以后")
    assert known() == {}
    Residents.objects.create(unit=tree.sister_community, counted_on=date(2026, 6, 30), number=4000, source="新")
    assert known() == {tree.street.path: 12_000}
    Residents.objects.create(unit=tree.street, counted_on=date(2026, 6, 30), number=12_500, source="街道")
    assert known() == {tree.street.path: 12_500}


def test_a_past_day_counts_who_was_there_then(tree, staff):
    mover = make_worker(tree.community, entered_on=date(2021, 1, 1))
    mover.posts.update(valid_to=date(2026, 1, 1))
    mover.posts.create(unit=tree.other_community, rank="worker", valid_from=date(2026, 1, 1))
    gone = make_worker(tree.community, state="left", left_on=date(2024, 12, 31), entered_on=date(2021, 1, 1))
    gone.posts.update(valid_to=date(2025, 1, 1))
    user = staff["district_officer"]

    def heads(on):
        return {path: row.heads for path, row in staffing.by_unit(user, Level.COMMUNITY, on).items()}

    assert heads(date(2020, 12, 31)) == {}
    assert heads(date(2024, 12, 31)) == {tree.community.path: 2}
    assert heads(date(2025, 1, 1)) == {tree.community.path: 1}
    assert heads(TODAY) == {tree.other_community.path: 1}
    assert staffing.by_unit(staff["street_officer"], Level.COMMUNITY, TODAY) == {}


def test_the_report_by_street_and_its_sentence(tree, staff):
    make_rules()
    roster(tree, [30, 40, 50], bachelors=2)
    make_worker(tree.street, born="1986-09-16", party_role="member", grade=None)
    Residents.objects.create(unit=tree.street, counted_on=date(2026, 6, 30), number=1000, source="普查")
    report, params = get("reports.staffing"), {"on": f"{TODAY}", "division": "street"}
    sheet = prepare(report, staff["district_officer"], params, timezone.now())
    first, second = list(sheet.rows)
    assert (first["name"], first["heads"], first["mean_age"], str(first["bachelor"]), str(first["party_members"])) == (
        "城墙街道", 3, Decimal("36.67"), "66.67%", "33.33%",
    )  # fmt: skip
    assert (first["density"], str(first["above"])) == (Decimal("30.00"), "66.67%")
    assert (second["heads"], second["density"], second["above"]) == (1, None, None)
    remark = report.remark(staff["district_officer"], report.clean(params, staff["district_officer"]))
    assert remark == "共 4 人，平均年龄 40.00 岁，本科及以上 50.00%（2/4），持证 0.00%（0/4）。"
    rows = prepare(report, staff["district_officer"], {**params, "division": "community"}, timezone.now()).rows
    assert [(row["name"], row["heads"]) for row in rows][-1] == ("未落到社区", 1)
