"""A month's pay in a real browser: regrade, calculate, differences, approve by another, the slip on the worker's phone."""

from __future__ import annotations

import json
import re

import pytest
from django.utils import timezone

from tests.e2e.conftest import PHONE

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]


def press(page, name: str, **inputs: str) -> None:
    """Open the form of a step of the run, fill it in and send it."""
    address = page.url.rstrip("/")
    page.goto(f"{address}/do/{name}/")
    for field, value in inputs.items():
        page.fill(f"[name={field}]", value)
    with page.expect_navigation():  # whatever asks first has been answered
        page.locator("main form[method=post]").last.evaluate("form => form.submit()")
    page.wait_for_load_state("networkidle")


def test_from_a_regrade_to_the_slip(site, signed_in):
    facts = json.loads(site.run("-m", "tests.prepare_site", "pay"))
    month = timezone.localdate().replace(day=1)

    preparer = signed_in("payroll_officer")
    preparer.goto(f"/staff/people/{facts['worker']}/grades/regrade/")
    preparer.locator("[name=reason]").select_option("scheme", force=True)
    preparer.fill("[name=on]", f"{month:%Y-%m-%d}")
    preparer.locator("main form[method=post] button[type=submit]").last.click()
    preparer.wait_for_load_state("networkidle")
    preparer.goto(f"/staff/people/{facts['worker']}/grades/")
    assert "本科学历加 1 级" in preparer.locator("main").inner_text()

    preparer.goto("/staff/pay/new/")
    preparer.fill("[name=month]", f"{month:%Y-%m}")
    preparer.locator("main form[method=post] button[type=submit]").last.click()
    preparer.wait_for_url(re.compile(r"/staff/pay/\d+/$"))
    run = preparer.url.removeprefix(site.address)
    press(preparer, "calculate")
    preparer.wait_for_url(re.compile(r"/jobs/\d+|/staff/pay/\d+/$"))
    preparer.wait_for_selector("text=2 人，应发", timeout=60_000)
    preparer.goto(f"{run}do/check/")
    assert "请由另一位同事复核" in preparer.locator("main").inner_text()

    checker = signed_in("payroll_checker")
    checker.goto(f"{run}differences/")
    assert "新进入工资表" in checker.locator("main").inner_text()
    checker.goto(run)
    press(checker, "check", note="已逐项核对")
    chief = signed_in("district_officer")
    chief.goto(run)
    press(chief, "approve")
    checker.goto(run)
    press(checker, "pay", paid_on=f"{timezone.localdate():%Y-%m-%d}")
    assert "已发放" in checker.locator("main").inner_text()

    worker = signed_in("community_worker", PHONE)
    worker.goto("/staff/me/pay/")
    worker.fill("[name=password]", site.facts["password"])
    worker.locator("main form[method=post] button[type=submit]").last.click()
    worker.wait_for_url(re.compile(r"/staff/me/pay/$"))
    worker.locator("main a[href^='/staff/me/pay/']").last.click()
    worker.wait_for_load_state("networkidle")
    text = worker.locator("main").inner_text()
    assert "基本报酬" in text
    assert "怎么算的" in worker.content()
    own = int(re.search(r"/(\d+)/$", worker.url).group(1))
    assert worker.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for other in {own - 1, own + 1}:
        assert worker.goto(f"/staff/me/pay/{other}/").status == 404
        assert worker.goto(f"/staff/slips/{other}/").status in (403, 404)
