"""Two at once, on a real database: one publication, one answer to an appeal, one period."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from common.errors import Conflict
from staff.models import Appraisal, AppraisalResult
from staff.services.appraisal import appraisal_open, appraisal_publish
from staff.services.appraisal_appeals import appeal_ask
from staff.workflow import APPEAL_FLOW
from tests.factories.accounts import make_user
from tests.factories.grid import make_tree
from tests.factories.staff import make_worker
from tests.staff.appraisal_support import Office, make_office
from tests.together import together

pytestmark = pytest.mark.django_db(transaction=True)
FIRST = date(2026, 7, 1)


def outcomes(results: list[Any]) -> list[str]:
    return sorted(type(result).__name__ for result in results)


def test_published_once_one_appeal_decided_once_and_one_period_of_two_opened_at_once():
    tree = make_tree()
    office: Office = make_office(tree)
    third = make_user("district_officer", tree.district, username="third")
    worker = make_worker(tree.community, user=make_user("community_worker", tree.community))

    opened = together(
        *(
            lambda actor=actor, unit=unit: appraisal_open(
                actor=actor, unit=unit, subject="worker", cycle="year", first_day=FIRST
            )
            for actor, unit in ((office.one, tree.district), (office.street, tree.street))
        )
    )
    assert outcomes(opened) == ["Appraisal", "Conflict"], opened
    assert Appraisal.objects.count() == 1

    row = office.closed("85")
    published = together(
        *(lambda user=user: appraisal_publish(appraisal=row, actor=user) for user in (office.two, third))
    )
    assert outcomes(published) == ["Appraisal", "Conflict"], published
    winner = next(one for one in published if isinstance(one, Appraisal))
    row.refresh_from_db()
    assert row.published_by == winner.published_by

    one = row.appraised.get()
    appeal = appeal_ask(user=worker.user, appraised=one, text="出勤少算一天", request_key=uuid4())
    decided = together(
        lambda: APPEAL_FLOW.perform("uphold", appeal, office.two, line="home:judge_street", points="95", note="属实"),
        lambda: APPEAL_FLOW.perform("reject", appeal, third, note="核对无误"),
    )
    assert outcomes(decided) == ["Appeal", "Conflict"], decided
    appeal.refresh_from_db()
    upheld = appeal.state == "upheld"
    assert AppraisalResult.objects.count() == (2 if upheld else 1)
    assert any(isinstance(result, Conflict) for result in decided)
