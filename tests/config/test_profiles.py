"""The twelve district profiles are complete, and a broken one says which file and key is wrong."""

from __future__ import annotations

import json
import shutil
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest

from common import policies, profile
from common.profile import Limit, ProfileError
from grid.choices import PostKind
from petitions.choices import Channel, ClockKind, Kind

ROOT = Path(__file__).resolve().parents[2]
DISTRICTS = (
    "caofeidian", "fengnan", "guye", "jiangyuan", "jianou", "jiaohe",
    "jiayuguan", "jinyuan", "tonghua", "yanji", "zhushan", "zunhua",
)  # fmt: skip
GEOGRAPHY = ROOT / "grid" / "data" / "geography"
CATEGORIES = json.loads((ROOT / "petitions" / "data" / "categories.json").read_text("utf-8"))["categories"]


def geography(name: str) -> dict:
    return json.loads((GEOGRAPHY / f"{name}.json").read_text("utf-8"))


@pytest.fixture
def folder(tmp_path, settings):
    """A folder with the shipped defaults and one minimal district ``test`` that a test may spoil."""
    defaults = (ROOT / "config" / "profiles" / "_defaults.toml").read_text("utf-8")
    (tmp_path / "_defaults.toml").write_text(defaults, "utf-8")
    for samples in ("pay", "appraisal"):
        shutil.copytree(ROOT / "config" / "profiles" / samples, tmp_path / samples)
    settings.PROFILE_DIR = tmp_path
    return tmp_path


MINIMAL = 'name = "试点县"\ncity = "某市"\nprovince = "某省"\ncode = "990000"\n'


def test_all_twelve_are_shipped():
    assert profile.available() == DISTRICTS


@pytest.mark.parametrize("name", DISTRICTS)
class TestShipped:
    def test_agrees_with_the_official_codes(self, name):
        loaded, official = profile.load(name), geography(name)["district"]
        assert (loaded.code, loaded.name, loaded.city, loaded.province) == (
            official["code"], official["name"], official["city"], official["province"],
        )  # fmt: skip

    def test_every_category_has_a_lead_and_every_helper_is_known(self, name):
        loaded = profile.load(name)
        for top in CATEGORIES:
            for category in top["children"]:
                if category["code"] in loaded.categories_off:
                    continue
                lead = loaded.lead(category["lead"])
                assert lead is not None, category
                assert lead.key in (loaded.departments if lead.kind == "department" else ("street", "community"))
                for helper in category["co"]:
                    loaded.lead(helper)
                assert loaded.finish_limit(category["code"], category["limit"]).amount > 0

    def test_posts_are_posts_the_system_keeps(self, name):
        assert set(profile.load(name).posts) <= set(PostKind.values)

    def test_channels_kinds_and_clocks_are_those_of_the_ticket(self, name):
        loaded = profile.load(name)
        assert set(loaded.channels) <= set(Channel.values)
        assert set(loaded.kinds) <= set(Kind.values)
        assert set(loaded.clocks) == set(ClockKind.values)

    def test_departments_are_named_after_the_kind_of_place(self, name):
        loaded = profile.load(name)
        assert loaded.departments["housing"].name == f"{loaded.place_word}住建局"
        assert not [entry for entry in loaded.departments.values() if "{" in entry.name]

    def test_rates_follow_from_their_parts(self, name):
        figures = profile.load(name).figures
        assert figures
        for figure in figures.values():
            assert figure.source
            if figure.numerator:
                rate = 100 * figures[figure.numerator].value / figures[figure.denominator].value
                assert rate.quantize(figure.value, ROUND_HALF_UP) == figure.value

    def test_policies_are_plain_json(self, name):
        policies = profile.load(name).policies()
        assert set(policies) == {
            "limits", "ladder", "score", "hours", "grid_size", "targets",
            "points", "stars", "member_items", "orders", "themes", "honours",
            "pay_scheme", "insurance", "income_tax", "leave", "pay_forecast", "community_funds",
            "training", "rotation", "attendance",
            "appraisal_worker_quarter", "appraisal_worker_year", "appraisal_community_quarter", "appraisal_community_year",
        }  # fmt: skip
        assert json.loads(json.dumps(policies, ensure_ascii=False)) == policies

    def test_rules_pass_the_checks_of_the_pages_that_edit_them(self, name):
        rules = profile.load(name).policies()
        registered = {kind.key: kind for kind in policies.kinds()}
        assert {"limits", "ladder", "score", "hours", "grid_size"} <= set(registered)
        for key, rule in rules.items():
            if key in registered:
                registered[key].check(rule)

    def test_member_points_are_points_of_the_district(self, name):
        rules = profile.load(name).policies()
        assert rules["member_items"]["programme"] in {row["key"] for row in rules["points"]["programmes"]}

    def test_a_heated_district_has_a_heating_company_and_the_others_have_none(self, name):
        loaded = profile.load(name)
        assert (loaded.demo.heating is not None) == ("heating" in loaded.departments)
        assert (loaded.demo.heating is None) == ("0306" in loaded.categories_off)


def test_published_numbers_match_the_official_codes():
    def communities(name: str) -> int:
        return sum(unit["kind"] == "社区" for street in geography(name)["streets"] for unit in street["communities"])

    assert len(geography("jiangyuan")["streets"]) == profile.load("jiangyuan").figures["streets"].value == 10
    for name, count in (("jiangyuan", 31), ("guye", 84), ("zunhua", 42)):
        assert communities(name) == profile.load(name).figures["communities"].value == count


def test_what_makes_districts_differ():
    jiangyuan, yanji, jianou = (profile.load(name) for name in ("jiangyuan", "yanji", "jianou"))
    assert (jiangyuan.posts["grid_chief"].seats, yanji.posts["grid_chief"].seats) == (2, 1)
    assert "grid_worker" not in jiangyuan.posts
    assert jiangyuan.channels["hotline"] == "8890热线"
    assert [(day.name, day.weekday) for day in jiangyuan.service_days] == [("社区工作日", 3)]
    assert yanji.bilingual
    assert not jiangyuan.bilingual
    assert [str(target.within) for target in jianou.targets] == ["1d", "2d", "3d"]
    assert profile.load("tonghua").level_label(4) == "小区"
    assert profile.load("jiayuguan").departments["traffic_police"].name == "交警支队"
    assert not profile.load("jiaohe").grid_size.demo
    assert jiangyuan.grid_size.demo


def test_sizes_of_party_organisations():
    party = profile.load("jiangyuan").party
    assert [party.kind_for(members) for members in (2, 3, 49, 50, 99, 100)] == [
        "group", "branch", "branch", "general_branch", "general_branch", "committee",
    ]  # fmt: skip
    assert [party.term_of(level) for level in ("street", "community", "grid")] == [3, 5, 3]


def test_grid_size_bounds_are_inclusive():
    size = profile.load("jiangyuan").grid_size
    assert [size.holds(count) for count in (299, 300, 500, 501)] == [False, True, True, False]


def test_limits_are_read_and_named():
    assert Limit.parse("15wd").label == "15 工作日"
    for wrong in ("", "5", "wd", "5w", "-1h", "1.5h", "5 wd"):
        with pytest.raises(ValueError):
            Limit.parse(wrong)


def test_a_name_that_means_nothing_is_an_error():
    with pytest.raises(KeyError):
        profile.load("jiangyuan").lead("不存在的局")
    assert profile.load("jiangyuan").lead("沿街单位") is None


def test_the_minimal_district_is_complete(folder):
    (folder / "test.toml").write_text(MINIMAL, "utf-8")
    loaded = profile.load("test")
    assert loaded.departments["civil"].name == "县民政局"
    assert loaded.levels["district"].label == "县"


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        ('colour = "red"\n', "test.toml：colour：没有这样的设置"),
        ('[limits.clocks]\nsign = "soon"\n', "test.toml：limits.clocks.sign：应为数字加单位"),
        ('[score.weights]\nresponse = "0.5"\n', "test.toml：score.weights：三个权重之和应为 1"),
        ("[score.weights]\nresponse = 0.2\n", "test.toml：score.weights.response：应为文字"),
        ("[posts.grid_chief]\nseats = 3\n", "test.toml：posts.grid_chief.seats：应在 1 与 2 之间"),
        ("[grid_size]\nminimum = 900\n", "test.toml：grid_size.minimum：下限 900 大于上限 500"),
        ('[hours]\nspans = ["08:00-12:00", "11:00-17:00"]\n', "test.toml：hours.spans：应为先后不重叠的时段"),
        ('[leads]\n"镇街" = "moon"\n', "test.toml：leads.镇街：应为"),
        ('[departments.civil]\ncovers = ["住建"]\n', "test.toml：departments.civil：“住建”已由 housing 使用"),
        ('[ladder.steps.blue]\nbefore = "1h"\n', "test.toml：ladder.steps.blue.before：须在"),
        ('[[figures]]\nkey = "a"\nvalue = "1"\nunit = "%"\nsource = "s"\nnumerator = "b"\n', "“a”提到的“b”没有列出"),
        ('levels = "none"\n', "test.toml：levels：应为一张表"),
    ],
)
def test_an_error_names_file_and_key(folder, extra, message):
    (folder / "test.toml").write_text(MINIMAL + extra, "utf-8")
    with pytest.raises(ProfileError, match="test.toml") as caught:
        profile.load("test")
    assert message in str(caught.value)


def test_an_error_in_the_defaults_names_the_defaults(folder):
    path = folder / "_defaults.toml"
    path.write_text(path.read_text("utf-8").replace("remind_months = 6", 'remind_months = "six"'), "utf-8")
    (folder / "test.toml").write_text(MINIMAL, "utf-8")
    with pytest.raises(ProfileError, match=r"^_defaults\.toml：party\.remind_months：应为整数"):
        profile.load("test")


def test_a_missing_key_is_named(folder):
    (folder / "test.toml").write_text(MINIMAL.replace('code = "990000"\n', ""), "utf-8")
    with pytest.raises(ProfileError, match=r"^test\.toml：code：缺少这一项"):
        profile.load("test")


def test_broken_toml_and_unknown_names(folder):
    (folder / "test.toml").write_text("name = ", "utf-8")
    with pytest.raises(ProfileError, match=r"test\.toml：不是有效的 TOML"):
        profile.load("test")
    for name in ("nowhere", "_defaults", "../secrets"):
        with pytest.raises(ProfileError, match="没有名为"):
            profile.load(name)


class TestGeography:
    def test_codes_nest_and_are_unique(self):
        for name in DISTRICTS:
            data, seen = geography(name), set()
            for street in data["streets"]:
                assert street["code"].startswith(data["district"]["code"])
                assert len(street["code"]) == 9
                for community in street["communities"]:
                    assert community["code"].startswith(street["code"])
                    assert len(community["code"]) == 12
                    seen.add(community["code"])
            assert len(seen) == sum(len(street["communities"]) for street in data["streets"])
            assert data["source"]
            assert data["licence"] == "WTFPL"

    def test_the_split_rare_character_is_restored_and_noted(self):
        data = geography("fengnan")
        town = next(street for street in data["streets"] if street["code"] == "130207110")
        assert (town["name"], town["coded_name"]) == ("柳树𨟠镇", "柳树瞿阝镇")
        assert any("U+287E0" in note["note"] for note in data["notes"])
        names = [unit["name"] for street in data["streets"] for unit in (street, *street["communities"])]
        assert not [name for name in names if "阝" in name]

    def test_farms_zones_and_doubled_names_are_noted(self):
        kinds = {street["name"]: street["kind"] for street in geography("caofeidian")["streets"]}
        assert (kinds["一农场"], kinds["曹妃甸工业区"], kinds["唐海镇"]) == ("农林场", "园区", "镇")
        doubled = [note["note"] for note in geography("yanji")["notes"] if "文化社区" in note["note"]]
        assert len(doubled) == 1
        assert "须带镇街或代码" in doubled[0]


def test_weights_are_exact_decimals():
    weights = profile.load("jiangyuan").rules["score"]["weights"]
    assert sum(weights.values()) == Decimal(1)
