"""Exports of the lists of stars, nominations and certificates: the yearly lists of an office."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from common.masks import mask_name
from common.reporting import Column, register
from common.reporting.lists import ListExport
from volunteers import permissions
from volunteers.choices import NominationState
from volunteers.tables.honours import half_words, standing_of
from volunteers.views.honours import CertificateList, NominationList, StarList


@register
class StarExport(ListExport):
    key, label, permission = "volunteers.stars", "星级志愿者名单", permissions.EXPORT
    view = StarList
    table = (
        Column("label", "称号", width=16),
        Column("volunteer", "志愿者编号", "id_text"),
        Column("nickname", "昵称", width=14),
        Column("unit", "所属单位", width=20),
        Column("half", "半年度", width=14),
        Column("measure", "时长（小时）或积分", "decimal", width=18),
        Column("on", "认定日期", "date"),
    )
    cells: ClassVar[Mapping[str, Callable[[Any], Any]]] = {
        "label": lambda row: row.label,
        "volunteer": lambda row: row.volunteer.number,
        "nickname": lambda row: row.volunteer.nickname,
        "unit": lambda row: row.volunteer.unit.name,
        "half": lambda row: half_words(row.half),
        "measure": lambda row: row.measure,
        "on": lambda row: row.on,
    }


@register
class NominationExport(ListExport):
    key, label, permission = "volunteers.nominations", "表彰推荐名单", permissions.EXPORT
    view = NominationList
    table = (
        Column("honour", "荣誉", width=16),
        Column("year", "年度", "integer"),
        Column("volunteer", "志愿者编号", "id_text"),
        Column("unit", "所属单位", width=20),
        Column("state", "状态", choices=dict(NominationState.choices), width=14),
        Column("nominated_by", "推荐人", width=12),
        Column("awarded_on", "授予日期", "date"),
        Column("deeds", "主要事迹", width=60),
    )
    cells: ClassVar[Mapping[str, Callable[[Any], Any]]] = {
        "honour": lambda row: row.honour,
        "year": lambda row: row.year,
        "volunteer": lambda row: row.volunteer.number,
        "unit": lambda row: row.volunteer.unit.name,
        "state": lambda row: row.state,
        "nominated_by": lambda row: str(row.nominated_by or ""),
        "awarded_on": lambda row: row.awarded_on,
        "deeds": lambda row: row.deeds,
    }


@register
class CertificateExport(ListExport):
    key, label, permission = "volunteers.certificates", "服务证明台账", permissions.EXPORT
    view = CertificateList
    table = (
        Column("number", "证明编号", "id_text", width=24),
        Column("name", "姓名", width=10),
        Column("volunteer", "志愿者编号", "id_text"),
        Column("unit", "出具单位", width=20),
        Column("hours", "时长（小时）", "decimal", total="sum"),
        Column("times", "次数", "integer", total="sum"),
        Column("issued_on", "出具日期", "date"),
        Column("revoked_at", "状态", width=10),
    )
    cells: ClassVar[Mapping[str, Callable[[Any], Any]]] = {
        "number": lambda row: row.number,
        "name": lambda row: mask_name(row.name),
        "volunteer": lambda row: row.volunteer.number,
        "unit": lambda row: row.unit.name,
        "hours": lambda row: row.hours,
        "times": lambda row: row.times,
        "issued_on": lambda row: row.issued_on,
        "revoked_at": standing_of,
    }
