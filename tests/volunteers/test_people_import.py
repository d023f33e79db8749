"""The import of volunteers: exact results, refusals by row and column, repetition, undo."""

from __future__ import annotations

import csv
from datetime import date, timedelta

import pytest
from django.utils import timezone

from common import events as history
from common.errors import Conflict
from common.imports import run_import
from common.imports.registry import get
from tests.factories.rules import make_rules
from tests.factories.volunteers import make_id_number, make_programme, make_volunteer
from volunteers.choices import VolunteerState
from volunteers.models import ServiceRecord, Volunteer, VolunteerPerson
from volunteers.services.people import volunteer_sign_up

pytestmark = pytest.mark.django_db
HEAD = ("姓名", "手机", "身份证号", "类别", "社区", "昵称", "技能", "注册日期")


def line(number: int, **changed: str) -> list[str]:
    values = {
        "name": f"志愿者{number}", "phone": f"1370000{number:04d}", "id_number": make_id_number(serial=number), "group": "党员",
        "community": "江湾社区", "nickname": "", "skills": "理发、水电维修", "joined_on": "2024-03-05", **changed,
    }  # fmt: skip
    return list(values.values())


@pytest.fixture
def bring(tmp_path, staff, tree):
    make_rules("jiangyuan")
    make_programme()

    def run(*rows: list[str], role: str = "district_officer", commit: bool = True):
        path = tmp_path / "volunteers.csv"
        with path.open("w", encoding="utf-8", newline="") as out:
            csv.writer(out).writerows((HEAD, *rows))
        return run_import("volunteers.people", path, actor=staff[role], commit=commit)

    return run


def test_a_roster_comes_in_with_numbers_without_gaps(bring, tree):
    volunteer_sign_up(
        actor=None, unit=tree.community, name="王芳", phone="13900000000", id_number=make_id_number(serial=900)
    )
    result = bring(
        line(1), line(2, group="", joined_on="", skills="", nickname="阿二"), line(3, community=tree.grid.name)
    )
    assert (result.total, result.imported, result.rejected, result.errors) == (3, 3, 0, [])
    rows = list(Volunteer.objects.order_by("number"))
    assert [row.number for row in rows] == [f"220605V00000{n}" for n in range(1, 5)]
    first, second, third = rows[1:]
    assert (first.group, first.skills, first.joined_on, first.state) == (
        "party_member", ["repair", "haircut"], date(2024, 3, 5), VolunteerState.ACTIVE,
    )  # fmt: skip
    assert (second.group, second.skills, second.nickname, second.joined_on) == (
        "resident",
        [],
        "阿二",
        timezone.localdate(),
    )
    assert third.unit == tree.grid
    person = VolunteerPerson.objects.get(volunteer=first)
    assert (person.name, person.phone, person.birth_date) == ("志愿者1", "13700000001", "1980-05-01")
    assert [event.kind for event in history.timeline(first)] == ["volunteer.imported"]
    assert list(history.verify()) == []


def test_a_dry_run_writes_nothing_and_takes_no_number(bring, tree):
    assert bring(line(1), commit=False).valid == 1
    assert not Volunteer.objects.exists()
    made = volunteer_sign_up(
        actor=None, unit=tree.community, name="王芳", phone="13900000000", id_number=make_id_number()
    )
    assert made.volunteer.number == "220605V000001"


def test_each_faulty_row_says_what_and_where(bring, tree):
    volunteer_sign_up(
        actor=None, unit=tree.community, name="已登记", phone="13911110000", id_number=make_id_number(serial=500)
    )
    volunteer_sign_up(actor=None, unit=tree.community, name="无证", phone="13911110001", birth_date=date(1970, 1, 1))
    wrong = make_id_number(serial=2)[:-1] + ("0" if make_id_number(serial=2)[-1] != "0" else "1")
    minor = make_id_number(date(timezone.localdate().year - 10, 1, 1))
    result = bring(
        line(1), line(2, id_number=wrong), line(3, id_number=make_id_number(serial=1)), line(4, id_number=make_id_number(serial=500)),
        line(5, community="没有的社区"), line(6, id_number=minor), line(7, group="贵宾"), line(8, skills="飞行"), line(9, phone="12"),
        line(10, joined_on="2099-01-01"), line(11, name=""), line(12, name="无证", phone="13911110001"), line(1),
    )  # fmt: skip
    assert (result.total, result.valid, result.imported, result.rejected, result.duplicate) == (13, 1, 1, 11, 1)
    faults = [(error["row"], error["column"], error["message"]) for error in result.errors]
    assert faults == [
        (3, "身份证号", "身份证号不正确，校验没有通过，请对照证件逐位核对。"),
        (4, "身份证号", "与第 2 行的身份证号相同。"),
        (5, "身份证号", "这个身份证号已经登记为志愿者。"),
        (6, "社区", "您的管辖范围内没有“没有的社区”，请核对名称。"),
        (7, "身份证号", "未满 18 周岁，须由监护人同意，请在“登记志愿者”里办理。"),
        (8, "类别", faults[5][2]),
        (9, "技能", faults[6][2]),
        (10, "手机", "不像电话号码，应为数字，如 13800000000 或 0439-6220000。"),
        (11, "注册日期", "注册日期不能晚于今天，也不能过早。"),
        (12, "姓名", "不能为空。"),
        (13, "手机", "同名同手机的人已经登记为志愿者（没有填身份证号），请在那个编号里补填。"),
    ]
    assert faults[5][2].startswith("“贵宾”不在可填的内容中")
    assert faults[6][2].startswith("“飞行”不在技能名称中")
    kept = next(error for error in result.errors if error["row"] == 5)
    assert make_id_number(serial=500) not in str(kept)  # the fault shows the number masked


def test_units_outside_the_scope_are_not_found(bring, tree):
    result = bring(line(1, community="新建社区"), role="community_worker")
    assert (result.imported, result.rejected) == (0, 1)
    assert not Volunteer.objects.exists()


def test_the_same_file_again_brings_nothing(bring):
    bring(line(1), line(2))
    again = bring(line(1), line(2))
    assert (again.imported, again.duplicate) == (0, 2)
    assert Volunteer.objects.count() == 2


def test_undo_empties_the_people_and_keeps_the_numbers(bring, staff, tree):
    bring(line(1), line(2))
    keys = list(Volunteer.objects.values_list("pk", flat=True))
    get("volunteers.people").undo(keys, staff["district_officer"])
    assert set(Volunteer.objects.values_list("state", "nickname")) == {("erased", "")}
    assert set(VolunteerPerson.objects.values_list("id_hash", "phone_hash")) == {(None, None)}
    assert list(history.verify()) == []
    made = volunteer_sign_up(
        actor=None, unit=tree.community, name="志愿者1", phone="13700000001", id_number=make_id_number(serial=1)
    )
    assert made.volunteer.number == "220605V000003"


def test_undo_is_refused_once_somebody_has_served(bring, staff, tree):
    bring(line(1), line(2))
    first = Volunteer.objects.order_by("number")[0]
    at = timezone.now()
    ServiceRecord.objects.create(
        volunteer=first, unit=tree.community, source="activity", theme="civility", what="巡逻", day=at.date(),
        started_at=at - timedelta(hours=2), ended_at=at, hours=2, confirmed_at=at,
    )  # fmt: skip
    keys = list(Volunteer.objects.values_list("pk", flat=True))
    with pytest.raises(Conflict, match="1 人已有服务"):
        get("volunteers.people").undo(keys, staff["district_officer"])
    assert set(Volunteer.objects.values_list("state", flat=True)) == {"active"}
    stranger = make_volunteer(tree.other_community)
    with pytest.raises(Conflict):
        get("volunteers.people").undo([stranger.pk], staff["community_worker"])
