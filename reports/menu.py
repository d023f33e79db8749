"""Entries of reports in the frame of the pages."""

from common.navigation import MenuGroup, MenuItem, register
from reports import permissions

register(
    MenuGroup("home", "首页", icon="home", order=1),
    MenuItem("reports.home", "我的工作台", "reports:home", "home", order=1),
    MenuGroup("reports", "统计分析", icon="chart-bar", order=60),
    MenuItem(
        "reports.monthly", "诉求办理月度统计", "reports:monthly", "reports", permissions=(permissions.VIEW,), order=10
    ),
    MenuItem(
        "reports.catalogue", "全部报表", "reports:catalogue", "reports", permissions=(permissions.VIEW,), order=20
    ),
)
