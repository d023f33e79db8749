"""An import of holidays, the files it is fed with, and the way of a batch through its jobs."""

from __future__ import annotations

from django.core.files.uploadedfile import SimpleUploadedFile

from common import jobs
from common.errors import Conflict
from common.imports import ImportColumn, ImportSpec, services, values
from common.models import Holiday

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
