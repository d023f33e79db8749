"""The pages of an import in a real browser: the whole way, accessible, wide and narrow."""

from __future__ import annotations

import pytest

from common import imports, jobs
from common.imports import registry
from common.models import Holiday, ImportBatch
from tests.browser import PHONE, WIDE
from tests.common.imports_fixtures import BAD, GOOD, YEAR, HolidayImport, a_file

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("transactional_db")]


@pytest.fixture(autouse=True)
def _spec(monkeypatch, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"
    monkeypatch.setattr(registry, "_SPECS", {})
    imports.register(HolidayImport)


def looked_at(tab, name: str) -> None:
    tab.shoot(f"import-{name}")
    assert tab.faults() == []


def work_off() -> None:
    jobs.execute(jobs.claim(ImportBatch.objects.latest("pk").job_id))


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["desk", "phone"])
def test_from_the_file_to_the_rows(tab_for, staff, tmp_path, size):
    path = tmp_path / "假日.csv"
    path.write_bytes(a_file(*GOOD, *BAD).read())
    tab = tab_for(staff["community_worker"], size)
    page = tab.open("/imports/")
    looked_at(tab, "1-list")

    page.click("text=上传文件")
    page.wait_for_selector("#id_file")
    looked_at(tab, "2-upload")
    page.set_input_files("#id_file", path)
    page.click("button:has-text('上传并核对列')")
    page.wait_for_selector("text=文件中的哪一列是什么")
    looked_at(tab, "3-columns")
    assert page.input_value("#id_column_date") == "0"

    page.click("button:has-text('检查文件')")
    page.wait_for_selector("text=正在检查")
    looked_at(tab, "4-checking")
    work_off()
    page.wait_for_selector("button:has-text('导入 4 行')")
    looked_at(tab, "5-checked")
    assert "不像电话号码" in page.inner_text("#gw-import")

    page.click("button:has-text('导入 4 行')")
    page.click("#gw-confirm-yes")
    page.wait_for_selector("text=正在导入")
    work_off()
    page.wait_for_selector("text=共 7 行：已导入 4 行，有误 3 行。")
    looked_at(tab, "6-committed")
    assert Holiday.objects.filter(date__year=YEAR).count() == 4


def test_a_file_that_is_no_table(tab_for, staff, tmp_path):
    path = tmp_path / "工单.xlsx"
    path.write_bytes(b"MZ" + bytes(500))
    tab = tab_for(staff["community_worker"])
    page = tab.open("/imports/new/test.holidays/")
    page.set_input_files("#id_file", path)
    page.click("button:has-text('上传并核对列')")
    page.wait_for_selector("text=这是一个程序文件，不是表格，没有接收。")
    looked_at(tab, "7-refused")
