"""Two at once, on a real database: one approval, one set of slips."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from common.errors import Conflict
from staff.models import PayRun, Slip
from staff.services import runs
from tests.factories.accounts import make_user
from tests.factories.grid import make_tree
from tests.factories.rules import make_rules
from tests.factories.staff import make_worker
from tests.together import together

pytestmark = pytest.mark.django_db(transaction=True)
MONTH = date(2026, 9, 1)


@pytest.fixture
def district():
    tree = make_tree()
    make_rules("jiangyuan")
    make_worker(tree.community, grade=10, rank="head")
    return tree.district


def _user(district: Any, role: str, name: str) -> Any:
    return make_user(role, district, username=name)


def test_two_chiefs_approve_at_once(district):
    preparer, checker = (_user(district, "payroll_officer", name) for name in ("preparer", "checker"))
    chiefs = [_user(district, "district_officer", name) for name in ("chief1", "chief2")]
    run = runs.run_create(actor=preparer, unit=district, month=MONTH)
    run = runs.run_check(run=runs.run_calculate(run=run, actor=preparer), actor=checker)
    results = together(*(lambda chief=chief: runs.run_approve(run=run, actor=chief) for chief in chiefs))
    assert sorted(type(result).__name__ for result in results) == ["Conflict", "PayRun"]
    run.refresh_from_db()
    winner = next(result for result in results if isinstance(result, PayRun))
    assert run.approved_by_id == winner.approved_by_id
    assert runs.proof(run) == []


def test_two_calculations_at_once_write_one_set_of_slips(district):
    preparers = [_user(district, "payroll_officer", name) for name in ("preparer1", "preparer2")]
    run = runs.run_create(actor=preparers[0], unit=district, month=MONTH)
    results = together(*(lambda one=one: runs.run_calculate(run=run, actor=one) for one in preparers))
    assert all(isinstance(result, PayRun) for result in results), results
    assert Slip.objects.count() == 1


def test_a_run_for_the_street_and_one_for_the_district_at_once(district):
    """The same person in two runs: one of them wins, nobody is paid twice."""
    preparers = [_user(district, "payroll_officer", name) for name in ("preparer1", "preparer2")]
    street = district.children.order_by("path").first()
    made = [runs.run_create(actor=preparers[0], unit=unit, month=MONTH) for unit in (district, street)]
    pairs = zip(made, preparers, strict=True)
    results = together(*(lambda run=run, one=one: runs.run_calculate(run=run, actor=one) for run, one in pairs))
    assert sorted(type(result).__name__ for result in results) == ["Conflict", "PayRun"], results
    assert Slip.objects.count() == 1
    assert any(isinstance(result, Conflict) and "不能重复发放" in result.message for result in results)
