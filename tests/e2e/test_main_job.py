"""The main job in a real browser: log, dispatch, sign for, reply, call back, close, export the month."""

from __future__ import annotations

import base64
import re
from io import BytesIO

import openpyxl
import pytest
from django.utils import timezone

from tests.e2e.conftest import PHONE

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

TEXT = "江湾社区3号楼电梯困人，物业半天没人管，请尽快处理。"


PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def act(page, path: str, name: str, **inputs: str) -> None:
    """Open the form of an action, fill it in and send it."""
    page.goto(f"{path}act/{name}/")
    for field, value in inputs.items():
        control = page.locator(f"[name={field}]").first
        if control.evaluate("node => node.tagName") == "SELECT":
            control.select_option(value, force=True)
        elif control.get_attribute("type") == "radio":
            page.locator(f"[name={field}][value={value}]").check(force=True)
        else:
            control.fill(value)
    page.locator("main form[method=post] button[type=submit]").last.click()
    page.wait_for_url(re.compile(re.escape(path) + r"$"))


def test_from_the_counter_to_the_month(site, signed_in, tmp_path):
    worker = signed_in("community_worker", PHONE)
    worker.goto("/petitions/new/")
    worker.fill("[name=text]", TEXT)
    worker.fill("[name=place]", "江湾社区3号楼")
    worker.fill("[name=name]", "张晓明")
    worker.fill("[name=phone]", "13800000001")
    worker.locator("[name=category]").select_option(label="物业收费1", force=True)
    photo = {"name": "电梯.png", "mimeType": "image/png", "buffer": PNG}
    worker.set_input_files("[name=files]", photo)
    worker.click("button[name=dispatch]")
    worker.wait_for_url(re.compile(r"/petitions/\d+/registered/"))
    path = re.sub(r"registered/$", "", worker.url.removeprefix(site.address))
    number = worker.locator("main").inner_text()
    number = re.search(r"220605\d{14}", number).group()

    handler = signed_in("department_handler")
    handler.goto("/petitions/mine/")
    assert handler.locator(f"a[href='{path}']").first.is_visible()
    act(handler, path, "sign")
    act(handler, path, "contact", way="phone", note="已电话联系诉求人")
    act(handler, path, "reply", reply="电梯已修复，已责令物业加强值守。")

    act(worker, path, "verify")
    act(worker, path, "callback", solved="yes", satisfaction="satisfied")
    act(worker, path, "close")
    assert "已办结" in worker.locator("main").inner_text()

    officer = signed_in("district_officer")
    officer.goto("/reports/monthly/")
    officer.locator("[name=month]").select_option(f"{timezone.localdate():%Y-%m}", force=True)
    officer.locator("[name=level][value=community]").check(force=True)
    officer.locator("main form[method=post] button[type=submit]").first.click()
    officer.wait_for_selector("a[href$='.xlsx']", timeout=60_000)
    with officer.expect_download() as download:
        officer.locator("a[href$='.xlsx']").first.click()
    assert re.fullmatch(r"江源区_.+_\d{4}年\d+月\.xlsx", download.value.suggested_filename)
    download.value.save_as(tmp_path / "month.xlsx")
    sheet = openpyxl.load_workbook(BytesIO((tmp_path / "month.xlsx").read_bytes())).active
    row = next(row for row in sheet.iter_rows(values_only=True) if row[0] == "江湾社区")
    assert 1 in row[1:4]

    cell = officer.locator("main table a[href*='measure=received'][href*='month=']").first
    cell.click()
    officer.wait_for_load_state()
    assert number in officer.content() or officer.locator(f"a[href='{path}']").count()

    worker.goto(path)
    file = worker.locator("a[href^='/petitions/attachments/']").first.get_attribute("href")
    worker.goto("/petitions/")
    worker.locator("button[name=format][value=xlsx]").first.evaluate("node => node.form.requestSubmit(node)")
    worker.wait_for_url(re.compile(r"/jobs/\d+"))
    job = worker.url.removeprefix(site.address)

    neighbour = signed_in("neighbour")
    for address in (path, f"{path}act/sign/", file, job, f"/api/v1{path}", f"/api/v1{path}timeline/"):
        assert neighbour.goto(address).status == 404
    neighbour.goto("/petitions/")
    assert number not in neighbour.content()
    assert neighbour.request.get(f"/petitions/?q={number}").ok
    assert path not in neighbour.request.get(f"/petitions/?q={number}").text()
