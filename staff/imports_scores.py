"""Import of the scores of exams from a workbook."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from common.errors import Invalid
from common.imports import ImportColumn, ImportContext, ImportRow, ImportSpec, register
from common.imports import values as parse
from staff import permissions
from staff.choices import WorkerState
from staff.models import Exam, Worker
from staff.services.exams import MISSED, candidates, check_exam, check_score, scores_import

ABSENT_WORDS = {MISSED, "缺", "未参加", "未考", "/"}


def score(cell: Any) -> Decimal | str:
    """A number, or a word for not having come."""
    text = parse.as_text(cell)
    return MISSED if text in ABSENT_WORDS else parse.decimal(cell)


@register
class ScoreImport(ImportSpec):
    """One row is one person's score in one exam."""

    key, label, permission = "staff.exam_scores", "考试成绩", permissions.GROWTH
    done_url_name = "staff:exams"
    help = "每行一人一场考试。考试编号在考试页面上，工号在花名册里；缺考的填“缺考”。已有成绩的按文件更正。"
    columns = (
        ImportColumn("exam", "考试编号", required=True, aliases=("编号", "考试号"), example="220605K00001", width=18),
        ImportColumn("worker", "工号", required=True, aliases=("员工编号", "人员编号"), example="220605S00001", width=18),
        ImportColumn("name", "姓名", aliases=("考生", "考生姓名"), default="", help="只用来核对，可以不填"),
        ImportColumn("score", "成绩", required=True, parse=score, aliases=("得分", "分数", "总分"), example="86.5"),
    )  # fmt: skip

    def prepare(self, context: ImportContext) -> None:
        context.data["seen"] = {}

    def validate_many(self, rows: Sequence[ImportRow], context: ImportContext) -> None:
        exams = self._exams(rows, context.actor)
        workers = self._workers(rows)
        resits = {pk: candidates(exam) for pk, exam in ((exam.pk, exam) for exam in exams.values()) if exam.resit_of_id}
        for row in rows:
            exam, worker = exams.get(self._key(row, "exam")), workers.get(self._key(row, "worker"))
            if exam is None:
                row.error("没有这个考试编号，或者考试不由您所在的单位组织。", "exam")
            elif worker is None or not worker.unit.path.startswith(exam.unit.path):
                row.error("考试单位没有这个工号的在岗人员。", "worker")
            elif exam.pk in resits and worker.pk not in resits[exam.pk]:
                row.error("不在补考名单里。", "worker")
            else:
                self._check(row, exam, worker, context)

    def _check(self, row: ImportRow, exam: Exam, worker: Worker, context: ImportContext) -> None:
        stated = row.values["name"]
        if stated and stated != worker.person.name:
            row.error("姓名与工号不符，请核对。", "name")
        mark = None if row.values["score"] == MISSED else row.values["score"]
        try:
            check_exam(exam)
            check_score(mark, exam)
        except Invalid as error:
            row.error(error.message, "score")
        above = context.data["seen"].setdefault((exam.pk, worker.pk), row.number)
        if above != row.number:
            row.error(f"与第 {above} 行是同一个人、同一场考试。", "worker")
        row.values["written"] = (exam, worker, mark)

    def _exams(self, rows: Sequence[ImportRow], actor: Any) -> dict[str, Exam]:
        wanted = {self._key(row, "exam") for row in rows}
        found = Exam.objects.visible_to(actor, self.permission).filter(number__in=wanted)
        return {exam.number: exam for exam in found.select_related("unit", "resit_of")}

    def _workers(self, rows: Sequence[ImportRow]) -> dict[str, Worker]:
        wanted = {self._key(row, "worker") for row in rows}
        found = Worker.objects.filter(number__in=wanted, state=WorkerState.ACTIVE)
        return {worker.number: worker for worker in found.select_related("unit", "person")}

    def _key(self, row: ImportRow, name: str) -> str:
        return str(row.values[name]).strip().upper()

    def row_key(self, values: dict[str, Any]) -> str:
        """One exam and one person."""
        return f"{values['exam']}\x1f{values['worker']}\x1f{values['score']}"

    def commit(self, rows: Sequence[ImportRow], context: ImportContext) -> Iterable[int]:
        return scores_import(rows=[row.values["written"] for row in rows], actor=context.actor)
