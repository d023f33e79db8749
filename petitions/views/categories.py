"""Keeping the categories: who leads, who helps, how long."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views import View

from common.calendar import Limit
from common.pages import ScopedFormView, SignedInMixin, UpdateView
from grid.bodies import body_key
from grid.choices import Level
from petitions import permissions
from petitions.forms import CategoryForm, NewCategoryForm
from petitions.models import Category
from petitions.services.categories import category_change, category_create

CRUMB = ("诉求分类", "/petitions/categories/")


def lead_words(category: Category) -> str:
    if category.lead_department is not None:
        return category.lead_department.name
    if category.lead_level is not None:
        return f"工单所在{Level(category.lead_level).label}"
    return ""


class CategoryList(SignedInMixin, View):
    """The whole tree on one page: it has about a hundred rows."""

    permission = permissions.CATEGORIES

    def get(self, request: HttpRequest) -> HttpResponse:
        rows = Category.objects.visible_to(request.user).select_related("lead_department")
        groups: dict[int, dict[str, Any]] = {}
        for row in rows.prefetch_related("co_departments").order_by("code"):
            if row.parent_id is None:
                groups[row.pk] = {"top": row, "rows": []}
            elif row.parent_id in groups:
                limit = Limit.parse(row.limit).label if row.limit else "一般时限"
                groups[row.parent_id]["rows"].append({"row": row, "lead": lead_words(row), "limit": limit})
        context = {"page_title": "诉求分类", "breadcrumbs": [("诉求分类", None)], "groups": list(groups.values())}
        return render(request, "petitions/categories.html", context)


def _arguments(data: dict[str, Any]) -> dict[str, Any]:
    """The form's lead as the two arguments of the services."""
    lead_level, lead_department = data.pop("lead", (None, None))
    return {**data, "lead_level": lead_level, "lead_department": lead_department}


class CreateCategoryView(ScopedFormView):
    permission = permissions.CATEGORIES
    form_class = NewCategoryForm
    page_title = "增加分类"
    breadcrumbs = (CRUMB, ("增加分类", None))
    cancel_url = success_url = "petitions:categories"
    success_message = "分类已增加。"

    def perform(self, form: forms.BaseForm) -> Category:
        data = _arguments(dict(form.cleaned_data))
        data.pop("is_active")
        return category_create(actor=self.request.user, **data)


class ChangeCategoryView(UpdateView):
    model = Category
    permission = permissions.CATEGORIES
    form_class = CategoryForm
    version = "event_seq"
    cancel_url = success_url = "petitions:categories"
    success_message = "分类已修改。"

    def form_arguments(self) -> dict[str, Any]:
        row = self.object
        lead = (
            body_key(row.lead_department) if row.lead_department else (f"l{row.lead_level}" if row.lead_level else "")
        )
        initial = {
            "name": row.name, "lead": lead, "co_departments": row.co_departments.all(), "limit": row.limit,
            "is_active": row.is_active,
        }  # fmt: skip
        return {"top": row.parent_id is None, "initial": initial}

    def service_arguments(self, form: forms.BaseForm) -> dict[str, Any]:
        return {"actor": self.request.user, "category": self.object, **_arguments(dict(form.cleaned_data))}

    service = staticmethod(category_change)

    def context(self) -> dict[str, Any]:
        title = f"{self.object.code} {self.object.name}"
        return {**super().context(), "page_title": title, "breadcrumbs": (CRUMB, (title, None))}
