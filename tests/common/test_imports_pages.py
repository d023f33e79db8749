"""The pages of an import, as a person walks through them."""

from __future__ import annotations

import io

import openpyxl
import pytest
from django.urls import reverse

from common import imports, jobs
from common.imports import registry
from common.models import Holiday, ImportBatch
from tests.common.imports_fixtures import BAD, GOOD, YEAR, HolidayImport, a_file

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _spec(monkeypatch, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"
    monkeypatch.setattr(registry, "_SPECS", {})
    imports.register(HolidayImport)


@pytest.fixture
def browser(staff, client_for):
    return client_for(staff["community_worker"])


def upload(browser, *rows):
    response = browser.post("/imports/new/test.holidays/", {"file": a_file(*rows)})
    assert response.status_code == 302, response.content.decode()
    return ImportBatch.objects.latest("pk")


def columns(batch):
    return {f"column_{name}": place for name, place in batch.mapping.items()}


def work_off(batch):
    batch.refresh_from_db()
    jobs.execute(jobs.claim(batch.job_id))


def test_from_the_template_to_the_imported_rows_and_back(browser):
    home = browser.get("/imports/").content.decode()
    assert "节假日" in home
    assert "还没有导入过文件" in home

    template = browser.get("/imports/new/test.holidays/template")
    assert "attachment" in template["Content-Disposition"]
    assert openpyxl.load_workbook(io.BytesIO(b"".join(template.streaming_content))).sheetnames == ["节假日", "填写说明"]

    page = browser.get("/imports/new/test.holidays/").content.decode()
    assert "每行一天。" in page
    assert 'accept=".xlsx' in page

    batch = upload(browser, *GOOD, *BAD)
    address = reverse("imports:batch", args=[batch.pk])
    page = browser.get(address).content.decode()
    assert "文件中的哪一列是什么" in page
    assert f"{YEAR}-05-01" in page

    assert browser.post(address, columns(batch)).status_code == 302
    waiting = browser.get(address).content.decode()
    assert "正在检查" in waiting
    assert 'hx-trigger="every 1s"' in waiting

    work_off(batch)
    page = browser.get(address, headers={"HX-Target": "gw-import", "HX-Request": "true"}).content.decode()
    assert "<html" not in page
    assert "导入 4 行" in page
    assert "找王主任138****5678" in page
    assert "hx-trigger" not in page
    assert Holiday.objects.filter(date__year=YEAR).count() == 0

    rejected = browser.get(f"{address}rejected")
    assert openpyxl.load_workbook(io.BytesIO(b"".join(rejected.streaming_content))).active.max_row == 4

    assert browser.post(f"{address}commit").status_code == 302
    work_off(batch)
    assert Holiday.objects.filter(date__year=YEAR).count() == 4
    page = browser.get(address).content.decode()
    assert "共 7 行：已导入 4 行，有误 3 行。" in page
    assert "撤销这次导入" in page

    assert browser.post(f"{address}undo").status_code == 302
    work_off(batch)
    assert Holiday.objects.filter(date__year=YEAR).count() == 0
    assert "已撤销" in browser.get(address).content.decode()
    assert "假日.csv" in browser.get("/imports/").content.decode()


def test_a_file_that_is_no_table_is_answered_in_the_form(browser):
    from django.core.files.uploadedfile import SimpleUploadedFile

    response = browser.post("/imports/new/test.holidays/", {"file": SimpleUploadedFile("a.xlsx", b"MZ" + bytes(99))})
    assert response.status_code == 400
    assert "这是一个程序文件，不是表格，没有接收。" in response.content.decode()
    response = browser.post("/imports/new/test.holidays/", {})
    assert "请选择要导入的文件。" in response.content.decode()
    assert not ImportBatch.objects.exists()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"column_date": ""}, "这是必填项，请选择文件中对应的列。"),
        ({"column_date": "99"}, "所选的列不在文件中，请重新选择。"),
        ({"column_date": "x"}, "所选的列不在文件中，请重新选择。"),
        ({"column_name": "0"}, "文件中的这一列已选给另一项。"),
    ],
)
def test_columns_that_cannot_be_are_answered_in_place(browser, changes, sentence):
    batch = upload(browser, *GOOD)
    response = browser.post(reverse("imports:batch", args=[batch.pk]), {**columns(batch), **changes})
    assert response.status_code == 400
    assert sentence in response.content.decode()
    batch.refresh_from_db()
    assert batch.status == "uploaded"


def test_another_person_gets_404_everywhere_and_nothing_changes(browser, staff, client_for):
    batch = upload(browser, *GOOD)
    other = client_for(staff["street_officer"])
    address = reverse("imports:batch", args=[batch.pk])
    assert other.get(address).status_code == 404
    assert other.get(f"{address}rejected").status_code == 404
    for verb in ("", "commit", "undo", "discard"):
        assert other.post(f"{address}{verb}").status_code == 404
    assert batch.original_name not in other.get("/imports/").content.decode()
    batch.refresh_from_db()
    assert (batch.status, batch.job) == ("uploaded", None)


def test_without_the_permission_403_with_the_reason(staff, client_for):
    browser = client_for(staff["grid_worker"])
    for address in ("/imports/new/test.holidays/", "/imports/new/test.holidays/template"):
        response = browser.get(address)
        assert response.status_code == 403
        assert "没有“" in response.content.decode()
    assert "没有您可以导入的内容" in browser.get("/imports/").content.decode()
    assert browser.post("/imports/new/test.holidays/", {"file": a_file(*GOOD)}).status_code == 403
    assert not ImportBatch.objects.exists()


def test_a_permission_that_was_taken_closes_the_batch(browser, staff):
    batch = upload(browser, *GOOD)
    staff["community_worker"].assignments.update(role="grid_worker", unit=staff["grid_worker"].assignments.get().unit)
    assert browser.get(reverse("imports:batch", args=[batch.pk])).status_code == 403
    assert browser.post(reverse("imports:commit", args=[batch.pk])).status_code == 403


def test_an_unknown_import_is_404(browser):
    assert browser.get("/imports/new/nothing/").status_code == 404
    assert browser.get("/imports/999999/").status_code == 404


def test_visitors_are_sent_to_sign_in(client):
    for address in ("/imports/", "/imports/new/test.holidays/", "/imports/new/test.holidays/template", "/imports/1/"):
        response = client.get(address)
        assert response.status_code == 302, address
        assert "next=" in response["Location"]


def test_a_step_at_the_wrong_time_is_a_sentence(browser):
    batch = upload(browser, *GOOD)
    response = browser.post(reverse("imports:commit", args=[batch.pk]))
    assert response.status_code == 409
    assert "现在是“待核对列”" in response.content.decode()


def test_discard(browser):
    batch = upload(browser, *GOOD)
    response = browser.post(reverse("imports:discard", args=[batch.pk]), follow=True)
    assert "已放弃这次导入，文件已删除。" in response.content.decode()
    assert not ImportBatch.objects.exists()


def test_the_same_file_is_recognised(browser):
    first = upload(browser, *GOOD)
    ImportBatch.objects.filter(pk=first.pk).update(status="committed")
    second = upload(browser, *GOOD)
    assert "这个文件已经导入过" in browser.get(reverse("imports:batch", args=[second.pk])).content.decode()
