"""What the rules of limits and of the ladder accept, from every district's own first version."""

from __future__ import annotations

import copy

import pytest

from common import policies, profile
from common.errors import Invalid

KEYS = ("limits", "ladder")


@pytest.mark.parametrize("district", profile.available())
@pytest.mark.parametrize("key", [*KEYS, "hours", "grid_size"])
def test_first_versions_of_every_district_pass(district, key):
    policies.kind_of(key).check(profile.load(district).policies()[key])


def changed(key: str, path: str, value: object) -> dict:
    """The first version of 江源 with one value replaced."""
    data = copy.deepcopy(profile.load("jiangyuan").policies()[key])
    *parents, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    node = data
    for step in parents:
        node = node[step]
    node[last] = value
    return data


@pytest.mark.parametrize(
    ("key", "path", "value", "sentence"),
    [
        ("limits", "clocks.finish", "五天", "时限无法识别"),
        ("limits", "clocks", {"finish": "5wd"}, "每个环节"),
        ("limits", "urgent.sign", "", "时限无法识别"),
        ("limits", "categories", {"0101": "x"}, "时限无法识别"),
        ("limits", "extensions_max", 11, "延期次数"),
        ("limits", "letter.finish", "61d", "不得超过 60 日"),
        ("limits", "letter.finish", "60wd", "不得超过 60 日"),
        ("limits", "letter.extension", "31d", "不得超过 30 日"),
        ("ladder", "steps", [], "至少要有一级"),
        ("ladder", "steps.1.clocks", [], "适用的环节"),
        ("ladder", "steps.1.clocks", ["sleep"], "适用的环节"),
        ("ladder", "steps.1.to", [], "发送对象"),
        ("ladder", "steps.1.to", ["mayor"], "发送对象"),
        ("ladder", "steps.1.colour", "pink", "颜色"),
        ("ladder", "steps.1.after", "soon", "时限无法识别"),
        ("ladder", "steps.0.share", "1.00", "大于 0、小于 1"),
        ("ladder", "steps.0.share", "viel", "0 至 1"),
        ("ladder", "red_after_extensions", 0, "至少为 1"),
    ],
)
def test_unusable_content_is_refused_with_a_sentence(key, path, value, sentence):
    with pytest.raises(Invalid, match=sentence):
        policies.kind_of(key).check(changed(key, path, value))


@pytest.mark.parametrize("path", ["letter.finish", "letter.notify"])
def test_a_district_may_be_stricter(path):
    policies.kind_of("limits").check(changed("limits", path, "10d"))
