"""Columns of the ticket lists."""

from __future__ import annotations

from typing import Any

import django_tables2 as tables
from django.utils.html import format_html
from django.utils.safestring import SafeString

from common.masks import mask_text
from common.pages.tables import (
    DateTimeColumn,
    DeadlineColumn,
    LinkColumn,
    NumberColumn,
    PageTable,
    StateColumn,
    TextColumn,
)
from common.templatetags import gridwork
from petitions.choices import CARD_COLOURS, STATE_COLOURS, State, Urgency
from petitions.models import Petition, SupervisionCard


def _address(record: Any) -> str:
    return str(getattr(record, "petition", record).get_absolute_url())


class TitleColumn(LinkColumn):
    """Title with its link; telephone and card numbers in it are masked."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("linkify", _address)
        super().__init__(*args, **kwargs)

    def render(self, value: Any, record: Any) -> SafeString:
        petition = getattr(record, "petition", record)
        urgent = gridwork.state_badge("紧急", "red", "urgent") if petition.urgency == Urgency.URGENT else ""
        return format_html("{} {}", mask_text(value), urgent) if urgent else format_html("{}", mask_text(value))


class MaskedColumn(TextColumn):
    """Free text without telephone and card numbers."""

    def render(self, value: Any) -> Any:
        return super().render(mask_text(value))


class StandingColumn(DeadlineColumn):
    """How the ticket stands: its nearest open limit, or how it ended."""

    empty_values = ()

    def render(self, value: Any, record: Petition) -> Any:
        if record.state == State.SUSPENDED:
            return gridwork.state_badge("暂停计时", "grey", "clock-pause")
        if record.due_at is not None:
            return gridwork.deadline(record.due_at)
        if record.replied_at is None or record.finish_in_time is None:
            return "—"
        if record.finish_in_time:
            return gridwork.state_badge("按期办结", "green", "circle-check")
        return gridwork.state_badge("超期办结", "red", "alert-circle")


class PetitionTable(PageTable):
    """What a worklist shows; the rest of the columns can be switched on."""

    always = ("number", "state")
    optional = (
        "street", "grid", "place", "kind", "channel", "urgency", "external_number", "finish_due_at", "replied_at",
        "ended_at", "solved", "satisfaction", "extensions", "reworks",
    )  # fmt: skip

    title = TitleColumn(verbose_name="标题")
    number = TextColumn(verbose_name="工单编号", attrs={"td": {"class": "gw-nowrap"}})
    state = StateColumn(colours=STATE_COLOURS)
    due_at = StandingColumn(verbose_name="时限")
    category = TextColumn(accessor="category__name", verbose_name="诉求分类")
    community = TextColumn(accessor="community__name", verbose_name="社区")
    lead = TextColumn(accessor="lead", verbose_name="主办单位")
    received_at = DateTimeColumn(verbose_name="接收时间")
    street = TextColumn(accessor="street__name", verbose_name="街道")
    grid = TextColumn(accessor="grid__name", verbose_name="网格")
    place = MaskedColumn(clip=True)
    kind = TextColumn()
    channel = TextColumn()
    urgency = TextColumn()
    external_number = TextColumn(verbose_name="来源编号")
    finish_due_at = DateTimeColumn(verbose_name="办结时限")
    replied_at = DateTimeColumn(verbose_name="答复时间")
    ended_at = DateTimeColumn(verbose_name="办结时间")
    solved = tables.BooleanColumn(verbose_name="是否解决", yesno="已解决,未解决")
    satisfaction = TextColumn(verbose_name="满意度")
    extensions = NumberColumn(verbose_name="延期次数")
    reworks = NumberColumn(verbose_name="返工次数")

    class Meta(PageTable.Meta):
        model = Petition
        fields: tuple[str, ...] = ()

    def render_solved(self, value: Any) -> str:
        return "已解决" if value else "未解决"


class CardTable(PageTable):
    """Supervision cards."""

    always = ("level",)

    title = TitleColumn(accessor="petition__title", verbose_name="工单")
    level = StateColumn(colours=CARD_COLOURS)
    reason = TextColumn()
    number = TextColumn(accessor="petition__number", verbose_name="工单编号", attrs={"td": {"class": "gw-nowrap"}})
    issued_at = DateTimeColumn(verbose_name="发出时间")
    lead = TextColumn(accessor="petition__lead", verbose_name="主办单位")
    due_at = DeadlineColumn(accessor="petition__due_at", verbose_name="工单时限")
    answer = TextColumn(clip=True, verbose_name="整改说明")
    act = tables.TemplateColumn(template_name="petitions/card_action.html", verbose_name="操作", accessor="pk")

    def before_render(self, request: Any) -> None:
        """One query for all rows: which cards wait for the reader's answer."""
        keys = [row.record.pk for row in self.rows]
        waiting = SupervisionCard.objects.to_answer_by(request.user).filter(pk__in=keys)
        self.answerable = set(waiting.values_list("pk", flat=True))

    class Meta(PageTable.Meta):
        model = SupervisionCard
        fields: tuple[str, ...] = ()
