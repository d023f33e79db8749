"""The import of a unit's own workbook: its headings, exact results, refusals by row and column, taking it back."""

from __future__ import annotations

import csv
from datetime import date

import pytest
import time_machine

from common import events as history
from common.errors import Conflict
from common.imports import run_import
from common.imports.registry import get
from staff import events
from staff.models import StaffPost, Worker, WorkerPerson
from staff.services.roster import worker_enter
from staff.services.roster_duties import review_set
from staff.views.roster import WorkerList
from tests.factories.staff import make_grade
from tests.factories.volunteers import make_id_number

pytestmark = pytest.mark.django_db
# As they stand in a unit's own roster, not in the template.
HEAD = (
    "姓名", "公民身份号码", "联系电话", "所在社区", "现任职务", "文化程度", "聘用时间", "社区工作时间", "社工证", "发证日期", "政治面貌",
)  # fmt: skip
BORN = date(1990, 2, 3)


@pytest.fixture(autouse=True)
def _september():
    with time_machine.travel("2026-09-16 10:00+08:00", tick=False):
        yield


def line(number: int, **changed: str) -> list[str]:
    values = {
        "name": f"社工{number}", "id": make_id_number(BORN, number), "phone": f"1370000{number:04d}", "unit": "江湾社区",
        "rank": "社工", "education": "大学本科", "entered": "2021年7月1日", "since": "", "certificate": "", "issued": "",
        "party": "群众", **changed,
    }  # fmt: skip
    return list(values.values())


@pytest.fixture
def bring(tmp_path, office, staff):
    def run(*rows: list[str], role: str = "street_officer", commit: bool = True, head: tuple[str, ...] = HEAD):
        path = tmp_path / "roster.csv"
        with path.open("w", encoding="utf-8", newline="") as out:
            csv.writer(out).writerows((head, *rows))
        return run_import("staff.roster", path, actor=staff[role], commit=commit)

    return run


def test_a_units_own_roster_comes_in(bring, tree):
    result = bring(
        line(1, rank="书记兼主任", party="中共党员", since="2015.3.1", certificate="中级社工", issued="2022-06-01"),
        line(2, rank="副主任", education="研究生", unit="江湾第一网格", entered="20260801"),
        line(3),
    )
    assert (result.total, result.imported, result.errors) == (3, 3, [])
    first, second, third = Worker.objects.order_by("number")
    assert [row.number for row in (first, second, third)] == [f"220605S0000{n}" for n in (1, 2, 3)]
    assert (first.rank, first.kind, first.party_role, first.newcomer, first.community_since, first.probation_until) == (
        "both_heads", "committee", "member", False, date(2015, 3, 1), None,
    )  # fmt: skip
    held = first.certificates.get()
    assert (held.level, held.issued_on, held.expires_on) == ("social_worker", date(2022, 6, 1), None)
    assert (second.unit, second.rank, second.education, second.newcomer, second.probation_until) == (
        tree.grid, "deputy", "master", True, date(2027, 1, 31),
    )  # fmt: skip
    assert (third.kind, third.education, third.entered_on) == ("post", "bachelor", date(2021, 7, 1))
    assert third.posts.get().valid_from == date(2021, 7, 1)
    assert (third.person.name, third.person.birth_date) == ("社工3", "1990-02-03")
    assert [event.kind for event in history.timeline(third)] == [events.WORKER_IMPORTED]
    assert list(history.verify()) == []


def test_a_dry_run_writes_nothing_and_takes_no_number(bring, office, tree):
    assert bring(line(1), commit=False).valid == 1
    assert not Worker.objects.exists()
    row = worker_enter(
        actor=office, unit=tree.community, rank="worker", name="王芳", entered_on=date(2021, 1, 1),
        id_number=make_id_number(),
    )  # fmt: skip
    assert row.number == "220605S00001"


def test_without_identity_numbers_name_and_birth_date_tell_people_apart(bring):
    head = ("姓名", "出生日期", "单位", "职务", "入职日期")
    one = ["社工1", "1990-02-03", "江湾社区", "社工", "2021-07-01"]
    other = ["社工1", "1968年2月3日", "江湾社区", "社工", "1990-07-01"]  # before the calendar of working days begins
    assert bring(one, other, head=head).imported == 2
    again = bring(["社工1", "1990-02-03", "江湾社区", "干事", "2022-07-01"], head=head)
    assert [(error["column"], error["message"]) for error in again.errors] == [
        ("姓名", "已经登记，工号 220605S00001。")
    ]


def test_each_faulty_row_says_what_and_where(bring, office, tree):
    worker_enter(
        actor=office, unit=tree.community, rank="worker", name="已登记", entered_on=date(2021, 1, 1),
        id_number=make_id_number(BORN, 500),
    )  # fmt: skip
    wrong = make_id_number(BORN, 2)[:-1] + ("0" if make_id_number(BORN, 2)[-1] != "0" else "1")
    result = bring(
        line(1), line(2, id=wrong), line(3, id=make_id_number(BORN, 1)), line(4, id=make_id_number(BORN, 500)),
        line(5, unit="没有的社区"), line(6, id=make_id_number(date(2010, 1, 1))), line(7, rank="皇帝"), line(8, since="2022-07-01"),
        line(9, certificate="初级"), line(10, id=""), line(11, entered="2027-01-01"), line(1),
    )  # fmt: skip
    assert (result.total, result.imported, result.rejected, result.duplicate) == (12, 1, 10, 1)
    faults = [(error["row"], error["column"], error["message"]) for error in result.errors]
    assert faults[5][2].startswith("“皇帝”不在可填的内容中")
    del faults[5]
    assert faults == [
        (3, "身份证号", "身份证号不正确，校验没有通过，请对照证件逐位核对。"),
        (4, "身份证号", "与第 2 行是同一个人。"),
        (5, "身份证号", "已经登记，工号 220605S00001。"),
        (6, "所属单位", "您的管辖范围内没有“没有的社区”，请核对名称。"),
        (7, "入职时间", "入职时未满 18 周岁，不能聘用，请核对出生日期和入职日期。"),
        (9, "从事社区工作时间", "从事社区工作起始日不能晚于入职日期。"),
        (10, "取证时间", "有证书的，请填写取证时间。"),
        (11, "身份证号", "请填写身份证号；暂时没有的，请填写出生日期。"),
        (12, "入职时间", "日期不能晚于今天，也不能过早。"),
    ]


def test_units_outside_the_scope_are_not_found(bring, tree):
    assert bring(line(1, unit="新建社区")).imported == 0
    assert not Worker.objects.exists()


def test_an_import_taken_back_leaves_nothing_personal_and_no_heads(bring, office):
    bring(line(1, certificate="初级", issued="2022-06-01"), line(2))
    ids = list(Worker.objects.values_list("pk", flat=True))
    make_grade(Worker.objects.get(pk=ids[0]), 3)  # what the import itself has graded goes with it
    get("staff.roster").undo(ids, office)
    assert set(WorkerPerson.objects.values_list("name", "id_number", "birth_date")) == {("", "", "")}
    assert set(Worker.objects.values_list("state", "left_on")) == {("left", date(2026, 9, 15))}
    assert not StaffPost.objects.exists()
    assert not WorkerList.shown_to(office, {"state": "all"}).exists()  # type: ignore[arg-type]
    assert list(history.verify()) == []
    assert bring(line(3)).imported == 1
    assert Worker.objects.latest("pk").number == "220605S00003"


def test_what_has_moved_on_is_not_taken_back(bring, office):
    bring(line(1), line(2))
    first = Worker.objects.earliest("pk")
    review_set(worker=first, actor=office, year=2025, result="qualified")
    with pytest.raises(Conflict, match="220605S00001"):
        get("staff.roster").undo(list(Worker.objects.values_list("pk", flat=True)), office)
    assert set(Worker.objects.values_list("state", flat=True)) == {"active"}
    assert first.person.name == "社工1"
