"""Grades against cases worked out by hand (pay.md: grade = min(cap, start + ⌊years ÷ 3⌋ + education + certificate))."""

from __future__ import annotations

from datetime import date

import pytest

from staff.pay.grading import Standing, counted_years, full_years, highest, initial, january_step
from tests.staff.pay_rules import rules

# scheme | rank, years, education, certificate, probation | grade
FIRST = {
    "worker, start": ("jiangyuan", ("worker", 0, "college", "", False), 1),
    # 1 + ⌊7 ÷ 3⌋ + 1
    "worker, seven years, bachelor": ("jiangyuan", ("worker", 7, "bachelor", "", False), 4),
    # 1 + 2 + 1 = 4, less one
    "the same in probation": ("jiangyuan", ("worker", 7, "bachelor", "", True), 3),
    "lowest in probation": ("jiangyuan", ("worker", 2, "college", "", True), 1),
    # 7 + 1 + 1
    "head, three years, bachelor": ("jiangyuan", ("head", 3, "bachelor", "", False), 9),
    # 4 + 13 + 3 = 20, at most 15
    "member at the cap": ("jiangyuan", ("member", 40, "doctor", "", False), 15),
    # 江源 pays certificates by the month, they bring no grade
    "certificate as an allowance": ("jiangyuan", ("worker", 0, "college", "senior", False), 1),
    # 1 + 0 + 2
    "certificate as grades": ("base_performance", ("worker", 0, "college", "social_worker", False), 3),
    # 2 + 3 years = 5; 1 + ⌊5 ÷ 3⌋
    "diploma as years": ("tonghua", ("worker", 2, "bachelor", "", False), 2),
    # 1 + ⌊(6 + 7) ÷ 3⌋ + 3 = 8, the third band ends with 4
    "three bands, twelve grades": ("tonghua", ("worker", 6, "doctor", "senior", False), 4),
    # 9 + ⌊9 ÷ 3⌋
    "first band": ("tonghua", ("both_heads", 9, "college", "", False), 12),
    # 4 + ⌊6 ÷ 3⌋ + 1
    "ten grades of a public institution": ("jianou", ("head", 6, "bachelor", "", False), 7),
}  # fmt: skip


@pytest.mark.parametrize("name", FIRST)
def test_the_first_grade(name):
    scheme, (rank, years, education, certificate, probation), grade = FIRST[name]
    found = initial(rules(scheme).scheme, Standing(rank, years, education, certificate, probation))
    assert found.grade == grade
    assert found.why[-1].endswith(f"{grade} 级。")


# scheme, grade so far, years counted, review of last year, probation | grade
JANUARY = [
    ("jiangyuan", 1, 3, "qualified", False, 2),
    ("jiangyuan", 1, 3, "excellent", False, 2),
    ("jiangyuan", 1, 9, "qualified", False, 2),  # one step at a time
    ("jiangyuan", 1, 2, "excellent", False, None),  # the years are not reached
    ("jiangyuan", 1, 3, "basic", False, None),
    ("jiangyuan", 1, 3, "failed", False, None),
    ("jiangyuan", 1, 3, "", False, None),  # no review, no step
    ("jiangyuan", 1, 3, "qualified", True, None),
    ("jiangyuan", 12, 40, "excellent", False, None),  # the cap of the post
    ("post_grade_title", 1, 3, "failed", False, 2),  # where a grade is only a matter of years
]


@pytest.mark.parametrize(("scheme", "grade", "years", "review", "probation", "next_grade"), JANUARY)
def test_the_january_step(scheme, grade, years, review, probation, next_grade):
    found = january_step(rules(scheme).scheme, grade, Standing("worker", years, "college", "", probation), review)
    assert (found and found.grade) == next_grade


def test_years():
    assert full_years(date(2020, 3, 1), date(2026, 2, 28)) == 5
    assert full_years(date(2020, 3, 1), date(2026, 3, 1)) == 6
    assert full_years(date(2024, 2, 29), date(2025, 2, 28)) == 0
    assert full_years(date(2026, 3, 1), date(2025, 3, 1)) == 0


def test_years_of_a_failed_review_do_not_count():
    scheme = rules("base_performance").scheme
    reviews = {2018: "failed", 2021: "qualified", 2022: "failed", 2024: "basic", 2025: "excellent"}
    # 2020-01-01 to 2026-01-01: six, less 2022 and 2024; 2018 was before
    assert counted_years(scheme, date(2020, 1, 1), date(2026, 1, 1), reviews) == 4


def test_the_highest_valid_certificate():
    held = [("assistant", date(2020, 1, 1), None), ("senior", date(2023, 1, 1), date(2025, 12, 31))]
    assert highest(held, date(2019, 12, 31)) == ""
    assert highest(held, date(2022, 1, 1)) == "assistant"
    assert highest(held, date(2025, 12, 31)) == "senior"
    assert highest(held, date(2026, 1, 1)) == "assistant"
