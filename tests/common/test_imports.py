"""From the template to the dry run: columns, uploads, findings."""

from __future__ import annotations

import io
from datetime import timedelta

import openpyxl
import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.utils import timezone

from common import imports, jobs
from common.errors import Invalid, Refused
from common.imports import matching, registry, run_import, services
from common.imports.template import write_template
from common.models import ImportBatch, ImportedRow, Job
from common.sheets import UnreadableFile
from tests.common.imports_fixtures import (
    BAD,
    GOOD,
    YEAR,
    HolidayImport,
    a_file,
    checked,
    files,
    made,
    work_off,
)  # fmt: skip

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _spec(monkeypatch, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"
    monkeypatch.setattr(registry, "_SPECS", {})
    imports.register(HolidayImport)


@pytest.fixture
def worker(staff):
    return staff["community_worker"]


class TestTemplate:
    def test_head_remarks_and_explanations(self):
        out = io.BytesIO()
        write_template(registry.get("test.holidays"), out)
        book = openpyxl.load_workbook(out)
        sheet = book["节假日"]
        assert [cell.value for cell in sheet[1]] == ["日期", "名称", "上班", "联系电话"]
        assert sheet["A1"].comment.text == "必填\n例：2080-05-01"
        assert sheet["B1"].comment.text == "必填\n节日的名称"
        assert sheet.max_row == 1
        assert [rule.formula1 for rule in sheet.data_validations.dataValidation] == ['"是,否"']
        rows = list(book["填写说明"].iter_rows(values_only=True))
        assert rows[0][0] == "每行一天。"
        assert rows[2] == ("日期", "必填", "", "2080-05-01", "")
        assert rows[4] == ("上班", "选填", "", "", "是、否")

    def test_the_template_filled_in_is_recognised_whole(self, tmp_path, worker):
        out = io.BytesIO()
        write_template(registry.get("test.holidays"), out)
        book = openpyxl.load_workbook(out)
        book["节假日"].append([f"{YEAR}-05-01", "劳动节", "否", None])
        book.save(tmp_path / "a.xlsx")
        result = run_import("test.holidays", tmp_path / "a.xlsx", actor=worker, commit=True)
        assert (result.total, result.imported) == (1, 1)
        assert result.mapping == {"日期": "日期", "名称": "名称", "上班": "上班", "联系电话": "联系电话"}


class TestColumns:
    SPEC = HolidayImport()

    @pytest.mark.parametrize(
        "heading", ["日期", " 日 期 ", "日期*", "日期（必填）", "【日期】日期", "时间", "DATE", "ｄａｔｅ"]
    )
    def test_headings_that_mean_the_same(self, heading):
        assert matching.automatic(self.SPEC, ["x", heading]) == {"date": 1}

    def test_the_first_of_equal_headings_counts_and_a_label_goes_before_an_alias(self):
        assert matching.automatic(self.SPEC, ["名称", "名称", ""]) == {"name": 0}

    def test_what_was_said_goes_before_what_is_recognised(self):
        head = ["日期", "甲", "名称"]
        assert matching.said(self.SPEC, head, {"甲": "date"}) == {"date": 1, "name": 2}
        assert matching.said(self.SPEC, head, {"日期": "名称"}) == {"name": 0}

    @pytest.mark.parametrize(
        ("words", "message"), [({"乙": "date"}, "文件中没有名为“乙”的列"), ({"甲": "color"}, "没有名为“color”的导入项")]
    )
    def test_what_is_not_there_is_named(self, words, message):
        with pytest.raises(Invalid, match=message):
            matching.said(self.SPEC, ["日期", "甲"], words)

    @pytest.mark.parametrize(
        ("mapping", "message"),
        [
            ({"date": 0}, "请为必填项选择文件中的列：名称"),
            ({"date": 0, "name": 0}, "选给了两个导入项"),
            ({"date": 0, "name": 9}, "不在文件中"),
            ({"date": 0, "name": -1}, "不在文件中"),
            ({"date": 0, "name": 1, "color": 2}, "已有变化"),
        ],
    )
    def test_a_mapping_that_cannot_be(self, mapping, message):
        with pytest.raises(Invalid, match=message):
            matching.check(self.SPEC, mapping, ["a", "b", "c"])


class TestUpload:
    def test_head_columns_and_first_rows_are_kept(self, worker):
        batch = services.upload(spec_key="test.holidays", actor=worker, file=a_file(*GOOD))
        batch.refresh_from_db()
        assert (batch.status, batch.original_name, batch.head) == (
            "uploaded",
            "假日.csv",
            ["日期", "名称", "上班", "联系电话"],
        )
        assert batch.mapping == {"date": 0, "name": 1, "is_workday": 2, "phone": 3}
        assert batch.sample == GOOD
        assert default_storage.exists(batch.file)

    def test_what_people_wrote_is_sealed_in_the_database(self, worker):
        batch = checked(worker, *BAD)
        with connection.cursor() as cursor:
            cursor.execute("SELECT sample_text, errors_text FROM common_importbatch WHERE id = %s", [batch.pk])
            assert all(text.startswith("g1.") for text in cursor.fetchone())

    @pytest.mark.parametrize(
        ("file", "sentence"),
        [
            (SimpleUploadedFile("a.xlsx", b""), "文件是空的"),
            (SimpleUploadedFile("a.xlsx", b"MZ" + bytes(100)), "程序文件"),
            (SimpleUploadedFile("a.csv", "日期,名称\n".encode()), "只有标题行"),
        ],
    )
    def test_an_unreadable_file_leaves_nothing(self, worker, settings, file, sentence):
        with pytest.raises(UnreadableFile, match=sentence):
            services.upload(spec_key="test.holidays", actor=worker, file=file)
        assert not ImportBatch.objects.exists()
        assert files(settings) == []

    def test_without_the_permission_nothing_is_kept(self, staff, settings):
        with pytest.raises(Refused):
            services.upload(spec_key="test.holidays", actor=staff["grid_worker"], file=a_file(*GOOD))
        assert not ImportBatch.objects.exists()
        assert files(settings) == []


class TestDryRun:
    def test_every_row_is_told_apart_and_nothing_is_written(self, worker):
        batch = checked(worker, *GOOD, *BAD, GOOD[0])
        assert (batch.status, batch.total, batch.valid, batch.rejected, batch.duplicate) == ("checked", 8, 4, 3, 1)
        assert batch.job.message == "共 8 行：可以导入 4 行，有误 3 行，重复 1 行（已在系统中，不再导入）。"
        assert made() == 0
        assert not ImportedRow._base_manager.exists()

    def test_errors_name_row_column_and_reason_and_hide_numbers(self, worker):
        batch = checked(worker, *GOOD, *BAD)
        assert batch.errors == [
            {"row": 6, "column": "日期", "value": "2019-05-01", "message": "日期 2019-05-01 不在 2080 年。"},
            {"row": 7, "column": "日期", "value": "不知道", "message": "“不知道”看不出是哪一天，请写成 2026-09-30 或 2026-09-30 14:05。"},
            {"row": 8, "column": "日期", "value": "", "message": "不能为空。"},
            {"row": 8, "column": "名称", "value": "", "message": "不能为空。"},
            {"row": 8, "column": "上班", "value": "也许", "message": "应填“是”或“否”，现为“也许”。"},
            {"row": 8, "column": "联系电话", "value": "找王主任138****5678", "message": "不像电话号码，应为数字，如 13800000000 或 0439-6220000。"},
        ]  # fmt: skip
        assert {(fault["column"], fault["count"]) for fault in batch.summary} == {
            ("日期", 1),
            ("名称", 1),
            ("上班", 1),
            ("联系电话", 1),
        }

    def test_alike_faults_are_counted_together_whatever_was_in_the_cell(self, worker):
        batch = checked(
            worker, *[[f"{YEAR}-05-01", "劳动节", f"也许{n}", ""] for n in range(5)], ["13812345678", "x", "", ""]
        )
        assert batch.summary[0] == {"column": "上班", "message": "应填“是”或“否”，现为“…”。", "count": 5}
        assert batch.errors[-1]["message"].startswith("“138****5678”看不出是哪一天")

    def test_rejected_rows_come_back_as_a_workbook_to_correct(self, worker, tmp_path):
        batch = checked(worker, *GOOD, *BAD)
        with default_storage.open(batch.rejected_file) as content:
            book = openpyxl.load_workbook(io.BytesIO(content.read()))
        rows = list(book.active.iter_rows(values_only=True))
        assert rows[0] == ("原行号", "错误说明", "日期", "名称", "上班", "联系电话")
        assert rows[2] == (
            7,
            "日期：“不知道”看不出是哪一天，请写成 2026-09-30 或 2026-09-30 14:05。",
            "不知道",
            "劳动节",
            "是",
            "13812345678",
        )
        book.active["C3"] = f"{YEAR}-10-01"
        book.active.delete_rows(4)
        book.active.delete_rows(2)
        book.save(tmp_path / "again.xlsx")
        again = run_import("test.holidays", tmp_path / "again.xlsx", actor=worker, commit=True)
        assert (again.total, again.imported, again.errors) == (1, 1, [])

    def test_columns_that_were_not_recognised_are_chosen(self, worker):
        file = a_file(["五一", f"{YEAR}-05-01"], head=("名称", "哪天"))
        batch = services.upload(spec_key="test.holidays", actor=worker, file=file)
        assert batch.mapping == {"name": 0}
        with pytest.raises(Invalid, match="请为必填项选择文件中的列：日期"):
            services.start_check(batch_id=batch.pk, actor=worker, mapping=batch.mapping)
        services.start_check(batch_id=batch.pk, actor=worker, mapping={"name": 0, "date": 1})
        assert (work_off(batch).valid, batch.rejected) == (1, 0)

    def test_a_second_check_replaces_the_first(self, worker, settings):
        batch = checked(worker, *GOOD, *BAD)
        services.start_check(batch_id=batch.pk, actor=worker, mapping=batch.mapping)
        work_off(batch)
        assert (batch.total, batch.rejected) == (7, 3)
        assert files(settings) == [".upload", ".xlsx"]

    def test_a_worker_that_came_back_from_the_dead_changes_nothing(self, worker, settings):
        batch = services.upload(spec_key="test.holidays", actor=worker, file=a_file(*GOOD, *BAD))
        services.start_check(batch_id=batch.pk, actor=worker, mapping=batch.mapping)
        batch.refresh_from_db()
        slow = jobs.claim(batch.job_id)
        Job.objects.filter(pk=slow.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
        jobs.execute(jobs.claim(batch.job_id))
        batch.refresh_from_db()
        known = batch.rejected_file
        jobs.execute(slow)
        batch.refresh_from_db()
        assert (batch.status, batch.rejected_file, batch.rejected) == ("checked", known, 3)
        assert default_storage.exists(known)
        assert files(settings) == [".upload", ".xlsx"]

    def test_thousands_of_errors_are_bounded_on_the_batch_and_whole_in_the_file(self, worker):
        batch = checked(worker, *([["x", "", "", ""]] * 3000))
        assert (batch.rejected, len(batch.errors)) == (3000, 200)
        assert batch.summary[0]["count"] == 3000
        with default_storage.open(batch.rejected_file) as content:
            assert openpyxl.load_workbook(io.BytesIO(content.read())).active.max_row == 3001
