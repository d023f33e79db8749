"""The import of party organisations: parents above in the file, refusals by row, repetition."""

from __future__ import annotations

import csv
from datetime import date

import pytest

from common import events as history
from common.errors import Refused
from common.imports import run_import
from partyorgs.models import PartyOrganisation
from tests.factories.partyorgs import make_organisation

pytestmark = pytest.mark.django_db
HEAD = "名称,类别,所在单位,上级党组织,组建方式,联建单位或派驻人,书记,党员数,统计日期,本届起始日期,任期（年）"


@pytest.fixture
def bring(tmp_path, staff):
    def run(role: str, *rows: str):
        path = tmp_path / "organisations.csv"
        with path.open("w", encoding="utf-8", newline="") as out:
            csv.writer(out).writerows(line.split(",") for line in (HEAD, *rows))
        return run_import("partyorgs.organisations", path, actor=staff[role], commit=True)

    return run


ROWS = (
    "城墙街道党工委,党工委,城墙街道,,,,刘洋,,,2024-07-01,",
    "江湾社区党总支,党总支,江湾社区,城墙街道党工委,,,王芳,62,2026-06-30,2024-07-01,",
    "江湾第一网格党支部,党支部,江湾第一网格,江湾社区党总支,联合组建,江湾物业公司,李强,18,2026-06-30,2024-07-01,4",
    "1号楼党小组,党小组,1号楼,江湾第一网格党支部,,,赵敏,5,2026-06-30,,",
)


def test_a_whole_tree_comes_in_one_file(tree, bring):
    result = bring("district_officer", *ROWS)
    assert (result.imported, result.rejected, result.errors) == (4, 0, [])
    by_name = {row.name: row for row in PartyOrganisation.objects.select_related("parent")}
    branch = by_name["江湾第一网格党支部"]
    assert branch.parent == by_name["江湾社区党总支"]
    assert (branch.mode, branch.partners, branch.members_count, branch.members_on) == (
        "joint", "江湾物业公司", 18, date(2026, 6, 30),
    )  # fmt: skip
    assert (branch.term_years, branch.term_last_day) == (4, date(2028, 6, 30))
    assert by_name["江湾社区党总支"].term_last_day == date(2029, 6, 30)
    assert by_name["1号楼党小组"].parent == branch
    assert list(history.verify()) == []
    again = bring("district_officer", *ROWS)
    assert (again.imported, again.duplicate) == (0, 4)


def test_each_faulty_row_says_what_and_where(tree, bring):
    make_organisation(
        tree.community, "branch", "江湾支部", parent=make_organisation(tree.street, "committee", "街道党工委")
    )
    result = bring(
        "community_worker",
        "甲,党支部,江湾第一网格,,,,,,,,",
        "乙,党支部,江湾第一网格,没有的组织,,,,,,,",
        "丙,党支部,江湾第一网格,江湾支部,,,,,,,",
        "丁,党委,江湾第一网格,江湾支部,,,,,,,",
        "戊,党小组,江湾第一网格,江湾支部,联合组建,,,,,,",
        "己,党小组,江湾第一网格,江湾支部,,,,,,2024-01-01,",
        "江湾支部,党支部,江湾社区,街道党工委,,,,,,,",
        "庚,党小组,新建第一网格,江湾支部,,,,,,,",
        "辛,党小组,江湾第一网格,江湾支部,,,,-1,,,",
    )
    assert (result.imported, result.rejected) == (0, 9)
    assert [(error["row"], error["column"]) for error in result.errors] == [
        (2, "上级党组织"), (3, "上级党组织"), (4, "上级党组织"), (5, "类别"), (6, "联建单位或派驻人"), (7, "本届起始日期"),
        (8, "名称"), (9, "所在单位"), (10, "党员数"),
    ]  # fmt: skip
    assert PartyOrganisation.objects.count() == 2


def test_only_with_the_permission(tree, bring):
    with pytest.raises(Refused):
        bring("grid_worker", *ROWS)
    assert not PartyOrganisation.objects.exists()
