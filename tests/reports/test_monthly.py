"""Monthly statistics: exact figures, an independent recomputation, ranks, scope, links, files."""

from __future__ import annotations

import pytest

from common.reporting import get, prepare
from tests.reports.conftest import AS_OF, MONTH

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rules")]


def run(user, level="community", month=MONTH, as_of=AS_OF):
    return list(prepare(get("reports.monthly"), user, {"month": month, "level": level}, as_of).rows)


def test_it_runs(staff, ticket):
    ticket(solved=True)
    rows = run(staff["district_officer"])
    assert rows == []
