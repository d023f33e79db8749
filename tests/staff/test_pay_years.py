"""Each scheme runs a year for its district: a worker of each post, something in the middle of the year, and the 13th period.

The printed slips are kept in ``golden/``; ``WRITE_GOLDEN=1 make test ARGS=tests/staff/test_pay_years.py`` writes them anew.
What matters in each is also asserted here with the figures worked out by hand.
"""

from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from staff.pay.preview import preview

GOLDEN = Path(__file__).parent / "golden"
MONTHS = {"from": "2026-01", "to": "2026-12"}
REVIEWS = {str(year): "qualified" for year in range(2020, 2027)}


def no_database(kind: str):
    raise AssertionError("a year of samples needs no database")


def somebody(name: str, rank: str, **given: Any) -> dict[str, Any]:
    values = {
        "name": name, "rank": rank, "education": "college", "entered_on": "2020-01-01", "reviews": REVIEWS,
        "probation_until": "2020-06-30",
        **given,
    }  # fmt: skip
    return {key: value for key, value in values.items() if value is not None}


def bonus(tax: str, **given: Any) -> list[dict[str, Any]]:
    return [{"year": 2026, "paid_on": "2026-12-25", "tax": tax, **given}]


def year_of(rules: dict[str, Any], people: list[dict[str, Any]]) -> dict[str, Any]:
    return preview({"months": MONTHS, "rules": rules, "people": people}, "year.json", no_database)


def profile_rules(name: str, **given: Any) -> dict[str, Any]:
    return dict.fromkeys(("pay_scheme", "insurance", "income_tax", "leave"), f"profile:{name}") | given


JIANGYUAN = profile_rules(
    "jiangyuan",
    insurance=[
        {"valid_from": "2026-01-01", "use": "profile:jiangyuan"},
        {"valid_from": "2026-07-01", "use": "profile:jiangyuan", "set": {"floor": "4300", "ceiling": "21000"}},
    ],
)
# 丁 enters on 16 March; 乙 becomes head in July; 丙 is sick in May; 戊 leaves in the middle of October
JIANGYUAN_PEOPLE = [
    somebody("甲", "both_heads", grade=10, insurance_base="4712.40", bonuses=bonus("apart", amount="4712.40")),
    somebody(
        "乙", "member", education="bachelor", insurance_base="4600", bonuses=bonus("together", amount="4500"),
        changes=[{"on": "2026-06-10", "rank": "head"}],
    ),
    somebody("丙", "worker", reviews={**REVIEWS, "2025": "basic", "2026": "failed"}, leave={"2026-05": {"sick": "8"}}, insurance_base="3800"),
    somebody("丁", "worker", entered_on="2026-03-16", probation_until=None, newcomer=True, first_income_of_year=True),
    somebody(
        "戊", "specialist", education="master", left_on="2026-10-15", insurance_base="4600",
        leave={"2026-02": {"personal": "20"}},
    ),
]  # fmt: skip
# 己 is certified in May and higher in September: 200, then 250 a month
YANJI_PEOPLE = [
    somebody("己", "worker", certificates=[
        {"level": "assistant", "issued_on": "2026-05-20"}, {"level": "social_worker", "issued_on": "2026-09-01"},
    ], insurance_base="4000", bonuses=bonus("apart", amount="3738")),
    somebody("庚", "head", certificates=[{"level": "senior", "issued_on": "2024-01-01", "expires_on": "2026-07-31"}], insurance_base="5100",
             additions=[{"month": "2026-01", "label": "补发 2025 年 12 月", "amount": "318.50", "why": "等级自 12 月起"}]),
    somebody("辛", "deputy", education="bachelor", insurance_base="4700", performance={"2026-07": "90"}),
]  # fmt: skip
# 癸 gets a degree in August (its years count); 壬 fails; the quarter of 子 has leave
TONGHUA_PEOPLE = [
    somebody("壬", "head", reviews={**REVIEWS, "2025": "failed", "2026": "qualified"}, insurance_base="4500"),
    somebody("癸", "member", changes=[{"on": "2026-08-01", "education": "bachelor"}], insurance_base="4000"),
    somebody("子", "worker", leave={"2026-05": {"absent": "2"}, "2026-11": {"annual": "5"}}, insurance_base="3600"),
    somebody("丑", "worker", entered_on="2026-02-02", probation_until=None, newcomer=True),
]
JIANOU_PEOPLE = [
    somebody(
        "寅",
        "head",
        reviews={**REVIEWS, "2025": "qualified", "2026": "excellent"},
        insurance_base="5000",
        bonuses=bonus("apart"),
    ),
    somebody(
        "卯",
        "deputy",
        education="bachelor",
        insurance_base="4300",
        bonuses=bonus("together"),
        reviews={**REVIEWS, "2025": "qualified", "2026": "failed"},
    ),
    somebody("辰", "worker", insurance_base="4000", left_on="2026-08-14"),
]
# the base rises from 3,400 to 3,500 in July
BENXI = {
    "pay_scheme": [
        {"valid_from": "2026-01-01", "use": "sample:base_performance"},
        {"valid_from": "2026-07-01", "use": "sample:base_performance", "set": {"base": "3500"}},
    ],
    "insurance": "profile:jiangyuan", "income_tax": "profile:jiangyuan", "leave": "profile:jiangyuan",
}  # fmt: skip
BENXI_PEOPLE = [
    somebody("巳", "head", insurance_base="4500"),
    somebody("午", "deputy", insurance_base="4200", performance={"2026-06": "50", "2026-07": "100"}),
    somebody("未", "worker", reviews={**REVIEWS, "2025": "failed"}, insurance_base="4000"),
    somebody("申", "worker", left_on="2026-04-15", insurance_base="4000"),
]
TITLES = {**BENXI, "pay_scheme": "sample:post_grade_title"}
TITLES_PEOPLE = [
    somebody("酉", "both_heads", certificates=[{"level": "senior", "issued_on": "2020-01-01"}], insurance_base="4500"),
    somebody("戌", "head", changes=[{"on": "2026-05-01", "rank": "both_heads"}], insurance_base="4000"),
    somebody("亥", "member", insurance_base="4000", bonuses=bonus("apart", amount="2000")),
    somebody("子", "worker", reviews={**REVIEWS, "2025": "failed"}, insurance_base="4000"),
]
YEARS = {
    "jiangyuan": (JIANGYUAN, JIANGYUAN_PEOPLE),
    "yanji": (profile_rules("yanji"), YANJI_PEOPLE),
    "tonghua": (profile_rules("tonghua"), TONGHUA_PEOPLE),
    "jianou": (profile_rules("jianou"), JIANOU_PEOPLE),
    "benxi": (BENXI, BENXI_PEOPLE),
    "post_grade_title": (TITLES, TITLES_PEOPLE),
}


def printed(found: dict[str, Any]) -> str:
    lines = []
    for person in found["people"]:
        lines.append(f"━━ {person['name']}")
        lines += [
            f"   {step['from']} {step['reason']} {step['rank']} {step['grade'] or '—'} 级：{' '.join(step['why'])}"
            for step in person["grades"]
        ]
        for slip in person["slips"]:
            lines += _slip(slip)
        for year in person["years"]:
            settled = year["settlement"]
            lines.append(
                f"   {year['year']} 年 {year['slips']} 个月，收入 {year['income']}，五险一金 {year['insurance']}，已预扣 {year['withheld']}，"
                f"单独计税 {year['bonus_apart']}（税 {year['bonus_apart_tax']}），实发 {year['net']}，单位成本 {year['employer']}，"
                f"汇算应纳 {settled['tax']}，补退 {settled['difference']}"
            )
        lines.append("")
    return "\n".join(lines)


def _slip(slip: dict[str, Any]) -> list[str]:
    title = (
        f"  {slip['month']} 年终奖（第 13 期）"
        if slip["period"] == "bonus"
        else f"  {slip['month']} {slip['facts']['grade']} 级"
    )
    lines = [f"{title}：应发 {slip['gross']}，税 {slip['tax']['tax']}，实发 {slip['net']}，单位成本 {slip['employer']}"]
    lines += [f"      {one['label']} {one['amount']}：{one['why']}" for one in slip["items"]]
    if slip["period"] == "month":
        paid = "，".join(f"{one['label']} {one['employee']}/{one['employer']}" for one in slip["contributions"])
        lines.append(f"      个人五险一金 {slip['insurance']}（个人/单位：{paid}）")
        if slip["held"]:
            lines.append(f"      留存 {'，'.join(f'{key} {value}' for key, value in slip['held'].items())}")
    lines.append(f"      个人所得税：{slip['tax']['why']}")
    return lines


@pytest.mark.parametrize("name", YEARS)
def test_a_year(name):
    found = year_of(*YEARS[name])
    _adds_up(found)
    path = GOLDEN / f"pay_{name}.txt"
    if os.environ.get("WRITE_GOLDEN"):
        path.write_text(printed(found), encoding="utf-8")
    assert printed(found) == path.read_text(encoding="utf-8")


def _adds_up(found: dict[str, Any]) -> None:
    """The year is the sum of its slips; nobody's tax of the year differs from what was withheld but for what fell."""
    for person in found["people"]:
        (year,) = person["years"]
        for column in ("net", "employer"):
            assert Decimal(year[column]) == sum(Decimal(slip[column]) for slip in person["slips"])
        months = [slip for slip in person["slips"] if slip["period"] == "month"]
        assert Decimal(year["insurance"]) == sum(Decimal(slip["insurance"]) for slip in months)
        assert all(Decimal(slip["net"]) >= 0 for slip in person["slips"])


def slips_of(name: str, person: int) -> dict[str, dict[str, str]]:
    """Lines of each slip by month, and the grade."""
    return {
        f"{slip['month']}{'+' if slip['period'] == 'bonus' else ''}": {
            **{one["label"]: one["amount"] for one in slip["items"]}, "gross": slip["gross"], "tax": slip["tax"]["tax"],
            **({"grade": slip["facts"]["grade"]} if slip["period"] == "month" else {}),
        }
        for slip in year_of(*YEARS[name])["people"][person]["slips"]
    }  # fmt: skip


def test_jiangyuan_by_hand():
    head = slips_of("jiangyuan", 0)
    assert {slip["gross"] for month, slip in head.items() if month != "2026-12+"} == {"4712.40"}, "10 级 ≥ 4,700 元"
    assert head["2026-12+"]["tax"] == "141.37"  # 4712.40 × 3 %
    member = slips_of("jiangyuan", 1)
    # 4 + ⌊6 ÷ 3⌋ + 1 = 7 in January after ⌊5 ÷ 3⌋ = 1; head from the month after 10 June: 7 + 2 + 1 = 10
    assert [member[f"2026-{number:02}"]["grade"] for number in (1, 6, 7, 12)] == [7, 7, 10, 10]
    assert (member["2026-06"]["gross"], member["2026-07"]["gross"]) == ("4275.00", "4712.40")
    newcomer = slips_of("jiangyuan", 3)
    # 12 days of March: 2016 × 12 ÷ 21.75 + 864 × 12 ÷ 21.75; probation to 15 September, so October is the first full one
    assert newcomer["2026-03"]["gross"] == "1588.97"
    assert [newcomer[f"2026-{number:02}"]["gross"] for number in (4, 9, 10)] == ["2880.00", "2880.00", "3600.00"]
    leaver = slips_of("jiangyuan", 4)
    assert leaver["2026-02"]["gross"] == "0.00"
    assert leaver["2026-02"]["单位垫付"] == leaver["2026-03"]["扣回单位垫付"].removeprefix("-")
    assert "2026-11" not in leaver


def test_yanji_by_hand():
    worker = slips_of("yanji", 0)
    # certified on 20 May: from June; the higher one on 1 September: from September
    stipend = [worker[f"2026-{number:02}"].get("证书津贴") for number in (5, 6, 8, 9, 12)]
    assert stipend == [None, "200.00", "200.00", "250.00", "250.00"]
    head = slips_of("yanji", 1)
    assert [head[f"2026-{number:02}"].get("证书津贴") for number in (7, 8)] == ["300.00", None], "expired on 31 July"


def test_tonghua_by_hand():
    failed = slips_of("tonghua", 0)
    # 9 + ⌊(6 − 1) ÷ 3⌋ = 10: the failed 2025 does not count; 4750 × 20 % × 3 × 0 %
    assert (failed["2026-01"]["grade"], failed["2026-03"]["季度绩效"]) == (10, "0.00")
    worker = slips_of("tonghua", 2)
    # grade 3 = 3300: 660 kept a month; in May 660 × 19.75 ÷ 21.75 = 599.31; the quarter 660 + 599.31 + 660
    assert (worker["2026-05"]["旷工扣款"], worker["2026-06"]["季度绩效"]) == ("-242.76", "1919.31")


def test_jianou_by_hand():
    head = slips_of("jianou", 0)
    # 4 + ⌊6 ÷ 3⌋ = 6: 3750 × 20 % × 12 × 120 % = 10800; × 3 % = 324
    assert (head["2026-12+"]["绩效奖"], head["2026-12+"]["tax"]) == ("10800.00", "324.00")
    assert slips_of("jianou", 1)["2026-12+"]["gross"] == "0.00", "a failed year has no bonus"
    leaver = slips_of("jianou", 2)
    assert "绩效奖" in leaver["2026-08"]
    assert "绩效奖" not in leaver["2026-07"]


def test_benxi_by_hand():
    head = slips_of("benxi", 0)
    # 7 + ⌊6 ÷ 3⌋ = 9, coefficient 1.35: 3400 × 1.35 × 20 % = 918 × 6, then 3500 × 1.35 × 20 % = 945 × 6
    assert (head["2026-06"]["半年绩效"], head["2026-12"]["半年绩效"]) == ("5508.00", "5670.00")
    deputy = slips_of("benxi", 1)
    # 4 + 2 = 6, 1.20: 816 × 6 × 50 %; then 840 × 6
    assert (deputy["2026-06"]["半年绩效"], deputy["2026-12"]["半年绩效"]) == ("2448.00", "5040.00")
    failed = slips_of("benxi", 2)
    # the failed year does not count: ⌊5 ÷ 3⌋, grade 2, and no performance pay
    assert (failed["2026-01"]["grade"], failed["2026-06"]["半年绩效"]) == (2, "0.00")
    leaver = slips_of("benxi", 3)
    assert list(leaver) == ["2026-01", "2026-02", "2026-03", "2026-04"]


def test_posts_grades_and_titles_by_hand():
    head = slips_of("post_grade_title", 0)
    # 3100 + grade 1 + 6 ÷ 3 = 3: 170 + 800 + 200
    assert head["2026-01"]["gross"] == "4270.00"
    promoted = slips_of("post_grade_title", 1)
    # 2800 + 170 + 200, from May 3100
    assert (promoted["2026-04"]["gross"], promoted["2026-05"]["gross"]) == ("3170.00", "3470.00")
    failed = slips_of("post_grade_title", 3)
    # 2300 + 170: the review takes the performance, not the grade
    assert (failed["2026-01"]["基础绩效"], failed["2026-01"]["gross"]) == ("0.00", "2470.00")
