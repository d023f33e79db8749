"""Import of tickets from another system's workbook or CSV (domain §4: 房山热线 and 济南 column sets)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from django.utils import timezone

from common.imports import ImportColumn, ImportContext, ImportRow, ImportSpec, register
from common.imports import values as parse
from grid.choices import Level
from grid.models import Unit
from petitions import permissions
from petitions.choices import Kind, Satisfaction, State, Urgency
from petitions.models import MAX_TEXT, Category, Petition
from petitions.selectors import own_unit
from petitions.services.importing import petitions_import, petitions_void, places

KINDS = {label: value for value, label in Kind.choices}
URGENCIES = {"一般": Urgency.NORMAL, "普通": Urgency.NORMAL, "紧急": Urgency.URGENT, "特急": Urgency.URGENT}
VERDICTS = {
    "满意": Satisfaction.SATISFIED, "非常满意": Satisfaction.SATISFIED, "基本满意": Satisfaction.BASICALLY,
    "一般": Satisfaction.BASICALLY, "不满意": Satisfaction.DISSATISFIED,
}  # fmt: skip


def last_part(cell: Any) -> str:
    """The finest category of a path such as ``城乡建设->物业管理->小区停车``."""
    return parse.as_text(cell).replace("－", "-").replace("＞", ">").split("->")[-1].split("/")[-1].strip()


@register
class PetitionImport(ImportSpec):
    """One row is one ticket; with a reply it is a closed one, with its own times."""

    key = "petitions.tickets"
    label = "诉求工单"
    permission = permissions.IMPORT
    undoable = True
    done_url_name = "petitions:list"
    help = "每行一件诉求。有答复的按已办结导入，保留原来的接收和答复时间；没有答复的按待受理导入，时限从导入时起算。"
    columns = (
        ImportColumn("external_number", "来源编号", parse=parse.text_up_to(40), aliases=("工单编号", "编号", "id"),
                     example="FS2026090001", help="原系统的编号，用来识别重复"),
        ImportColumn("title", "标题", parse=parse.text_up_to(100), aliases=("诉求标题", "title"), example="楼道灯不亮"),
        ImportColumn("text", "诉求内容", required=True, parse=parse.text_up_to(MAX_TEXT), width=60,
                     aliases=("主要内容", "问题描述", "内容", "text"), example="3号楼2单元楼道灯坏了一周，请尽快维修。"),
        ImportColumn("received_at", "接收时间", required=True, parse=parse.moment,
                     aliases=("来电时间", "受理时间", "登记时间", "received_at"), example="2026-09-01 08:30"),
        ImportColumn("kind", "诉求类型", parse=parse.choice(KINDS), choices=tuple(KINDS), aliases=("工单类型", "来电类别")),
        ImportColumn("category", "诉求分类", parse=last_part, aliases=("问题分类", "五级分类"), help="填写本系统的小类名称"),
        ImportColumn("urgency", "紧急程度", parse=parse.choice(URGENCIES), choices=("一般", "紧急")),
        ImportColumn("street", "街道", parse=parse.text_up_to(60), aliases=("被反映街乡镇", "镇街", "街道（镇）")),
        ImportColumn("unit", "社区", parse=parse.text_up_to(60), aliases=("村/社区", "社区/村", "网格", "所属单位"),
                     example="江南社区", help="社区、村或网格的名称或代码；不填则归导入人所在单位"),
        ImportColumn("place", "问题地点", parse=parse.text_up_to(120), aliases=("地址", "小区点位"), example="幸福小区3号楼"),
        ImportColumn("name", "诉求人姓名", parse=parse.text_up_to(40), aliases=("来电人", "联系人", "姓名")),
        ImportColumn("phone", "诉求人电话", parse=parse.phone, aliases=("来电人电话", "联系电话", "电话")),
        ImportColumn("address", "诉求人住址", parse=parse.text_up_to(120), aliases=("住址",)),
        ImportColumn("reply", "答复内容", parse=parse.text_up_to(MAX_TEXT), width=60, aliases=("回复内容", "办理情况", "reply")),
        ImportColumn("replied_at", "答复时间", parse=parse.moment, aliases=("办结时间", "回复时间", "replied_at")),
        ImportColumn("solved", "是否解决", parse=parse.boolean, choices=("是", "否")),
        ImportColumn("satisfaction", "是否满意", parse=parse.choice(VERDICTS), choices=("满意", "基本满意", "不满意"),
                     aliases=("满意度",)),
    )  # fmt: skip

    def prepare(self, context: ImportContext) -> None:
        everything = {unit.code: unit for unit in Unit.objects.filter(level__lte=Level.GRID)}
        allowed = Unit.objects.visible_to(context.actor, permissions.IMPORT).active().filter(level__lte=Level.GRID)
        units = list(allowed)
        by_name: dict[str, list[Unit]] = defaultdict(list)
        for unit in units:
            by_name[unit.name].append(unit)
            by_name[unit.code].append(unit)
        context.data.update(
            now=timezone.now(),
            units=by_name,
            places=places(units, everything),
            home=own_unit(context.actor),
            categories={row.name: row for row in Category.objects.active().filter(parent__isnull=False)}
            | {row.code: row for row in Category.objects.active().filter(parent__isnull=False)},
        )

    def validate(self, row: ImportRow, context: ImportContext) -> None:
        values, data = row.values, context.data
        if values["received_at"] > data["now"]:
            row.error("接收时间不能晚于现在。", "received_at")
        if values.get("replied_at") and values["replied_at"] < values["received_at"]:
            row.error("答复时间不能早于接收时间。", "replied_at")
        if values.get("category"):
            values["category"] = self._category(row, data["categories"])
        values["unit_id"] = self._unit_id(row, data)

    def _category(self, row: ImportRow, categories: dict[str, Category]) -> Category | None:
        found = categories.get(row.values["category"])
        if found is None:
            row.error(f"没有“{row.values['category']}”这个分类，请改为本系统的小类名称。", "category")
        return found

    def _unit_id(self, row: ImportRow, data: dict[str, Any]) -> int | None:
        name, street = row.values.get("unit"), row.values.get("street")
        if not name and not street:
            if data["home"] is None:
                row.error("请填写社区或街道。", "unit")
                return None
            return data["home"].pk
        found = [unit for unit in data["units"].get(name or street, ()) if self._fits(unit, name, street, data)]
        if len(found) == 1:
            return found[0].pk
        column = "unit" if name else "street"
        if found:
            row.error(f"有 {len(found)} 个单位叫“{name}”，请同时填写街道，或改填单位代码。", column)
        else:
            row.error(f"您的管辖范围内没有“{name or street}”，请核对名称。", column)
        return None

    def _fits(self, unit: Unit, name: str | None, street: str | None, data: dict[str, Any]) -> bool:
        if not (name and street):
            return True
        wanted = {one.pk for one in data["units"].get(street, ())}
        return not wanted or data["places"][unit.pk].street_id in wanted

    def validate_many(self, rows: Sequence[ImportRow], context: ImportContext) -> None:
        """Source numbers that are in the system already, however they got there."""
        numbers = [row.values["external_number"] for row in rows if row.values.get("external_number")]
        known = set(
            Petition.objects.exclude(state=State.VOIDED)
            .filter(external_number__in=numbers)
            .values_list("external_number", flat=True)
        )
        for row in rows:
            if row.values.get("external_number") in known:
                row.error("来源编号已经登记过。", "external_number")

    def row_key(self, values: dict[str, Any]) -> str:
        if values.get("external_number"):
            return f"no:{values['external_number']}"
        parts = ("title", "text", "received_at", "phone", "place")
        return "\x1f".join(str(values.get(name) or "") for name in parts)

    def commit(self, rows: Sequence[ImportRow], context: ImportContext) -> Iterable[int]:
        return petitions_import(
            rows=[(row.number, row.values) for row in rows],
            actor=context.actor,
            places=context.data["places"],
            now=context.data["now"],
        )

    def undo(self, object_ids: Sequence[int], actor: Any) -> None:
        petitions_void(ids=object_ids, actor=actor)
