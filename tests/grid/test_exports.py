"""Exports hold what the page shows, through the reader's own scope."""

from __future__ import annotations

from datetime import date

import pytest

from common.errors import Refused
from common.reporting import registry
from common.reporting.report import prepare
from grid.services import post_take
from tests.factories.grid import make_unit

pytestmark = pytest.mark.django_db


def sheet(key: str, user, query: str = "", columns: tuple[str, ...] = ()) -> list[dict]:
    return list(prepare(registry.get(key), user, {"query": query, "columns": list(columns)}).rows)


def test_units_are_exported_as_shown(tree, staff):
    make_unit("小网格", parent=tree.community, households=12)
    rows = sheet("grid.units", staff["community_worker"], "level=4&sort=-households")
    assert [(row["name"], row["level"], row["parent"], row["households"], row["state"]) for row in rows] == [
        ("小网格", "网格", "江湾社区", 12, "12 户，少于 300 户"),
        ("江湾第一网格", "网格", "江湾社区", 400, "正常"),
    ]
    assert sheet("grid.units", staff["community_worker"], "level=3")[0]["households"] == 412
    assert list(sheet("grid.units", staff["community_worker"], columns=("name", "code"))[0]) == ["name", "code"]


def test_people_in_posts_are_exported_inside_the_scope(tree, staff):
    post_take(unit=tree.grid, actor=None, post="grid_chief", name="王芳", first_day=date(2025, 3, 1))
    post_take(unit=tree.other_grid, actor=None, post="grid_chief", name="李强", first_day=date(2025, 3, 1))
    assert [(row["name"], row["post"], row["unit"]) for row in sheet("grid.posts", staff["street_officer"])] == [
        ("王芳", "网格长", "江湾第一网格")
    ]
    with pytest.raises(Refused):
        sheet("grid.posts", staff["security_admin"])
