"""The importer of official codes: whole districts, their quirks, and what a second run does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from common import events as history
from common.errors import Invalid, PlainError
from common.models import Event
from grid.choices import Level, UnitKind
from grid.models import Unit
from grid.services import import_geography, read_geography, unit_change, unit_close, unit_move
from grid.services.geography import short_name

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ROOT / "grid" / "data" / "geography"
ORIGINAL = ROOT.parent / "shared" / "data" / "geography"
# streets, communities and villages of each district
SIZES = {
    "caofeidian": (19, 167), "fengnan": (16, 492), "guye": (10, 206), "jiangyuan": (10, 91), "jianou": (18, 258),
    "jiaohe": (17, 286), "jiayuguan": (5, 48), "jinyuan": (6, 111), "tonghua": (19, 178), "yanji": (14, 148),
    "zhushan": (11, 71), "zunhua": (27, 690),
}  # fmt: skip
pytestmark = pytest.mark.django_db


def load(name: str):
    return import_geography(places=read_geography(SHIPPED / f"{name}.json"))


def write(tmp_path: Path, **changes) -> Path:
    data = {
        "district": {"code": "220605", "name": "江源区"},
        "streets": [
            {"code": "220605001", "name": "城墙街道", "kind": "街道",
             "communities": [{"code": "220605001001", "name": "江湾社区", "kind": "社区"}]}
        ],
        **changes,
    }  # fmt: skip
    path = tmp_path / "places.json"
    path.write_text(json.dumps(data, ensure_ascii=False), "utf-8")
    return path


@pytest.mark.parametrize("name", sorted(SIZES))
def test_every_district_comes_in_whole_and_history_holds(name):
    outcome = load(name)
    streets, communities = SIZES[name]
    assert (outcome.created, outcome.updated, outcome.unchanged) == (1 + streets + communities, 0, 0)
    assert Unit.objects.filter(level=Level.STREET).count() == streets
    assert Unit.objects.filter(level=Level.COMMUNITY).count() == communities
    assert list(history.verify()) == []
    for unit in Unit.objects.select_related("parent"):
        assert unit.path == f"{unit.parent.path if unit.parent else ''}{unit.code}/"
        assert unit.pinyin == unit.pinyin.lower().strip() != ""


def test_a_second_run_changes_nothing(django_assert_max_num_queries):
    load("jiangyuan")
    before = list(Unit.objects.order_by("pk").values())
    events = Event.objects.count()
    with django_assert_max_num_queries(12):
        outcome = load("jiangyuan")
    assert (outcome.created, outcome.updated, outcome.unchanged, outcome.kept) == (0, 0, 102, [])
    assert list(Unit.objects.order_by("pk").values()) == before
    assert Event.objects.count() == events


@pytest.mark.parametrize(
    ("district", "code", "name", "kind"),
    [
        ("caofeidian", "130209401", "一农场", UnitKind.FARM),
        ("caofeidian", "130209450", "南堡经济开发区", UnitKind.ZONE),
        ("caofeidian", "130209408204", "小韩庄生产队", UnitKind.OTHER),
        ("fengnan", "130207110", "柳树𨟠镇", UnitKind.TOWN),
        ("jiayuguan", "620201100", "新城镇", UnitKind.TOWN),
        ("tonghua", "220521120", "通化聚鑫经济开发区", UnitKind.ZONE),
        ("yanji", "222401400", "延吉市林业局", UnitKind.FARM),
        ("yanji", "222401400500", "依兰林场生活区", UnitKind.OTHER),
        ("jiaohe", "220281101300", "永胜村", UnitKind.VILLAGE),
        ("jianou", "350783201500", "良种场生活区", UnitKind.OTHER),
    ],
)
def test_units_out_of_the_ordinary_get_their_name_and_kind(district, code, name, kind):
    load(district)
    unit = Unit.objects.get(code=code)
    assert (unit.name, unit.kind) == (name, kind)


def test_a_rare_character_is_whole_and_findable_in_parts():
    load("fengnan")
    unit = Unit.objects.get(code="130207110")
    assert unit.aliases == "柳树瞿阝镇"
    assert unit.pinyin == "liu shu qu zhen"


@pytest.mark.parametrize(
    ("official", "short"),
    [
        ("三友社区居委会", "三友社区"),
        ("橙霞家园社区居民委员会", "橙霞家园社区"),
        ("双兴村委会", "双兴村"),
        ("新海一村村民委员会", "新海一村"),
        ("场部居委会", "场部社区"),
        ("滨海一村居委会", "滨海一村社区"),
        ("永胜村（天岗石材开发区）（省级）", "永胜村"),
        ("果树农场（特殊村委会）", "果树农场"),
        ("江南社区", "江南社区"),
    ],
)
def test_long_official_names_are_shortened(official, short):
    assert short_name(official) == short


@pytest.mark.skipif(not ORIGINAL.is_dir(), reason="the original lists are not beside the project")
@pytest.mark.parametrize("name", sorted(SIZES))
def test_the_original_list_gives_the_same_units_as_the_shipped_one(name):
    def told(folder: Path) -> list:
        return [
            (place.code, place.name, place.kind, place.level, place.parent, set(place.aliases.split()))
            for place in read_geography(folder / f"{name}.json")
        ]

    assert told(ORIGINAL) == told(SHIPPED)


def test_a_renamed_and_an_added_unit_are_followed_with_events(tmp_path):
    import_geography(places=read_geography(write(tmp_path)))
    streets = [
        {"code": "220605001", "name": "城墙镇", "kind": "镇",
         "communities": [{"code": "220605001001", "name": "江湾社区", "kind": "社区"},
                         {"code": "220605001002", "name": "和平社区", "kind": "社区"}]}
    ]  # fmt: skip
    outcome = import_geography(places=read_geography(write(tmp_path, streets=streets)))
    assert (outcome.created, outcome.updated, outcome.unchanged) == (1, 1, 2)
    street = Unit.objects.get(code="220605001")
    assert (street.name, street.kind, street.pinyin) == ("城墙镇", UnitKind.TOWN, "cheng qiang zhen")
    event = history.timeline(street).first()
    assert event.kind == "unit.changed"
    assert event.data["summary"] == "名称由“城墙街道”改为“城墙镇”；类型由“街道”改为“镇”"
    assert list(history.verify()) == []


def test_what_was_changed_here_since_the_import_stays(tmp_path):
    path = write(tmp_path, streets=[
        {"code": "220605001", "name": "城墙街道", "kind": "街道",
         "communities": [{"code": "220605001001", "name": "江湾社区", "kind": "社区"}]},
        {"code": "220605002", "name": "正岔街道", "kind": "街道",
         "communities": [{"code": "220605002001", "name": "正岔社区", "kind": "社区"}]},
    ])  # fmt: skip
    import_geography(places=read_geography(path))
    unit = {unit.code: unit for unit in Unit.objects.all()}
    unit_change(unit=unit["220605001"], actor=None, name="江畔街道")
    unit_move(unit=unit["220605001001"], parent=unit["220605002"], actor=None)
    unit_close(unit=unit["220605002001"], actor=None)
    before = list(Unit.objects.order_by("pk").values())
    outcome = import_geography(places=read_geography(path))
    assert (outcome.created, outcome.updated, outcome.unchanged) == (0, 0, 5)
    assert outcome.kept == [
        "代码 220605001 在本系统已改名为“江畔街道”，文件为“城墙街道”，保持不变。",
        "“江湾社区”（220605001001）在本系统隶属“正岔街道”，与文件不同，保持不变。",
        "“正岔社区”（220605002001）在本系统已停用，保持不变。",
    ]
    assert list(Unit.objects.order_by("pk").values()) == before


def test_another_district_is_refused(tmp_path):
    load("jiangyuan")
    with pytest.raises(PlainError, match="本系统已是“江源区”"):
        load("yanji")
    assert Unit.objects.count() == 102


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"district": {"code": "22060", "name": "江源区"}}, "的代码“22060”应为 6 位数字"),
        ({"streets": []}, "没有任何镇街"),
        ({"streets": [{"code": "22060500x", "name": "城墙街道"}]}, "应为 9 位数字"),
        ({"streets": [{"code": "220605001", "name": " "}]}, "名称为空"),
        ({"streets": [{"code": "220605001", "name": "甲街道"}, {"code": "220605001", "name": "乙街道"}]}, "出现了两次"),
        ({"streets": ["江北"]}, "应为 9 位数字"),
    ],
)
def test_a_broken_file_says_where(tmp_path, changes, sentence):
    with pytest.raises(Invalid, match=sentence):
        read_geography(write(tmp_path, **changes))
    assert not Unit.objects.exists()


def test_a_file_that_is_no_json_is_named(tmp_path):
    path = tmp_path / "places.json"
    path.write_bytes("江源区".encode("gb18030"))
    with pytest.raises(Invalid, match="places.json 读不出来"):
        read_geography(path)
    with pytest.raises(Invalid, match="找不到文件"):
        read_geography(tmp_path / "none.json")


def test_the_command_says_what_it_did(capsys, settings):
    settings.DISTRICT = "jiayuguan"
    call_command("import_geography")
    assert capsys.readouterr().out == "新建 54 个，更新 0 个，未变 0 个。\n"
    call_command("import_geography", "--file", str(SHIPPED / "jiayuguan.json"))
    assert capsys.readouterr().out == "新建 0 个，更新 0 个，未变 54 个。\n"
    with pytest.raises(CommandError, match="本系统已是“嘉峪关市”"):
        call_command("import_geography", "--district", "yanji")
    with pytest.raises(CommandError, match="没有区县“nowhere”的数据。可选：caofeidian、"):
        call_command("import_geography", "--district", "nowhere")
