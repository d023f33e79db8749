"""Reminders and supervision cards, and the answers to them."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from common.errors import Conflict
from common.pages import Empty, Ordering, PageFilterSet, ScopedListView, UpdateView
from petitions import permissions
from petitions.choices import CardLevel
from petitions.forms import AnswerForm
from petitions.models import SupervisionCard
from petitions.services.cards import card_answer
from petitions.tables import CardTable


class CardFilter(PageFilterSet):
    level = django_filters.ChoiceFilter(label="级别", choices=CardLevel.choices, empty_label="全部")
    mine = django_filters.BooleanFilter(label="等我填写说明", method="by_mine")
    answered = django_filters.BooleanFilter(
        label="已填说明", field_name="answered_at", lookup_expr="isnull", exclude=True
    )

    class Meta:
        model = SupervisionCard
        fields: list[str] = []

    def by_mine(self, rows: QuerySet, name: str, value: bool) -> QuerySet:
        waiting = SupervisionCard.objects.to_answer_by(self.request.user).values("pk")
        return rows.filter(pk__in=waiting) if value else rows.exclude(pk__in=waiting)


class CardList(ScopedListView):
    """What the clocks have sent about the tickets of one's scope, the latest first."""

    model = SupervisionCard
    permission = permissions.VIEW
    page_title = "督办和提醒"
    page_lead = "时限将到时先提醒，超过后发蓝色、黄色、红色督办卡，一级一级往上送。"
    table_class = CardTable
    filterset_class = CardFilter
    orderings = (Ordering("issued", "发出时间", "issued_at", descending=True),)
    empty = Empty("没有督办和提醒", "工单将到时限或已经超期时，提醒和督办卡会显示在这里。")

    def rows(self, queryset: QuerySet) -> QuerySet:
        return queryset.select_related("petition__lead_unit", "petition__lead_department")


class AnswerCardView(UpdateView):
    """The lead explains what was done."""

    model = SupervisionCard
    permission = permissions.HANDLE
    form_class = AnswerForm
    object_name = "card"
    page_title = "填写整改说明"
    submit_label = "提交说明"
    success_message = "整改说明已提交。"
    breadcrumbs = (("督办和提醒", "/petitions/cards/"), ("填写整改说明", None))

    def rows(self, queryset: QuerySet) -> QuerySet:
        return queryset.select_related("petition")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.get_object().answered_at is not None:
            raise Conflict("这张督办卡已经填写过整改说明。")
        return super().get(request, *args, **kwargs)

    def service_arguments(self, form: Any) -> dict[str, Any]:
        return {"actor": self.request.user, "card": self.object, "answer": form.cleaned_data["answer"]}

    service = staticmethod(card_answer)

    def next_url(self, result: Any) -> str:
        return str(self.object.petition.get_absolute_url())

    def context(self) -> dict[str, Any]:
        card = self.object
        return {
            **super().context(),
            "page_lead": f"{card.get_level_display()}：{card.reason}，工单 {card.petition.number}",
            "cancel_url": card.petition.get_absolute_url(),
            "form_action": self.request.path,
        }
