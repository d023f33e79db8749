"""A unit or department with open tickets, or one that categories lead to, is not closed."""

from __future__ import annotations

import pytest

from common.errors import Invalid
from grid.models import Department, Unit
from grid.services import department_close, unit_close
from petitions.choices import State
from petitions.models import Category

pytestmark = pytest.mark.django_db


def test_a_unit_stays_open_until_its_tickets_are_done(desk):
    petition = desk.register(unit=desk.tree.group)
    with pytest.raises(Invalid, match="“1号楼”还有 1 件未办结工单，请先办结或转给别的单位。"):
        unit_close(unit=desk.tree.group, actor=None)
    assert Unit.objects.get(pk=desk.tree.group.pk).is_active
    desk.act(petition, "refuse", "community_worker", reason="repeated", note="重复")
    unit_close(unit=desk.tree.group, actor=None)
    assert not Unit.objects.get(pk=desk.tree.group.pk).is_active


def test_a_department_stays_open_while_it_leads_or_helps(desk):
    Category.objects.update(lead_department=None)
    leads = desk.bring_to(State.DISPATCHED)
    helps = desk.act(desk.register(), "accept", "community_worker")
    desk.act(helps, "dispatch", "community_worker", lead=desk.tree.community, co_handlers=(desk.tree.enforcement,))
    for department in (desk.tree.housing, desk.tree.enforcement):
        with pytest.raises(Invalid, match="还有 1 件未办结工单"):
            department_close(department=department, actor=None)
        assert Department.objects.get(pk=department.pk).is_active
    assert leads.lead_department == desk.tree.housing


def test_a_department_that_categories_lead_to_is_replaced_there_first(desk):
    Category.objects.filter(pk=desk.category.pk).update(lead_department=desk.tree.housing)
    with pytest.raises(Invalid, match=f"诉求分类“{desk.category.name}”等由“区住建局”主办"):
        department_close(department=desk.tree.housing, actor=None)
    Category.objects.filter(lead_department=desk.tree.housing).update(lead_department=desk.tree.enforcement)
    department_close(department=desk.tree.housing, actor=None)
    assert not Department.objects.get(pk=desk.tree.housing.pk).is_active
