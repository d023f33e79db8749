"""Import of the roster from a unit's own workbook (花名册)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
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
from staff import imports_scores, permissions  # noqa: F401 (registers another import)
from staff.choices import Certificate, Education, PartyRole, Rank, WorkerKind
from staff.models import WorkerPerson
from staff.services.roster import checked_person, checked_terms
from staff.services.roster_import import workers_import, workers_unimport
from staff.services.workers import EARLIEST, SERIES, card_number

RANKS: dict[str, Any] = {label: value for value, label in Rank.choices} | {
    "书记": Rank.HEAD, "党组织书记": Rank.HEAD, "社区书记": Rank.HEAD, "党委书记": Rank.HEAD, "党总支书记": Rank.HEAD,
    "主任": Rank.HEAD, "居委会主任": Rank.HEAD, "正职": Rank.HEAD, "书记主任": Rank.BOTH_HEADS, "书记、主任": Rank.BOTH_HEADS,
    "书记兼主任": Rank.BOTH_HEADS, "一肩挑": Rank.BOTH_HEADS, "副书记": Rank.DEPUTY, "副主任": Rank.DEPUTY, "委员": Rank.MEMBER,
    "两委成员": Rank.MEMBER, "专干": Rank.SPECIALIST, "网格专干": Rank.SPECIALIST, "社工": Rank.WORKER, "专职社工": Rank.WORKER,
    "社区工作者": Rank.WORKER, "干事": Rank.WORKER, "兼职": Rank.PART_TIME,
}  # fmt: skip
KINDS: dict[str, Any] = {label: value for value, label in WorkerKind.choices} | {
    "两委": WorkerKind.COMMITTEE, "两委成员": WorkerKind.COMMITTEE, "社工": WorkerKind.POST, "专职社工": WorkerKind.POST,
    "专干": WorkerKind.SPECIALIST,
}  # fmt: skip
EDUCATION: dict[str, Any] = {label: value for value, label in Education.choices} | {
    "初中": Education.SCHOOL, "高中": Education.SCHOOL, "中专": Education.SCHOOL, "中技": Education.SCHOOL, "专科": Education.COLLEGE,
    "大学专科": Education.COLLEGE, "大学": Education.BACHELOR, "大学本科": Education.BACHELOR, "学士": Education.BACHELOR,
    "研究生": Education.MASTER, "硕士研究生": Education.MASTER, "博士研究生": Education.DOCTOR,
}  # fmt: skip
CERTIFICATES: dict[str, Any] = {label: value for value, label in Certificate.choices} | {
    "初级": Certificate.ASSISTANT, "初级社工": Certificate.ASSISTANT, "助理社工师": Certificate.ASSISTANT, "助理": Certificate.ASSISTANT,
    "中级": Certificate.SOCIAL_WORKER, "中级社工": Certificate.SOCIAL_WORKER, "社工师": Certificate.SOCIAL_WORKER,
    "高级": Certificate.SENIOR, "高级社工": Certificate.SENIOR, "高级社工师": Certificate.SENIOR,
    "无": "", "没有": "", "否": "",
}  # fmt: skip
PARTY: dict[str, Any] = {label: value for value, label in PartyRole.choices} | {
    "是": PartyRole.MEMBER, "中共党员": PartyRole.MEMBER, "预备党员": PartyRole.MEMBER, "中共预备党员": PartyRole.MEMBER,
    "否": PartyRole.NONE, "共青团员": PartyRole.NONE, "团员": PartyRole.NONE, "无": PartyRole.NONE, "社区书记": PartyRole.SECRETARY,
}  # fmt: skip
COMMITTEE_RANKS = (Rank.BOTH_HEADS, Rank.HEAD, Rank.DEPUTY, Rank.MEMBER)


def _plainly(check: Any) -> Any:
    """A check of the services as a parser of cells."""

    def read(cell: Any) -> Any:
        try:
            return check(parse.as_text(cell))
        except Invalid as error:
            raise parse.CellError(error.message) from None

    return read


def phone(cell: Any) -> str:
    return str(_plainly(check_phone)(parse.phone(cell)))


@register
class RosterImport(ImportSpec):
    """One row is one worker; the identity number tells people apart."""

    key, label, permission, undoable = "staff.roster", "社区工作者名册", permissions.IMPORT, True
    done_url_name = "staff:workers"
    help = "每行一人。出生日期从身份证号取得；没有身份证号的，填写出生日期。编号自动编排；有定级权限的，导入时一并按入职日定级，其余由定级人员批量定级。"
    columns = (
        ImportColumn("name", "姓名", required=True, parse=one_word(40), example="王芳", width=12),
        ImportColumn("id_number", "身份证号", parse=_plainly(identity.id_number), aliases=("身份证号码", "公民身份号码", "身份证"),
                     example="220605198805010014", default="", width=22),
        ImportColumn("birth_date", "出生日期", parse=parse.lifetime_day, aliases=("出生年月日", "出生年月", "生日"), help="填了身份证号就不用填"),
        ImportColumn("phone", "手机", parse=phone, aliases=("手机号", "联系电话", "手机号码", "电话"), example="13900000001", default=""),
        STREET,
        ImportColumn("community", "所属单位", required=True, parse=NAME, aliases=("社区", "所在社区", "单位", "工作单位", "所属社区"),
                     example="江南社区", help="街道、社区或网格的名称或代码"),
        ImportColumn("rank", "职务", required=True, parse=parse.choice(RANKS), aliases=("岗位", "现任职务", "职务名称"),
                     example="工作人员", choices=tuple(Rank.labels)),
        ImportColumn("kind", "用工类别", parse=parse.choice(KINDS), aliases=("人员类别", "编制", "身份类别"), choices=tuple(WorkerKind.labels),
                     help="不填时按职务推算"),
        ImportColumn("education", "学历", parse=parse.choice(EDUCATION), aliases=("文化程度", "最高学历", "全日制学历"), example="本科",
                     choices=tuple(Education.labels), default=Education.COLLEGE),
        ImportColumn("entered_on", "入职时间", required=True, parse=parse.past_day(EARLIEST),
                     aliases=("入职日期", "聘用时间", "参加工作时间", "到岗时间", "任职时间"), example="2021-07-01"),
        ImportColumn("community_since", "从事社区工作时间", parse=parse.past_day(EARLIEST),
                     aliases=("从事社区工作起始日", "社区工作起始时间", "社区工作时间"), help="不填则与入职时间相同"),
        ImportColumn("certificate", "证书", parse=parse.choice(CERTIFICATES),
                     aliases=("社会工作者职业资格", "社工证", "社工证书", "职业资格", "证书等级"), choices=tuple(Certificate.labels)),
        ImportColumn("issued_on", "取证时间", parse=parse.past_day(EARLIEST), aliases=("证书取得时间", "发证日期"),
                     help="有证书的必填，津贴和等级从这一天起算"),
        ImportColumn("expires_on", "证书有效期至", parse=parse.day, aliases=("登记有效期至", "证书到期日"), help="长期有效的不填"),
        ImportColumn("party_role", "党员", parse=parse.choice(PARTY), aliases=("政治面貌", "是否党员", "党内职务"), example="是",
                     default=PartyRole.NONE),
        ImportColumn("bank_account", "工资卡号", parse=_plainly(card_number), aliases=("银行卡号", "银行账号", "工资账号"), default="",
                     width=24),
    )  # fmt: skip

    def prepare(self, context: ImportContext) -> None:
        places = Places(context.actor, self.permission, (Level.STREET, Level.COMMUNITY, Level.GRID))
        context.data.update(places=places, today=timezone.localdate(), seen={})
        if context.commit:
            next_numbers(SERIES, 0)  # from here on nobody enters between the look and the writing

    def validate(self, row: ImportRow, context: ImportContext) -> None:
        values, today = row.values, context.data["today"]
        unit = context.data["places"].find(row, "community", "street")
        if unit is not None:
            values["unit_id"] = unit.pk
        values["kind"] = values["kind"] or _kind_of(values["rank"])
        self._check_certificate(row)
        try:
            values["person"] = checked_person(
                today=today,
                **{name: values[name] for name in ("name", "phone", "id_number", "birth_date", "bank_account")},
            )
            values["terms"] = checked_terms(
                today=today, born=values["person"].born, entered_on=values["entered_on"],
                community_since=values["community_since"],
            )  # fmt: skip
        except Invalid as error:
            row.error(error.message, error.field or "name")

    def _check_certificate(self, row: ImportRow) -> None:
        level, issued, expires = (row.values[name] for name in ("certificate", "issued_on", "expires_on"))
        if level and issued is None:
            row.error("有证书的，请填写取证时间。", "issued_on")
        elif level and expires is not None and expires <= issued:
            row.error("有效期应在取证时间之后。", "expires_on")

    def validate_many(self, rows: Sequence[ImportRow], context: ImportContext) -> None:
        """People who have a number already, and those who stand above in the file."""
        seen: dict[str, int] = context.data["seen"]
        numbered = [row for row in rows if row.values["id_number"]]
        hashes = {value: row for row in numbered for value in lookup_hashes(row.values["id_number"], "id_number")}
        known = WorkerPerson.objects.filter(id_hash__in=list(hashes)).values_list("id_hash", "worker__number")
        taken = {id(hashes[bytes(value)]): number for value, number in known if value}
        alike = self._same_name_and_birth([row for row in rows if not row.values["id_number"]])
        for row in rows:
            values = row.values
            key = values["id_number"] or f"{values['name']} {values['person'].born}"
            above = seen.setdefault(key, row.number)
            column = "id_number" if values["id_number"] else "name"
            if above != row.number:
                row.error(f"与第 {above} 行是同一个人。", column)
            elif number := taken.get(id(row)) or alike.get(id(row)):
                row.error(f"已经登记，工号 {number}。", column)

    def _same_name_and_birth(self, rows: Sequence[ImportRow]) -> dict[int, str]:
        """Rows without an identity number whose name and birth date somebody on the roster has."""
        names: dict[bytes, list[ImportRow]] = {}
        for row in rows:
            for value in lookup_hashes(row.values["name"], "name"):
                names.setdefault(value, []).append(row)
        found: dict[int, str] = {}
        for person in WorkerPerson.objects.filter(name_hash__in=list(names)).select_related("worker"):
            for row in names.get(bytes(person.name_hash or b""), ()):
                if row.values["person"].born == person.born:
                    found[id(row)] = person.worker.number
        return found

    def row_key(self, values: dict[str, Any]) -> str:
        """The whole line as it was read: the very same line twice is a repetition."""
        plain = {name: value for name, value in values.items() if isinstance(value, str | int | date)}
        return super().row_key(plain)

    def commit(self, rows: Sequence[ImportRow], context: ImportContext) -> Iterable[int]:
        return workers_import(rows=[(row.number, row.values) for row in rows], actor=context.actor)

    def undo(self, object_ids: Sequence[int], actor: Any) -> None:
        workers_unimport(ids=object_ids, actor=actor)


def _kind_of(rank: Any) -> str:
    """How somebody of a rank is usually employed."""
    if rank in COMMITTEE_RANKS:
        return WorkerKind.COMMITTEE
    return {Rank.SPECIALIST: WorkerKind.SPECIALIST, Rank.PART_TIME: WorkerKind.PART_TIME}.get(rank, WorkerKind.POST)
