"""Fixtures of the tests of community workers.

``office``   the street's officer, with the district's dated rules
``worker``   a worker of the street's community
``bureau``   江源 with its rules: two payroll officers and the chief who approves
``payroll``  whoever keeps the grades
``money``    江源's community funds: who budgets, enters and approves
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest

from accounts.models import User
from staff.models import PayRun, Worker
from staff.services import runs
from tests.factories.accounts import make_user
from tests.factories.funds import Money
from tests.factories.rules import make_rules
from tests.factories.staff import make_worker


@dataclass
class Bureau:
    """Who works on pay: ``preparer`` and ``checker`` are two payroll officers, ``chief`` approves."""

    tree: Any
    preparer: User
    checker: User
    chief: User

    def run(self, month: date, **fields: Any) -> PayRun:
        """A calculated run of the whole district."""
        made = runs.run_create(actor=self.preparer, unit=self.tree.district, month=month, **fields)
        return runs.run_calculate(run=made, actor=self.preparer)

    def frozen(self, month: date, **fields: Any) -> PayRun:
        """An approved run."""
        made = runs.run_check(run=self.run(month, **fields), actor=self.checker)
        return runs.run_approve(run=made, actor=self.chief)


@pytest.fixture
def bureau(db, tree) -> Bureau:
    make_rules("jiangyuan")
    return Bureau(
        tree,
        make_user("payroll_officer", tree.district, username="preparer"),
        make_user("payroll_officer", tree.district, username="checker"),
        make_user("district_officer", tree.district, username="chief"),
    )


@pytest.fixture
def money(tree: Any, staff: Any) -> Money:
    make_rules("jiangyuan")
    return Money(tree, staff, make_user("district_officer", tree.district, username="second"))


@pytest.fixture
def rules(db: Any) -> None:
    """All dated rules of the profile (三岗十八级)."""
    make_rules()


@pytest.fixture
def payroll(staff: Any, rules: None) -> Any:
    """Whoever keeps the grades."""
    return staff["payroll_officer"]


@pytest.fixture
def office(staff: Any) -> Any:
    make_rules()
    return staff["street_officer"]


@pytest.fixture
def worker(tree: Any) -> Worker:
    return make_worker(tree.community)
