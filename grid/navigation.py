"""Menu entries of the hierarchy. Party organisations add theirs to the same group."""

from __future__ import annotations

from common.navigation import MenuGroup, MenuItem, register
from grid.permissions import UNIT_MANAGE, UNIT_VIEW

GROUP = "organisation"


def register_menu() -> None:
    """Called once, from ``GridConfig.ready()``."""
    register(
        MenuGroup(GROUP, "组织架构", "sitemap", order=40),
        MenuItem("grid.tree", "组织架构", "grid:tree", GROUP, permissions=(UNIT_VIEW,), order=10),
        MenuItem("grid.units", "单位名册", "grid:units", GROUP, permissions=(UNIT_VIEW,), order=20),
        MenuItem("grid.posts", "岗位人员", "grid:posts", GROUP, permissions=(UNIT_VIEW,), order=30),
        MenuItem(
            "grid.departments", "职能部门", "grid:departments", GROUP, permissions=(UNIT_VIEW, UNIT_MANAGE), order=90
        ),
    )
