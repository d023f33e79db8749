"""The page of one party organisation and the forms about it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.html import format_html

from common.pages import ScopedDetailView, UpdateView
from common.pages.inputs import ConfirmForm
from common.timeline import timeline_of
from grid.models import Unit
from partyorgs import permissions, policies, services
from partyorgs.choices import ELECTED_KINDS, SetUpMode
from partyorgs.forms import CountForm, ElectionForm, OrganisationForm
from partyorgs.models import PartyOrganisation
from partyorgs.selectors import children_of, members_below, term_state
from partyorgs.views.lists import nodes

HOME = "党组织架构"


def _link(target: Any) -> Any:
    return format_html('<a href="{}">{}</a>', target.get_absolute_url(), target) if target is not None else None


class OrganisationPage(ScopedDetailView):
    model = PartyOrganisation
    permission = permissions.PARTY_VIEW
    template_name = "partyorgs/organisation.html"
    object: PartyOrganisation

    def rows(self, queryset: QuerySet[PartyOrganisation]) -> QuerySet[PartyOrganisation]:
        return queryset.select_related("unit", "parent__unit", "household__unit", "secretary")

    def trail(self) -> list[tuple[str, str | None]]:
        return [(HOME, reverse("partyorgs:tree"))]

    def context(self) -> dict[str, Any]:
        row = self.object
        return {
            "page_lead": f"{row.get_kind_display()} · {row.unit}",
            "rows": list(self._facts()),
            "term": term_state(row),
            "warning": policies.size_warning(row.kind, row.members_count, row.unit.level) if row.is_active else "",
            "misplaced": row.is_active and not policies.may_hang(row.kind, row.unit, row.parent),
            "children": nodes(children_of(row, self.request.user)),
            "members_below": members_below(row),
            "timeline": timeline_of(row),
            "may_change": row.is_active and self._may_manage(),
            "is_elected": row.kind in ELECTED_KINDS,
        }

    def _facts(self) -> Iterator[tuple[Any, ...]]:
        row = self.object
        yield "上级党组织", _link(row.parent)
        yield "所在单位", _link(row.unit)
        yield "组建方式", row.get_mode_display()
        if row.partners:
            yield ("联建单位" if row.mode == SetUpMode.JOINT else "派驻人"), row.partners
        if row.household:
            yield "中心户", row.household
        yield "书记（负责人）", row.secretary_name
        counted = f"（{row.members_on:%Y-%m-%d} 统计）" if row.members_on else ""
        yield "党员数", f"{row.members_count} 人{counted}"
        if row.term_first_day and row.term_last_day:
            yield "本届任期", f"{row.term_first_day:%Y-%m-%d} 至 {row.term_last_day:%Y-%m-%d}（{row.term_years} 年）"

    def _may_manage(self) -> bool:
        grants = self.request.user.scope.holding(permissions.PARTY_MANAGE)  # type: ignore[union-attr]
        path = self.object.unit.path
        return grants.everything or any(path.startswith(mine) for mine in grants.unit_paths)


class CreateOrganisation(UpdateView):
    """A new organisation at the unit of the address."""

    model = Unit
    permission = permissions.PARTY_MANAGE
    object_permission = permissions.PARTY_MANAGE
    form_class = OrganisationForm
    submit_label = "建立"
    object: Unit

    def rows(self, queryset: QuerySet[Unit]) -> QuerySet[Unit]:
        return queryset.select_related("parent")

    def form_arguments(self) -> dict[str, Any]:
        return {"unit": self.object, "is_new": True, "initial": {"name": ""}}

    def context(self) -> dict[str, Any]:
        unit = self.object
        return {
            **super().context(),
            "page_title": f"在“{unit}”建立党组织",
            "breadcrumbs": (
                (HOME, reverse("partyorgs:tree")),
                (str(unit), unit.get_absolute_url()),
                ("建立党组织", None),
            ),
            "cancel_url": unit.get_absolute_url(),
        }

    def perform(self, form: forms.BaseForm) -> PartyOrganisation:
        return services.organisation_create(actor=self.request.user, unit=self.object, **form.cleaned_data)

    def message(self, result: PartyOrganisation) -> str:
        warning = policies.size_warning(result.kind, result.members_count, result.unit.level)
        return f"已建立“{result}”。{warning}"

    def next_url(self, result: PartyOrganisation) -> str:
        return result.get_absolute_url()


class OrganisationUpdate(UpdateView):
    """Base of the forms about one organisation."""

    model = PartyOrganisation
    permission = permissions.PARTY_MANAGE
    object_permission = permissions.PARTY_MANAGE
    object_name = "organisation"
    version = "event_seq"
    object: PartyOrganisation
    verb = ""

    def rows(self, queryset: QuerySet[PartyOrganisation]) -> QuerySet[PartyOrganisation]:
        return queryset.select_related("unit__parent", "parent")

    def context(self) -> dict[str, Any]:
        row = self.object
        return {
            **super().context(),
            "page_title": f"{self.verb}：{row}",
            "breadcrumbs": ((HOME, reverse("partyorgs:tree")), (str(row), row.get_absolute_url()), (self.verb, None)),
            "cancel_url": row.get_absolute_url(),
        }


class ChangeOrganisation(OrganisationUpdate):
    form_class = OrganisationForm
    verb = "修改资料"
    success_message = "已保存。"
    service = services.organisation_change

    def form_arguments(self) -> dict[str, Any]:
        arguments = super().form_arguments()
        return {**arguments, "unit": self.object.unit, "is_new": False}


class CountMembers(OrganisationUpdate):
    form_class = CountForm
    verb = "更新党员数"
    service = services.organisation_count

    def form_arguments(self) -> dict[str, Any]:
        return {"initial": {"members_count": self.object.members_count}}

    def message(self, result: PartyOrganisation) -> str:
        return f"党员数已更新为 {result.members_count} 人。" + policies.size_warning(
            result.kind, result.members_count, result.unit.level
        )


class RecordElection(OrganisationUpdate):
    form_class = ElectionForm
    verb = "换届选举"
    submit_label = "记录选举结果"
    service = services.organisation_elect

    def form_arguments(self) -> dict[str, Any]:
        return {"unit": self.object.unit}

    def message(self, result: PartyOrganisation) -> str:
        return f"新一届任期至 {result.term_last_day:%Y-%m-%d}。"


class DissolveOrganisation(OrganisationUpdate):
    form_class = ConfirmForm
    verb = "撤销"
    submit_label = "确认撤销"
    page_lead = "撤销后不再出现在架构和统计里，历史记录保留。下面还有党组织时不能撤销。"
    service = services.organisation_dissolve

    def context(self) -> dict[str, Any]:
        return {**super().context(), "submit_style": "danger"}

    def message(self, result: PartyOrganisation) -> str:
        return f"“{result}”已撤销。"
