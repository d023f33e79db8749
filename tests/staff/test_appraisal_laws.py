"""Laws of appraisal that hold for any numbers, and schemes that are refused."""

from __future__ import annotations

import copy
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from common import profile
from common.errors import Invalid
from common.profile import appraisal as profile_appraisal
from staff.appraisal.scheme import problems, scheme_of
from staff.appraisal.score import (
    Line,
    Measured,
    level_of,
    levels_of,
    measured_line,
    points_for,
    ranks_of,
    score_of,
    side_total,
)
from staff.appraisal.words import Side
from tests.staff.appraisal_support import DATA, indicator, level


def hundredths(least: int, most: int) -> st.SearchStrategy[Decimal]:
    return st.integers(least * 100, most * 100).map(lambda number: Decimal(number) / 100)


POINTS = hundredths(0, 100)
WEIGHTS = hundredths(1, 100)
SCORES = st.dictionaries(
    st.integers(0, 400), st.one_of(st.none(), st.integers(0, 200).map(lambda number: Decimal(number) / 2)), max_size=40
)


def line(weight: Any, points: Any, side: str = Side.HOME, key: str = "k") -> Line:
    return Line(side, key, "指标", Decimal(weight), None if points is None else Decimal(points), "")


@given(st.lists(st.tuples(WEIGHTS, st.one_of(st.none(), POINTS)), max_size=12))
def test_a_weighted_sum_lies_between_the_least_and_the_most_of_its_parts(parts):
    total = side_total([line(weight, points) for weight, points in parts])
    given_points = [points for _, points in parts if points is not None]
    if not given_points:
        assert total is None
    else:
        assert total is not None
        assert min(given_points) - Decimal("0.01") <= total <= max(given_points) + Decimal("0.01")
        assert 0 <= total <= 100


@given(POINTS, POINTS, st.integers(0, 100).map(Decimal))
def test_two_sides_lie_between_them_and_one_alone_is_the_whole(home, host, share):
    both = score_of([line(100, home), line(100, host, Side.HOST)], share)
    assert both.total is not None
    assert min(home, host) <= both.total <= max(home, host)
    assert (both.home, both.host) == (home, host)
    assert score_of([line(100, home), line(100, None, Side.HOST)], share).total == home
    assert score_of([line(100, None), line(100, host, Side.HOST)], share).total == host
    assert score_of([line(100, None)], share).total is None


@given(hundredths(-1000, 1000), hundredths(-1000, 1000), hundredths(-2000, 2000))
def test_a_value_is_worth_nothing_at_one_end_and_all_at_the_other_whichever_is_larger(zero, full, value):
    if zero == full:
        return
    one = scheme_of(
        {**DATA, "indicators": [indicator("x", "100", "hours", zero=str(zero), full=str(full))]}
    ).indicators[0]
    assert 0 <= points_for(one, value) <= 100
    assert (points_for(one, zero), points_for(one, full)) == (0, 100)


@given(SCORES, st.randoms(use_true_random=False))
def test_ranks_do_not_depend_on_the_order_and_ties_share_one(scores, random):
    shuffled = list(scores.items())
    random.shuffle(shuffled)
    ranks = ranks_of(scores)
    assert ranks == ranks_of(dict(shuffled))
    counted = {key: score for key, score in scores.items() if score is not None}
    assert set(ranks) == set(counted)
    for key, score in counted.items():
        assert ranks[key] == 1 + sum(other > score for other in counted.values())


@given(SCORES, st.integers(1, 100), st.integers(1, 100), st.randoms(use_true_random=False))
def test_levels_keep_their_shares_and_never_put_a_lower_score_above_a_higher(scores, first, second, random):
    levels = [level("甲", "90", share=str(first)), level("乙", "50", share=str(second)), level("丙", "0")]
    scheme = scheme_of({**DATA, "levels": levels})
    found = levels_of(scheme, scores)
    shuffled = list(scores.items())
    random.shuffle(shuffled)
    assert found == levels_of(scheme, dict(shuffled))
    places = {one.label: place for place, one in enumerate(scheme.levels)}
    counted = {key: score for key, score in scores.items() if score is not None}
    for name, share in (("甲", first), ("乙", second)):
        assert sum(one is not None and one.label == name for one in found.values()) <= len(counted) * share / 100
    for key, score in scores.items():
        one = found[key]
        assert (one is None) == (score is None)
        if one is not None and score is not None:
            assert score >= one.lowest
            for other, other_score in counted.items():
                above = found[other]
                assert above is not None
                if other_score > score:
                    assert places[above.label] <= places[one.label]
                if other_score == score:
                    assert above == one


@given(POINTS)
def test_every_score_has_a_level(score):
    for path in profile_appraisal.samples(Path(settings.PROFILE_DIR)).values():
        found = level_of(scheme_of(profile_appraisal.sample_data(path)), score)
        assert found is not None
        assert found.lowest <= score


def test_a_rate_of_nothing_counts_as_the_rule_says():
    for missing, points in (("spread", None), ("full", 100), ("zero", 0)):
        one = scheme_of({**DATA, "indicators": [indicator("响应率", "100", "response", missing=missing)]}).indicators[0]
        for value in (None, Measured(Decimal(0), Decimal(0))):
            assert measured_line(one, Side.HOME, value).points == points


# --- schemes


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"indicators": [indicator("履职", "99.5", "judge_street")]}, "各项权重之和应为 100，现在是 99.5。"),
        ({"indicators": []}, "指标应有 1 至 40 项。"),
        ({"indicators": [indicator("履职", "100", "nonsense")]}, "数据来源不适用"),
        ({"indicators": [indicator("", "100", "judge_street")]}, "都要有名称"),
        ({"indicators": [indicator("履职", "50", "judge_street")] * 2}, "名称不能相同"),
        ({"indicators": [indicator("响应", "100", "response", zero="90", full="90")]}, "零分值与满分值不能相同"),
        ({"levels": [level("合格", "60")]}, "最低的等次应从 0 分起，现在从 60 分起，更低的分数没有等次。"),
        ({"levels": [level("好", "60"), level("差", "60"), level("无", "0")]}, "互不相同"),
        ({"levels": [level("好", "60", percent="80"), level("差", "0", percent="100")]}, "分数高的等次，绩效比例不能更低"),
        ({"levels": [level("好", "60", stars=1), level("差", "0", stars=2)]}, "分数高的等次，星级不能更低"),
        ({"levels": [level("差", "0", share="50")]}, "比例上限应为 100"),
        ({"appeal_days": 0}, "申诉期限"), ({"judge_days": 61}, "打分期限"), ({"home": "101"}, "派出单位"),
        ({"basic": "1.1"}, "折算系数"), ({"least_months": 13}, "入职不满"),
    ],
)  # fmt: skip
def test_what_a_scheme_cannot_be(changes, words):
    found = problems({**copy.deepcopy(DATA), **changes}, "worker")
    assert any(words in sentence for sentence in found), found


def test_a_community_is_not_judged_by_its_own_people_nor_by_one_persons_data():
    for source in ("judge_head", "judge_peers", "attendance"):
        data = {**DATA, "indicators": [indicator("x", "100", source)]}
        assert problems(data, "worker") == []
        assert any("不适用" in sentence for sentence in problems(data, "community"))


def test_every_sample_and_every_profile_passes_its_own_check(db):
    from common import policies

    for name in profile.available():
        for key, data in profile.load(name).policies().items():
            if key.startswith("appraisal_"):
                policies.kind_of(key).check(data)
    kinds = [kind for kind in policies.kinds() if kind.key.startswith("appraisal_")]
    assert len(kinds) == 4
    for kind in kinds:
        assert kind.samples is not None
        samples = kind.samples()
        assert samples
        for _, data in samples.values():
            kind.check(data)
        with pytest.raises(Invalid, match="不是数字"):
            kind.check({**data, "home": "x"})


def test_jiangyuan_has_happy_communities_of_three_to_five_stars():
    rules = profile.load("jiangyuan").policies()["appraisal_community_year"]
    stars = [(row["label"], row["stars"]) for row in rules["levels"]]
    assert stars == [("五星幸福社区", 5), ("四星幸福社区", 4), ("三星幸福社区", 3), ("未评星", 0)]
