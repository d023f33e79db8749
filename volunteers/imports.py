"""Import of volunteers from a roster (蛟河: 11,116 of them)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.utils import timezone

from common import identity
from common.crypto import lookup_hashes
from common.errors import Invalid
from common.imports import ImportColumn, ImportContext, ImportRow, ImportSpec, register
from common.imports import values as parse
from common.phones import check_phone
from common.series import next_numbers
from grid.choices import Level
from grid.imports import NAME, STREET, Places, one_word
from volunteers import permissions
from volunteers.choices import Group, Skill
from volunteers.models import VolunteerPerson
from volunteers.services.people import SERIES
from volunteers.services.people_import import volunteers_import
from volunteers.services.people_leaving import volunteers_unimport
from volunteers.services.teams import EARLIEST

GROUPS: dict[str, Any] = {label: value for value, label in Group.choices} | {
    "三长": Group.CHIEF, "网格长": Group.CHIEF, "楼栋长": Group.CHIEF, "单元长": Group.CHIEF, "党员志愿者": Group.PARTY_MEMBER,
    "快递员": Group.RIDER, "外卖员": Group.RIDER, "大学生": Group.STUDENT, "居民志愿者": Group.RESIDENT,
}  # fmt: skip
SKILLS: dict[str, str] = {label: value for value, label in Skill.choices}
PARTS = str.maketrans(dict.fromkeys("，,、;；/ \u3000", " "))


def id_number(cell: Any) -> str:
    try:
        return identity.id_number(parse.as_text(cell))
    except Invalid as error:
        raise parse.CellError(error.message) from None


def phone(cell: Any) -> str:
    try:
        return check_phone(parse.phone(cell))
    except Invalid as error:
        raise parse.CellError(error.message) from None


def skills(cell: Any) -> list[str]:
    """Several skills with commas or spaces between them."""
    words = parse.as_text(cell).translate(PARTS).split()
    unknown = [word for word in words if word not in SKILLS]
    if unknown:
        raise parse.CellError(f"“{unknown[0][:30]}”不在技能名称中，可填：{'、'.join(SKILLS)}。")
    return [value for label, value in SKILLS.items() if label in words]


def past_day(cell: Any) -> Any:
    day = parse.day(cell)
    if not EARLIEST <= day <= timezone.localdate():
        raise parse.CellError("注册日期不能晚于今天，也不能过早。")
    return day


@register
class VolunteerImport(ImportSpec):
    """One row is one grown-up volunteer; the identity number tells people apart."""

    key, label, permission, undoable = "volunteers.people", "志愿者", permissions.IMPORT, True
    done_url_name = "volunteers:volunteers"
    help = (
        "每行一名成年志愿者，编号自动连续编排。未成年人须由监护人同意，请在“登记志愿者”里逐人办理。"
        "服务时长和积分不在这里导入。"
    )
    columns = (
        ImportColumn("name", "姓名", required=True, parse=one_word(40), aliases=("志愿者姓名",), example="张晓明"),
        ImportColumn("phone", "手机", required=True, parse=phone, aliases=("手机号", "联系电话", "电话"), example="13800000000"),
        ImportColumn("id_number", "身份证号", required=True, parse=id_number, aliases=("身份证号码", "证件号码", "身份证"),
                     example="11010519491231002X", width=24, help="单元格格式设为“文本”"),
        ImportColumn("group", "类别", parse=parse.choice(GROUPS), aliases=("人员类别", "身份"), choices=tuple(Group.labels),
                     default=Group.RESIDENT),
        STREET,
        ImportColumn("community", "社区", required=True, parse=NAME, aliases=("村/社区", "社区（村）", "所属社区"),
                     example="江南社区", help="名称或 12 位代码"),
        ImportColumn("nickname", "昵称", parse=parse.text_up_to(20), default="", help="排行榜上显示的名字，不要用真名"),
        ImportColumn("skills", "技能", parse=skills, aliases=("服务技能", "特长"), example="理发、水电维修", default=()),
        ImportColumn("joined_on", "注册日期", parse=past_day, aliases=("加入日期", "登记日期"), example="2024-03-05",
                     help="不填则为导入当天"),
    )  # fmt: skip

    def prepare(self, context: ImportContext) -> None:
        places = Places(context.actor, self.permission, (Level.STREET, Level.COMMUNITY, Level.GRID))
        context.data.update(places=places, today=timezone.localdate(), now=timezone.now(), seen={})
        if context.commit:
            next_numbers(SERIES, 0)  # from here on nobody signs up between the look and the writing

    def validate(self, row: ImportRow, context: ImportContext) -> None:
        values, today = row.values, context.data["today"]
        unit = context.data["places"].find(row, "community", "street")
        if unit is not None:
            values["unit_id"] = unit.pk
        values["joined_on"] = values["joined_on"] or today
        values["born"] = identity.birth_date_of(values["id_number"])
        try:
            age = identity.age_on(identity.check_birth_date(values["born"], today), today)
        except Invalid as error:
            row.error(error.message, "id_number")
            return
        if age < identity.OF_AGE:
            row.error("未满 18 周岁，须由监护人同意，请在“登记志愿者”里办理。", "id_number")
        if values["joined_on"] < values["born"]:
            row.error("注册日期早于出生日期。", "joined_on")

    def validate_many(self, rows: Sequence[ImportRow], context: ImportContext) -> None:
        """People who have a number already, and those who stand above in the file with other data."""
        seen: dict[str, int] = context.data["seen"]
        hashes = {value: row for row in rows for value in lookup_hashes(row.values["id_number"], "id_number")}
        known = VolunteerPerson.objects.filter(id_hash__in=list(hashes)).values_list("id_hash", flat=True)
        taken = {id(hashes[bytes(value)]) for value in known if value}
        without_number = self._without_number(rows)
        for row in rows:
            above = seen.setdefault(row.values["id_number"], row.number)
            if above != row.number:
                row.error(f"与第 {above} 行的身份证号相同。", "id_number")
            elif id(row) in taken:
                row.error("这个身份证号已经登记为志愿者。", "id_number")
            elif id(row) in without_number:
                row.error("同名同手机的人已经登记为志愿者（没有填身份证号），请在那个编号里补填。", "phone")

    def _without_number(self, rows: Sequence[ImportRow]) -> set[int]:
        """Rows whose name and phone belong to somebody who stated no identity number."""
        phones: dict[bytes, list[ImportRow]] = {}
        for row in rows:
            for value in lookup_hashes(row.values["phone"], "phone"):
                phones.setdefault(value, []).append(row)
        known = VolunteerPerson.objects.filter(id_hash=None, phone_hash__in=list(phones))
        found: set[int] = set()
        for phone_hash, name_hash in known.values_list("phone_hash", "name_hash"):
            alike = [
                row for row in phones[bytes(phone_hash or b"")]
                if name_hash and bytes(name_hash) in lookup_hashes(row.values["name"], "name")
            ]  # fmt: skip
            found.update(id(row) for row in alike)
        return found

    def row_key(self, values: dict[str, Any]) -> str:
        """The whole row: the very same line twice is a repetition, another line with the same number an error."""
        return super().row_key({**values, "skills": " ".join(values["skills"] or ())})

    def commit(self, rows: Sequence[ImportRow], context: ImportContext) -> Iterable[int]:
        return volunteers_import(
            rows=[(row.number, row.values) for row in rows], actor=context.actor, now=context.data["now"]
        )

    def undo(self, object_ids: Sequence[int], actor: Any) -> None:
        volunteers_unimport(ids=object_ids, actor=actor)
