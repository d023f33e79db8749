"""Departments belong to the district; closing one keeps its history."""

from __future__ import annotations

import pytest
from django.http import Http404

from common import events as history
from common.decisions import Denied
from common.errors import Conflict, Invalid, Refused
from grid import guards
from grid.models import Department
from grid.services import department_change, department_close, department_create, department_reopen

pytestmark = pytest.mark.django_db


def test_a_department_lives_and_leaves_its_trace(tree, staff):
    officer = staff["district_officer"]
    made = department_create(actor=officer, code="water", name="供水公司", short_name="供水", sort=30)
    changed = department_change(department=made, actor=officer, name="市政供水公司", sort=30)
    assert department_change(department=changed, actor=officer, name="市政供水公司").event_seq == 2
    closed = department_close(department=changed, actor=officer)
    assert not closed.is_active
    with pytest.raises(Conflict, match="已经停用"):
        department_close(department=closed, actor=officer)
    department_reopen(department=closed, actor=officer)
    with pytest.raises(Conflict, match="没有停用"):
        department_reopen(department=closed, actor=officer)
    kinds = [(event.kind, event.data) for event in history.timeline(made)]
    assert kinds == [
        ("department.reopened", {"name": "市政供水公司"}),
        ("department.closed", {"name": "市政供水公司"}),
        ("department.changed", {"summary": "名称由“供水公司”改为“市政供水公司”"}),
        ("department.created", {"name": "供水公司", "code": "water"}),
    ]
    assert list(history.verify()) == []


@pytest.mark.parametrize(
    ("values", "field", "sentence"),
    [
        ({"code": "供水"}, "code", "代码只用字母"),
        ({"name": ""}, "name", "请填写名称"),
        ({"name": "区住建局"}, "name", "名称“区住建局”已经有部门使用"),
        ({"short_name": "长" * 21}, "short_name", "简称最多 20 字"),
        ({"sort": -1}, "sort", "排序应在"),
    ],
)
def test_unusable_values_are_refused_in_place(tree, staff, values, field, sentence):
    before = list(Department.objects.values())
    with pytest.raises(Invalid, match=sentence) as refusal:
        department_create(**{"actor": staff["district_officer"], "code": "water", "name": "供水公司", **values})
    assert refusal.value.field == field
    assert list(Department.objects.values()) == before


def test_a_guard_keeps_a_department_open(tree, staff, monkeypatch):
    monkeypatch.setitem(guards._GUARDS, "test.tickets", lambda body: Denied("还有 3 件未办结工单。"))
    with pytest.raises(Invalid, match="还有 3 件未办结工单"):
        department_close(department=tree.housing, actor=staff["district_officer"])
    tree.housing.refresh_from_db()
    assert tree.housing.is_active


def test_only_the_district_maintains_departments(tree, staff):
    before = list(Department.objects.values())
    for role in ("street_officer", "community_worker", "department_handler", "system_admin"):
        with pytest.raises(Refused, match="只有区级"):
            department_create(actor=staff[role], code="water", name="供水公司")
        with pytest.raises(Refused, match="只有区级"):
            department_close(department=tree.housing, actor=staff[role])
    staff["district_officer"].is_active = False
    with pytest.raises(Http404):
        department_change(department=tree.housing, actor=staff["district_officer"], name="甲")
    assert list(Department.objects.values()) == before
