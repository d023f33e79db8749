"""Import of party organisations from a unit's own workbook."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from common.errors import PlainError
from common.imports import ImportColumn, ImportContext, ImportRow, ImportSpec, register
from common.imports import values as parse
from grid.choices import Level
from grid.imports import NAME, STREET, Places
from grid.models import Unit
from partyorgs import permissions, policies
from partyorgs.choices import ELECTED_KINDS, OrganisationKind, SetUpMode
from partyorgs.models import PartyOrganisation
from partyorgs.services import organisation_create
from partyorgs.services.organisations import EARLIEST, MAX_MEMBERS

KINDS: dict[str, Any] = {
    "党委": OrganisationKind.COMMITTEE, "党工委": OrganisationKind.COMMITTEE, "党委（党工委）": OrganisationKind.COMMITTEE,
    "党总支": OrganisationKind.GENERAL_BRANCH, "党支部": OrganisationKind.BRANCH, "党小组": OrganisationKind.GROUP,
}  # fmt: skip
PAST_DAY = parse.past_day(EARLIEST)
MODES: dict[str, Any] = {label: value for value, label in SetUpMode.choices}


def members(cell: Any) -> int:
    number = parse.integer(cell)
    if not 0 <= number <= MAX_MEMBERS:
        raise parse.CellError(f"党员数应在 0 至 {MAX_MEMBERS} 之间。")
    return number


def years(cell: Any) -> int:
    number = parse.integer(cell)
    if not 1 <= number <= 10:
        raise parse.CellError("任期应为 1 至 10 年。")
    return number


@register
class OrganisationImport(ImportSpec):
    """Organisations from the committee down to the group; a parent may stand above in the same file."""

    key, label, permission = "partyorgs.organisations", "党组织", permissions.PARTY_MANAGE
    done_url_name = "partyorgs:organisations"
    help = "每行一个党组织，上级写在前面。党员中心户请在页面上逐个设置。只填党员人数，不填党员名单。"
    columns = (
        ImportColumn("name", "名称", required=True, parse=parse.text_up_to(80), aliases=("党组织名称",), example="江南社区党总支"),
        ImportColumn("kind", "类别", required=True, parse=parse.choice(KINDS), aliases=("党组织类别",),
                     choices=("党委", "党总支", "党支部", "党小组"), example="党总支"),
        STREET,
        ImportColumn("community", "社区", parse=NAME, aliases=("村/社区", "所属社区")),
        ImportColumn("unit", "所在单位", required=True, parse=NAME, aliases=("单位",), example="江南社区",
                     help="街道、社区、网格、楼栋的名称或代码"),
        ImportColumn("parent", "上级党组织", parse=parse.text_up_to(80), aliases=("上级",), example="江源街道党工委"),
        ImportColumn("mode", "组建方式", parse=parse.choice(MODES), choices=tuple(MODES), default=SetUpMode.SINGLE,
                     example="单独组建"),
        ImportColumn("partners", "联建单位或派驻人", parse=parse.text_up_to(120), default=""),
        ImportColumn("secretary_name", "书记", parse=parse.text_up_to(40), aliases=("书记（负责人）", "负责人"), default="",
                     example="王芳"),
        ImportColumn("members_count", "党员数", parse=members, aliases=("党员人数",), default=0, example="62"),
        ImportColumn("members_on", "统计日期", parse=PAST_DAY),
        ImportColumn("term_first_day", "本届起始日期", parse=PAST_DAY, aliases=("换届日期", "选举日期"), example="2024-07-01"),
        ImportColumn("term_years", "任期（年）", parse=years, aliases=("任期",), example="5"),
    )  # fmt: skip

    def prepare(self, context: ImportContext) -> None:
        levels = (Level.DISTRICT, Level.STREET, Level.COMMUNITY, Level.GRID, Level.BUILDING_GROUP)
        places = Places(context.actor, self.permission, levels)
        parents: dict[str, list[PartyOrganisation]] = {}
        for row in PartyOrganisation.objects.active().select_related("unit__parent"):
            parents.setdefault(row.name, []).append(row)
        context.data.update(places=places, parents=parents, units={})

    def validate(self, row: ImportRow, context: ImportContext) -> None:
        values = row.values
        unit = context.data["places"].find(row, "unit", "community", "street")
        if unit is None:
            return
        values["unit_id"] = unit.pk
        context.data["units"][unit.pk] = unit
        decision = policies.kind_fits(values["kind"], unit)
        if not decision:
            row.error(decision.reason, "kind")  # type: ignore[union-attr]
        if values["mode"] != SetUpMode.SINGLE and not values["partners"]:
            row.error("联合组建、指导派驻的请填写联建单位或派驻人。", "partners")
        if values["term_first_day"] and values["kind"] not in ELECTED_KINDS:
            row.error("党小组不设任期，请不要填写。", "term_first_day")

    def validate_many(self, rows: Sequence[ImportRow], context: ImportContext) -> None:
        """Find the parents, among what there is and what stands above in the file."""
        parents = context.data["parents"]
        for row in rows:
            unit = context.data["units"][row.values["unit_id"]]
            if any(known.unit_id == unit.pk for known in parents.get(row.values["name"], ())):
                row.error(f"“{unit}”已经有这个名称的党组织。", "name")
                continue
            self._check_parent(row, unit, parents)
            if row.is_valid:
                planned = PartyOrganisation(
                    name=row.values["name"], kind=row.values["kind"], mode=row.values["mode"], unit=unit
                )
                parents.setdefault(planned.name, []).append(planned)

    def _check_parent(self, row: ImportRow, unit: Unit, parents: dict[str, list[PartyOrganisation]]) -> None:
        name, kind = row.values["parent"], row.values["kind"]
        if not name:
            decision = policies.may_hang(kind, unit, None)
            if not decision:
                row.error("请填写上级党组织。", "parent")
            return
        fitting = [known for known in parents.get(name, ()) if policies.may_hang(kind, unit, known)]
        if not parents.get(name):
            row.error(f"没有“{name}”这个党组织；上级应先建立，或写在本行的前面。", "parent")
        elif not fitting:
            row.error(f"“{name}”不能作为上级：应设在同一单位或上一级单位，并且类别更大。", "parent")
        elif len(fitting) > 1:
            row.error(f"有 {len(fitting)} 个党组织叫“{name}”，分不清是哪一个，请先改名。", "parent")

    def row_key(self, values: dict[str, Any]) -> str:
        return f"{values['unit_id']}\x1f{values['name']}"

    def commit(self, rows: Sequence[ImportRow], context: ImportContext) -> list[int]:
        return [self._create(row, context) for row in rows]

    def _create(self, row: ImportRow, context: ImportContext) -> int:
        values = row.values
        unit = context.data["units"][values["unit_id"]]
        parent = None
        if values["parent"]:
            named = PartyOrganisation.objects.active().filter(name=values["parent"]).select_related("unit__parent")
            parent = next((known for known in named if policies.may_hang(values["kind"], unit, known)), None)
        try:
            made = organisation_create(
                actor=context.actor, unit=unit, parent=parent,
                **{name: values[name] for name in (
                    "kind", "name", "mode", "partners", "secretary_name", "members_count", "members_on",
                    "term_first_day", "term_years",
                )},
            )  # fmt: skip
        except PlainError as error:
            error.message = f"第 {row.number} 行：{error.message}"
            raise
        return made.pk
