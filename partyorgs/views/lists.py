"""The tree and the list of party organisations."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views import View

from common.imports.links import import_link
from common.pages import Empty, Link, Ordering, ScopedListView, SignedInMixin
from partyorgs import permissions
from partyorgs.filters import OrganisationFilter
from partyorgs.models import PartyOrganisation
from partyorgs.policies import size_warning
from partyorgs.selectors import children_of, search_organisations, term_state, top_organisations, totals
from partyorgs.tables import OrganisationTable

TOPS = 100


def nodes(rows: Any) -> list[dict[str, Any]]:
    """Organisations as lines of the tree."""
    return [
        {
            "organisation": row,
            "term": term_state(row),
            "warning": size_warning(row.kind, row.members_count, row.unit.level),
        }
        for row in rows
    ]


class TreePage(SignedInMixin, View):
    """Organisations the person sees, from the highest down, opened branch by branch."""

    permission = permissions.PARTY_VIEW

    def get(self, request: HttpRequest) -> HttpResponse:
        seen = PartyOrganisation.objects.visible_to(request.user)
        tops = list(top_organisations(request.user)[:TOPS])
        opened = nodes(children_of(tops[0], request.user)) if len(tops) == 1 else []
        address = reverse("partyorgs:organisations")
        figures = totals(seen)
        return render(
            request,
            "partyorgs/tree.html",
            {
                "page_title": "党组织架构",
                "tops": nodes(tops),
                "opened": opened,
                "figures": figures,
                "stats": [
                    ("在册党组织", figures.organisations, f"{address}?state=active", "flag", "blue"),
                    ("党支部", figures.branches, f"{address}?state=active&kind=branch", "hierarchy", "blue"),
                    ("即将届满", figures.ending, f"{address}?term=ending", "calendar-due", "amber"),
                    ("已届满未换届", figures.ended, f"{address}?term=ended", "alert-circle", "red"),
                ],
            },
        )


class Branch(SignedInMixin, View):
    """The lines below one organisation, fetched when it is opened."""

    permission = permissions.PARTY_VIEW

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        found = PartyOrganisation.objects.visible_to(request.user).filter(pk=pk).first()
        if found is None:
            raise Http404
        return render(request, "partyorgs/branch.html", {"nodes": nodes(children_of(found, request.user))})


class OrganisationList(ScopedListView):
    model = PartyOrganisation
    permission = permissions.PARTY_VIEW
    page_title = "党组织名册"
    breadcrumbs = (("党组织架构", "/party-organisations/tree/"), ("党组织名册", None))
    table_class = OrganisationTable
    filterset_class = OrganisationFilter
    orderings = (
        Ordering("unit", "组织顺序", "unit__path"),
        Ordering("term", "届满日期", "term_last_day"),
        Ordering("members", "党员数", "members_count", descending=True),
    )
    search_hint = "名称、书记、所在单位"
    links = (
        import_link("导入党组织", "partyorgs.organisations", permissions.PARTY_MANAGE),
        Link("党组织架构", "partyorgs:tree", permissions.PARTY_VIEW, icon="sitemap"),
    )
    empty = Empty("还没有党组织", "在单位页面的“党组织”一栏新建，或用 Excel 一次导入。", "查看组织架构", "grid:tree")
    export_report_key = "partyorgs.organisations"

    def rows(self, queryset: QuerySet[PartyOrganisation]) -> QuerySet[PartyOrganisation]:
        return queryset.select_related("unit", "parent")

    def search(self, queryset: QuerySet[PartyOrganisation], text: str) -> QuerySet[PartyOrganisation]:
        return search_organisations(queryset, text)
