"""What the pages of training, rotation, mentoring and contests share."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.urls import reverse

from common.pages import ScopedFormView, UpdateView
from common.workflow import Action, Workflow
from staff import permissions
from staff.selectors.grades import of_worker

TEAM = ("社区队伍", None)


class CreatesView(ScopedFormView):
    """A form for something new of a unit; its service takes the key of the form, so that sent twice it works once."""

    permission = permissions.GROWTH

    def form_arguments(self) -> dict[str, Any]:
        return {"user": self.request.user}

    def service_arguments(self, form: forms.BaseForm) -> dict[str, Any]:
        return {"actor": self.request.user, "request_key": self.submission, **form.cleaned_data}


class AboutView(UpdateView):
    """A form about one row that is kept elsewhere: opens empty unless a subclass says otherwise."""

    permission = permissions.GROWTH
    object_permission = permissions.GROWTH
    list_entry: tuple[str, str] = ("", "")
    for_user = False

    def form_arguments(self) -> dict[str, Any]:
        return {"user": self.request.user} if self.for_user else {}

    def context(self) -> dict[str, Any]:
        row = self.object
        trail = [self.list_entry, (str(row), row.get_absolute_url()), (self.page_title, None)]
        return {**super().context(), "breadcrumbs": trail, "cancel_url": row.get_absolute_url()}


def buttons(flow: Workflow, row: Any, user: Any, name: str) -> list[dict[str, Any]]:
    """The actions of a workflow that the reader may do now; ``name`` is that of their address."""
    return [_button(action, row, name) for action in flow.available(row, user)]


def _button(action: Action, row: Any, name: str) -> dict[str, Any]:
    return {"action": action, "url": reverse(name, args=[row.pk, action.name])}


def found_by_worker(rows: QuerySet, text: str, prefix: str = "worker__") -> QuerySet:
    """Rows of workers that a text finds: part of the number, or the whole name."""
    return rows.filter(of_worker(text, prefix))
