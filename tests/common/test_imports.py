"""The way of a file: template, upload, columns, dry run, import, the same again, undo."""

from __future__ import annotations

import io
import threading
from datetime import date, timedelta

import openpyxl
import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import Http404
from django.utils import timezone

from common import imports, jobs
from common.errors import Conflict, Invalid, Refused
from common.imports import ImportColumn, ImportSpec, matching, registry, run_import, services, values
from common.imports.jobs import purge
from common.imports.template import write_template
from common.models import BatchStatus, Holiday, ImportBatch, ImportedRow, Job, JobStatus
from common.sheets import UnreadableFile

pytestmark = pytest.mark.django_db
YEAR = 2080  # far from everything that is seeded


class HolidayImport(ImportSpec):
    """Writes real rows: one holiday a line."""

    key, label, permission, undoable = "test.holidays", "节假日", "petitions.import", True
    help = "每行一天。"
    columns = (
        ImportColumn("date", "日期", required=True, parse=values.day, aliases=("时间",), example="2080-05-01"),
        ImportColumn("name", "名称", required=True, parse=values.text_up_to(10), help="节日的名称"),
        ImportColumn("is_workday", "上班", parse=values.boolean, default=False, choices=("是", "否")),
        ImportColumn("phone", "联系电话", parse=values.phone),
    )

    def prepare(self, context):
        context.data["year"] = YEAR

    def validate(self, row, context):
        if row.values["date"].year != context.data["year"]:
            row.error(f"日期 {row.values['date']} 不在 {YEAR} 年。", "date")

    def validate_many(self, rows, context):
        taken = set(
            Holiday.objects.filter(date__in=[row.values["date"] for row in rows]).values_list("date", flat=True)
        )
        for row in rows:
            if row.values["date"] in taken:
                row.error("这一天已经登记。", "date")

    def row_key(self, values):
        return f"{values['date']}"

    def commit(self, rows, context):
        made = Holiday.objects.bulk_create(
            Holiday(
                date=row.values["date"], name=row.values["name"], is_workday=row.values["is_workday"], source="导入"
            )
            for row in rows
        )
        return [holiday.pk for holiday in made]

    def undo(self, object_ids, actor):
        if Holiday.objects.filter(pk__in=object_ids).exclude(source="导入").exists():
            raise Conflict("有的日期导入后已被修改，不能整批撤销。")
        Holiday.objects.filter(pk__in=object_ids).delete()


@pytest.fixture(autouse=True)
def _spec(monkeypatch, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"
    monkeypatch.setattr(registry, "_SPECS", {})
    imports.register(HolidayImport)


@pytest.fixture
def worker(staff):
    return staff["community_worker"]


GOOD = [[f"{YEAR}-05-0{day}", "劳动节", "", ""] for day in range(1, 5)]
BAD = [
    ["2019-05-01", "往年", "", ""],
    ["不知道", "劳动节", "是", "13812345678"],
    ["", "", "也许", "找王主任13812345678"],
]


def a_file(*rows, head=("日期", "名称", "上班", "联系电话"), name="假日.csv"):
    lines = [",".join(row) for row in (head, *rows)]
    return SimpleUploadedFile(name, "\r\n".join(lines).encode())


def on_disk(tmp_path, *rows, **options):
    path = tmp_path / "假日.csv"
    path.write_bytes(a_file(*rows, **options).read())
    return path


def made() -> int:
    return Holiday.objects.filter(date__year=YEAR).count()


def work_off(batch):
    batch.refresh_from_db()
    jobs.execute(jobs.claim(batch.job_id))
    batch.refresh_from_db()
    batch.job.refresh_from_db()
    return batch


def checked(worker, *rows, **options):
    batch = services.upload(spec_key="test.holidays", actor=worker, file=a_file(*rows, **options))
    services.start_check(batch_id=batch.pk, actor=worker, mapping=batch.mapping)
    return work_off(batch)


def committed(worker, *rows):
    batch = checked(worker, *rows)
    services.start_commit(batch_id=batch.pk, actor=worker)
    return work_off(batch)


def files(settings) -> list[str]:
    folder = settings.MEDIA_ROOT / "imports"
    return sorted(path.suffix for path in folder.iterdir()) if folder.exists() else []


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


class TestImport:
    def test_good_rows_come_in_and_the_file_is_gone(self, worker, settings, django_capture_on_commit_callbacks):
        batch = checked(worker, *GOOD, *BAD)
        services.start_commit(batch_id=batch.pk, actor=worker)
        with django_capture_on_commit_callbacks(execute=True):
            work_off(batch)
        assert (batch.status, batch.valid, batch.job.status) == ("committed", 4, JobStatus.DONE)
        assert batch.job.result == {"url": f"/imports/{batch.pk}/"}
        assert (made(), ImportedRow._base_manager.filter(batch=batch).count()) == (4, 4)
        assert (batch.file, batch.sample) == ("", [])
        assert files(settings) == [".xlsx"]

    def test_the_same_file_again_doubles_nothing(self, worker):
        committed(worker, *GOOD)
        again = checked(worker, *GOOD)
        assert services.earlier(again) is not None
        assert (again.valid, again.duplicate) == (0, 4)
        with pytest.raises(Conflict, match="没有可以导入的行"):
            services.start_commit(batch_id=again.pk, actor=worker)
        assert made() == 4

    def test_the_same_rows_in_another_file_are_known(self, worker):
        committed(worker, *GOOD)
        more = committed(worker, [f"{YEAR}-05-09", "校庆", "", ""], [f"{YEAR}/5/1", "劳动节", "", ""])
        assert (more.valid, more.duplicate, made()) == (1, 1, 5)

    def test_what_another_person_brought_in_meanwhile_is_known_at_the_import(self, staff, worker):
        mine, theirs = checked(worker, *GOOD), checked(staff["street_officer"], *GOOD[:2])
        services.start_commit(batch_id=theirs.pk, actor=staff["street_officer"])
        work_off(theirs)
        services.start_commit(batch_id=mine.pk, actor=worker)
        work_off(mine)
        assert (mine.valid, mine.duplicate, made()) == (2, 2, 4)

    def test_a_job_that_comes_twice_does_its_work_once(self, worker):
        batch = checked(worker, *GOOD)
        services.start_commit(batch_id=batch.pk, actor=worker)
        work_off(batch)
        assert jobs.claim(batch.job_id) is None
        Job.objects.filter(pk=batch.job_id).update(status=JobStatus.QUEUED)
        jobs.execute(jobs.claim(batch.job_id))
        assert made() == 4

    def test_a_fault_in_the_middle_leaves_nothing_half_written(self, worker, monkeypatch):
        monkeypatch.setattr("common.imports.engine.BATCH", 2)
        batch = checked(worker, *GOOD)
        real, calls = HolidayImport.commit, []

        def second_time_fails(self, rows, context):
            calls.append(len(rows))
            if len(calls) == 2:
                raise Conflict("分类已停用。")
            return real(self, rows, context)

        monkeypatch.setattr(HolidayImport, "commit", second_time_fails)
        services.start_commit(batch_id=batch.pk, actor=worker)
        work_off(batch)
        assert (calls, made(), ImportedRow._base_manager.count()) == ([2, 2], 0, 0)
        assert (batch.status, batch.message, batch.job.status) == ("checked", "分类已停用。", JobStatus.FAILED)
        monkeypatch.setattr(HolidayImport, "commit", real)
        services.start_commit(batch_id=batch.pk, actor=worker)
        assert (work_off(batch).status, made()) == ("committed", 4)

    def test_an_unexpected_fault_is_retried_and_then_the_file_can_be_imported_again(self, worker, monkeypatch):
        batch = checked(worker, *GOOD)
        real = HolidayImport.commit
        monkeypatch.setattr(HolidayImport, "commit", lambda self, rows, context: 1 / 0)
        services.start_commit(batch_id=batch.pk, actor=worker)
        for _ in range(4):
            Job.objects.filter(pk=Job.objects.latest("pk").pk).update(run_after=timezone.now() - timedelta(days=1))
            work_off(batch)
        assert (batch.status, services.state_of(batch), made()) == ("committing", BatchStatus.CHECKED, 0)
        monkeypatch.setattr(HolidayImport, "commit", real)
        services.start_commit(batch_id=batch.pk, actor=worker)
        assert (work_off(batch).status, made()) == ("committed", 4)

    def test_a_permission_lost_in_between_stops_it(self, worker):
        batch = checked(worker, *GOOD)
        services.start_commit(batch_id=batch.pk, actor=worker)
        worker.assignments.all().delete()
        work_off(batch)
        assert (batch.status, batch.job.status, made()) == ("checked", JobStatus.FAILED, 0)
        assert "没有“" in batch.message

    def test_only_at_the_right_time(self, worker):
        batch = services.upload(spec_key="test.holidays", actor=worker, file=a_file(*GOOD))
        with pytest.raises(Conflict, match="现在是“待核对列”"):
            services.start_commit(batch_id=batch.pk, actor=worker)
        services.start_check(batch_id=batch.pk, actor=worker, mapping=batch.mapping)
        for service in (services.start_commit, services.start_undo, services.discard):
            with pytest.raises(Conflict, match="正在检查"):
                service(batch_id=batch.pk, actor=worker)


class TestUndo:
    def test_everything_is_taken_back_and_can_come_again(self, worker):
        batch = committed(worker, *GOOD)
        services.start_undo(batch_id=batch.pk, actor=worker)
        work_off(batch)
        assert (batch.status, made(), ImportedRow._base_manager.count()) == ("undone", 0, 0)
        assert committed(worker, *GOOD).valid == 4

    def test_what_has_moved_on_is_not_taken_back(self, worker):
        batch = committed(worker, *GOOD)
        Holiday.objects.filter(date=date(YEAR, 5, 2)).update(source="已改")
        services.start_undo(batch_id=batch.pk, actor=worker)
        work_off(batch)
        assert (batch.status, batch.message, made()) == ("committed", "有的日期导入后已被修改，不能整批撤销。", 4)

    def test_where_the_import_does_not_allow_it(self, worker, monkeypatch):
        batch = committed(worker, *GOOD)
        monkeypatch.setattr(HolidayImport, "undoable", False)
        with pytest.raises(Refused, match="不能撤销"):
            services.start_undo(batch_id=batch.pk, actor=worker)


class TestOneCall:
    def test_dry_run_and_import_agree(self, worker, tmp_path):
        path = on_disk(tmp_path, *GOOD, *BAD, GOOD[1])
        dry = run_import("test.holidays", path, actor=worker)
        assert (dry.total, dry.valid, dry.imported, dry.rejected, dry.duplicate, dry.batch) == (8, 4, 0, 3, 1, None)
        assert (made(), ImportBatch.objects.count()) == (0, 0)
        wet = run_import("test.holidays", path, actor=worker, commit=True)
        assert (wet.total, wet.imported, wet.rejected, wet.duplicate, made()) == (8, 4, 3, 1, 4)
        assert wet.errors == dry.errors
        assert wet.batch is not None
        services.start_undo(batch_id=wet.batch.pk, actor=worker)
        assert (work_off(wet.batch).status, made()) == ("undone", 0)

    def test_headings_of_ones_own(self, worker, tmp_path):
        path = on_disk(tmp_path, [f"{YEAR}-05-01", "五一"], head=("哪天", "叫什么"))
        with pytest.raises(Invalid, match="请为必填项选择文件中的列：日期、名称"):
            run_import("test.holidays", path, actor=worker)
        result = run_import("test.holidays", path, {"哪天": "date", "叫什么": "名称"}, worker, commit=True)
        assert (result.imported, result.mapping) == (1, {"日期": "哪天", "名称": "叫什么"})

    def test_without_the_permission(self, staff, tmp_path):
        with pytest.raises(Refused):
            run_import("test.holidays", on_disk(tmp_path, *GOOD), actor=staff["grid_worker"], commit=True)
        with pytest.raises(Refused):
            run_import("test.holidays", on_disk(tmp_path, *GOOD), commit=True)
        assert made() == 0

    def test_a_spec_that_loses_a_row_is_a_defect(self, worker, tmp_path, monkeypatch):
        monkeypatch.setattr(HolidayImport, "commit", lambda self, rows, context: [])
        with pytest.raises(ValueError, match="made 0 objects of 4 rows"):
            run_import("test.holidays", on_disk(tmp_path, *GOOD), actor=worker, commit=True)
        assert ImportBatch.objects.count() == 0


def test_the_key_of_a_row_gives_nothing_away(worker, settings):
    committed(worker, *GOOD[:1])
    first = bytes(ImportedRow._base_manager.get().key)
    assert len(first) == 16
    from common.imports.engine import key_of

    same = {"date": date(YEAR, 5, 1)}
    assert key_of(HolidayImport(), same) == first
    settings.SEAL_KEY = b"another"
    assert key_of(HolidayImport(), same) != first


def test_old_files_and_findings_are_removed_and_the_numbers_stay(worker, settings):
    old, new = checked(worker, *GOOD, *BAD), checked(worker, *GOOD, *BAD)
    ImportBatch.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=31))
    assert purge(timezone.now()) == 1
    assert purge(timezone.now()) == 0
    old.refresh_from_db()
    new.refresh_from_db()
    assert (old.file, old.rejected_file, old.errors, old.rejected) == ("", "", [], 3)
    assert len(new.errors) == 6
    assert files(settings) == [".upload", ".xlsx"]
    services.start_commit(batch_id=old.pk, actor=worker)
    assert work_off(old).message == "上传的文件已过保存期，请重新上传。"


def test_another_person_sees_and_touches_nothing(staff, worker):
    batch = checked(worker, *GOOD)
    other = staff["district_officer"]
    assert not ImportBatch.objects.visible_to(other).exists()
    for service in (services.start_commit, services.start_undo, services.discard):
        with pytest.raises(Http404):
            service(batch_id=batch.pk, actor=other)
    with pytest.raises(Http404):
        services.start_check(batch_id=batch.pk, actor=other, mapping=batch.mapping)
    batch.refresh_from_db()
    assert batch.status == "checked"


def test_discard_forgets_file_and_findings(worker, settings, django_capture_on_commit_callbacks):
    batch = checked(worker, *GOOD, *BAD)
    with django_capture_on_commit_callbacks(execute=True):
        services.discard(batch_id=batch.pk, actor=worker)
    assert not ImportBatch.objects.exists()
    assert files(settings) == []


@pytest.mark.django_db(transaction=True)
def test_two_imports_of_the_same_rows_at_once_double_nothing(tmp_path):
    from tests.factories.accounts import make_staff
    from tests.factories.grid import make_tree

    worker = make_staff(make_tree())["community_worker"]
    path = on_disk(tmp_path, *GOOD)
    gate, results = threading.Barrier(2), []

    def one() -> None:
        try:
            gate.wait()
            results.append(run_import("test.holidays", path, actor=worker, commit=True))
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted((result.imported, result.duplicate) for result in results) == [(0, 4), (4, 0)]
    assert made() == 4
