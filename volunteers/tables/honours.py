"""Tables of the lists of stars, nominations and certificates."""

from __future__ import annotations

import django_tables2 as tables

from common.masks import mask_name
from common.pages import DateColumn, LinkColumn, NumberColumn, PageTable, TextColumn
from common.templatetags.gridwork import state_badge
from volunteers.choices import COLOURS
from volunteers.models import Certificate, Nomination, StarAward


class StarTable(PageTable):
    label = TextColumn(verbose_name="称号")
    volunteer = TextColumn(verbose_name="志愿者编号", accessor="volunteer__number")
    nickname = TextColumn(verbose_name="昵称", accessor="volunteer__nickname")
    unit = TextColumn(verbose_name="所属单位", accessor="volunteer__unit__name")
    half = TextColumn(verbose_name="半年度")
    measure = NumberColumn(verbose_name="时长（小时）或积分")
    on = DateColumn(verbose_name="认定日期")

    class Meta(PageTable.Meta):
        model = StarAward
        fields = ("label", "volunteer", "nickname", "unit", "half", "measure", "on")

    def render_half(self, value: str) -> str:
        return half_words(value)


def half_words(half: str) -> str:
    """2026 年上半年; nothing for stars by hours."""
    if not half:
        return ""
    year, part = half.split("-")
    return f"{year} 年{'上' if part == '1' else '下'}半年"


class NominationTable(PageTable):
    honour = LinkColumn(verbose_name="荣誉")
    year = NumberColumn(verbose_name="年度")
    volunteer = TextColumn(verbose_name="志愿者编号", accessor="volunteer__number")
    unit = TextColumn(verbose_name="所属单位", accessor="volunteer__unit__name")
    state = tables.Column(verbose_name="状态")
    nominated_by = TextColumn(verbose_name="推荐人", accessor="nominated_by__display_name")
    awarded_on = DateColumn(verbose_name="授予日期")

    class Meta(PageTable.Meta):
        model = Nomination
        fields = ("honour", "year", "volunteer", "unit", "state", "nominated_by", "awarded_on")

    def render_state(self, record: Nomination) -> str:
        return state_badge(record.get_state_display(), COLOURS.get(record.state, "grey"))


def standing_of(certificate: Certificate) -> str:
    if certificate.is_withdrawn:
        return "已撤回"
    return "已撤销" if certificate.revoked_at else "有效"


class CertificateTable(PageTable):
    number = LinkColumn(verbose_name="证明编号")
    name = TextColumn(verbose_name="姓名")
    volunteer = TextColumn(verbose_name="志愿者编号", accessor="volunteer__number")
    unit = TextColumn(verbose_name="出具单位", accessor="unit__name")
    hours = NumberColumn(verbose_name="时长（小时）")
    times = NumberColumn(verbose_name="次数")
    issued_on = DateColumn(verbose_name="出具日期")
    revoked_at = tables.Column(verbose_name="状态", empty_values=())

    class Meta(PageTable.Meta):
        model = Certificate
        fields = ("number", "name", "volunteer", "unit", "hours", "times", "issued_on", "revoked_at")

    def render_name(self, value: str) -> str:
        return mask_name(value)

    def render_revoked_at(self, record: Certificate) -> str:
        return state_badge(standing_of(record), "red" if record.revoked_at else "green")
