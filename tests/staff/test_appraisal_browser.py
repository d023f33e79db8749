"""Pages of appraisal in a real browser: they fit, are accessible, and a judge scores on a phone."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from staff.models import AppraisalSheet, WorkerHonour
from tests.browser import PHONE
from tests.factories.appraisal import make_appeal
from tests.factories.staff import make_worker
from tests.staff.appraisal_support import make_office

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("transactional_db")]


@pytest.fixture
def season(tree: Any, staff: Any) -> Any:
    """A year that is published with an appeal, a board, and a quarter that is being scored."""
    office = make_office(tree, staff["street_officer"])
    workers = [make_worker(tree.community, user=staff["community_worker"])]
    workers += [make_worker(tree.community, name=name) for name in ("王芳", "欧阳晓明", "赵敏")]
    year = office.published("86", cycle="year")
    result = year.results.get(appraised__worker=workers[0])
    make_appeal(result, staff["community_worker"])
    office.published("91.5", subject="community")
    row = office.open()
    WorkerHonour.objects.create(
        worker=workers[0], name="最美社工", level="city", given_by="市民政局", given_on="2025-09-20"
    )
    return {"office": office, "worker": workers[0], "year": year, "row": row, "result": result}


def test_the_pages_are_accessible_and_fit(faults_of, staff, season):
    one = season["result"].appraised
    pages = {
        "appraisals": {}, "appraisal": {"pk": season["row"].pk}, "appraisal-open": {}, "appraisal-results": {},
        "appraised": {"pk": one.pk}, "appeals": {}, "appeal": {"pk": one.appeals.get().pk}, "board": {},
        "worker-record": {"pk": season["worker"].pk},
    }  # fmt: skip
    assert faults_of(season["office"].two, addresses(pages)) == {}
    own = {"own-appraisals": {}, "own-appraisal": {"pk": one.pk}, "own-record": {}, "own": {}}
    assert faults_of(staff["community_worker"], addresses(own)) == {}


def addresses(pages: dict[str, dict[str, int]]) -> dict[str, str]:
    return {f"appraisal-{name}": reverse(f"staff:{name}", kwargs=kwargs) for name, kwargs in pages.items()}


def test_a_judge_scores_on_a_phone(tab_for, season):
    sheet = AppraisalSheet.objects.get(appraisal=season["row"])
    tab = tab_for(season["office"].street, PHONE)
    page = tab.open(reverse("staff:own-sheets"))
    assert tab.violations() == []
    page.get_by_role("link", name="打分", exact=True).last.click()
    page.wait_for_selector("text=每项 0 至 100 分")
    inputs = page.locator("input[name^=score_]")
    for place in range(inputs.count()):
        inputs.nth(place).fill("101" if place == 0 else "88.5")
    page.get_by_role("button", name="提交打分表").click()
    page.wait_for_selector("text=得分不能高于 100。")
    inputs.first.fill("90")
    tab.shoot("appraisal-own-sheet")
    assert (tab.violations(), tab.overflow()) == ([], 0)
    page.get_by_role("button", name="提交打分表").click()
    page.wait_for_selector("text=已提交，谢谢。")
    sheet.refresh_from_db()
    assert sheet.sent_at is not None
    assert set(sheet.scores.values_list("points", flat=True)) == {90, 88.5}
