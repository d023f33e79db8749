"""The menu of community workers: in parts where it is long, what each role may open, sheets for their judges only."""

from __future__ import annotations

import re
from typing import Any

import pytest
import time_machine
from django.contrib.auth import get_user_model

from common.navigation import frame
from staff.models import AppraisalSheet
from staff.selectors.appraisal import forget_judges, is_judge
from staff.services.appraisal_sheets import sheet_excuse
from staff.workflow import APPRAISAL_FLOW
from tests.factories.staff import make_worker
from tests.staff.appraisal_support import give_all, make_office

pytestmark = pytest.mark.django_db
ALL = ["人员", "等级和工资", "考勤和请假", "考核评价", "培养成长", "经费"]


def parts_of(user: Any, path: str = "/") -> dict[str, list[str]]:
    """The entries of 社区队伍 by part, as somebody sees them; under "" what stands in no part."""
    fresh = get_user_model().objects.get(pk=user.pk)
    for section in frame.menu(fresh, path):
        if section.group.key == "staff":
            return {
                shown.part.label if shown.part else "": [entry.item.label for entry in shown.entries]
                for shown in section.parts
            }
    return {}


class TestParts:
    def test_the_district_sees_all_of_them_in_order(self, staff):
        found = parts_of(staff["district_officer"])
        assert list(found) == ALL
        assert found["考勤和请假"] == ["考勤", "考勤月报", "请假", "不在岗日历"]
        assert found["经费"] == ["社区经费", "经费收支", "经费预算"]

    def test_payroll_sees_neither_training_nor_money_of_communities(self, staff):
        found = parts_of(staff["payroll_officer"])
        assert list(found) == ["人员", "等级和工资", "考勤和请假", "考核评价"]
        assert found["考勤和请假"] == ["不在岗日历"]
        assert found["考核评价"] == ["考核", "考核结果", "赛马榜"]

    def test_a_community_has_few_entries_and_no_parts(self, staff):
        assert parts_of(staff["community_worker"]) == {
            "": ["社区工作者", "一职两备", "不在岗日历", "赛马榜", "社区经费", "经费收支"]
        }

    @pytest.mark.parametrize("role", ["grid_worker", "department_handler", "provider", "system_admin", "audit_admin"])
    def test_others_see_nothing_of_it(self, staff, role):
        assert parts_of(staff[role]) == {}

    def test_the_part_of_the_page_is_open_the_others_are_folded(self, client_for, staff):
        page = client_for(staff["district_officer"]).get("/staff/exams/").content.decode()
        folded = dict(re.findall(r'<details class="gw-menu-part" data-gw-group="staff\.(\w+)"( open)?>', page))
        assert [key for key, is_open in folded.items() if is_open] == ["growth"]
        assert len(folded) == len(ALL)


class TestSheets:
    @pytest.fixture(autouse=True)
    def _in_october(self) -> Any:
        with time_machine.travel("2026-10-09T09:00:00+08:00", tick=False):
            yield

    def test_only_judges_of_an_open_sheet_have_the_entry(self, tree, staff):
        office = make_office(tree, staff["street_officer"])
        make_worker(tree.community)

        def sees(user: Any) -> bool:
            return any("打分" in entries for entries in parts_of(user).values())

        assert not sees(office.street)
        row = office.open()
        assert sees(office.street)
        assert not any(sees(user) for user in (office.one, staff["payroll_officer"], staff["community_worker"]))
        give_all(row, "90")
        assert sees(office.street), "what was sent may be changed until scoring is closed"
        row = APPRAISAL_FLOW.perform("close", row, office.one)
        assert not sees(office.street)
        row = APPRAISAL_FLOW.perform("send_back", row, office.two, note="有误")
        assert sees(office.street)
        sheet_excuse(sheet=AppraisalSheet.objects.get(), actor=office.one, why="出差")
        assert not sees(office.street)

    def test_nobody_pays_for_it_on_every_page(self, tree, staff, django_assert_num_queries):
        forget_judges()
        with django_assert_num_queries(1):
            assert not any(is_judge(user) for user in (*staff.values(), None))
