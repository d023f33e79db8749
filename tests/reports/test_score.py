"""The rule ``score`` in the browser, and 同比 / 环比."""

from __future__ import annotations

from copy import deepcopy
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common import policies, profile
from common.errors import Invalid
from common.reporting import Rate
from petitions.choices import State
from petitions.models import Petition
from reports.comparison import change, compare, comparison_note, months_before
from reports.score import ranked, rules_on, score_of
from tests.reports.conftest import AS_OF, local

SHIPPED = profile.current().policies()["score"]


def check(**changes):
    policies.kind_of("score").check({**deepcopy(SHIPPED), **changes})


def test_the_shipped_rule_is_good_and_every_district_has_one():
    check()
    for name in profile.available():
        policies.kind_of("score").check(profile.load(name).policies()["score"])


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"weights": {"response": "0.3", "resolution": "0.4", "satisfaction": "0.4"}}, "之和应为 1，现在是 1.1"),
        ({"weights": {"response": "1.4", "resolution": "-0.4", "satisfaction": "0"}}, "“响应率”应在 0 至 1 之间"),
        ({"weights": {"response": "很多", "resolution": "0.4", "satisfaction": "0.4"}}, "“响应率”应为数字"),
        ({"basic_satisfied": "1.2"}, "“基本满意折算系数”应在 0 至 1 之间"),
        ({"basic_satisfied": "NaN"}, "“基本满意折算系数”应在 0 至 1 之间"),
        ({"deductions": {"red": "-1"}}, "“红色督办”不能小于 0"),
        ({"bonuses": {"forecast": "-0.1"}}, "“网格上报”不能小于 0"),
        ({"minimum": -1}, "最少接收量"),
        ({"minimum": "十"}, "最少接收量"),
        (
            {"groups": [{"label": "甲组", "kinds": ["town"]}, {"label": "乙组", "kinds": ["town"]}]},
            "同时在“甲组”和“乙组”",
        ),
        ({"groups": [{"label": "甲组", "kinds": ["planet"]}]}, "不认识的单位类型"),
    ],
)
def test_a_wrong_rule_is_refused_with_its_reason(changes, sentence):
    with pytest.raises(Invalid, match=sentence):
        check(**changes)


@pytest.mark.django_db
def test_a_kind_that_no_group_names_is_a_group_of_its_own(rules):
    found = rules_on(date(2026, 9, 30))
    assert found.group_of("residential") == "社区组"
    assert found.group_of("grid") == "网格组"


@pytest.mark.django_db
def test_the_score_is_made_of_the_printed_rates(rules):
    found = rules_on(date(2026, 9, 30))
    rates = {"response": Rate(1, 3), "resolution": Rate(2, 3), "satisfaction": Rate(1, 7)}
    # 33.33 × 0.2 + 66.67 × 0.4 + 14.29 × 0.4 + 0.5 − 1.3 = 38.25
    assert score_of(found, rates, Decimal("0.5"), Decimal("1.3")) == Decimal("38.25")
    assert score_of(found, {**rates, "response": Rate(0, 0)}, Decimal(0), Decimal(0)) is None
    assert score_of(found, {key: Rate(0, 1) for key in rates}, Decimal(0), Decimal("2.5")) == Decimal("-2.50")


@given(st.lists(st.tuples(st.sampled_from("甲乙"), st.integers(0, 5)), max_size=30))
def test_a_rank_is_one_more_than_those_above_it(members):
    scores = [(key, group, Decimal(score)) for key, (group, score) in enumerate(members)]
    found = ranked(scores)
    for key, group, score in scores:
        above = sum(other > score for _, others, other in scores if others == group)
        assert found[key] == above + 1
    assert len(found) == len(members)


# --- comparison


def test_months_before():
    assert [months_before("2026-01", back) for back in (0, 1, 12, 13)] == ["2026-01", "2025-12", "2025-01", "2024-12"]
    assert months_before("2026-12", 11) == "2026-01"


@pytest.mark.parametrize(
    ("now", "then", "words"),
    [(0, 0, "—"), (3, 0, "—"), (0, 3, "下降 100.00%"), (4, 3, "增长 33.33%"), (3, 3, "持平"), (200001, 200000, "持平")],
)
def test_change_in_words(now, then, words):
    assert change(now, then) == words


@pytest.mark.django_db
def test_a_whole_month_beside_whole_months(ticket):
    for day in ("2026-09-01 00:00", "2026-09-30 23:59", "2026-08-31 23:59", "2025-09-30 23:59", "2025-09-01 00:00"):
        ticket(received_at=local(day))
    ticket(received_at=local("2026-09-05 10:00"), state=State.VOIDED)
    found = compare(Petition.objects.all(), "2026-09", AS_OF)
    assert (found.now, found.before, found.last_year, found.partial) == (2, 1, 2, False)


@pytest.mark.django_db
def test_a_month_that_is_not_over_beside_the_same_days(ticket):
    for day in ("2026-10-02 10:00", "2026-09-08 08:59", "2026-09-08 09:01", "2025-10-31 10:00"):
        ticket(received_at=local(day))
    assert comparison_note(Petition.objects.all(), "2026-10", AS_OF) == (
        "共接收 1 件，环比持平（上月同期 1 件），同比—（上年同月同期 0 件）。"
    )


@pytest.mark.django_db
def test_the_end_of_a_long_month_stops_at_the_end_of_a_short_one(ticket):
    ticket(received_at=local("2026-02-28 23:59"))
    ticket(received_at=local("2026-03-01 10:00"))
    found = compare(Petition.objects.all(), "2026-03", local("2026-03-31 20:00"))
    assert (found.now, found.before) == (1, 1)
