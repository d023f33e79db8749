"""One action of a workflow as a page, or as the content of a dialog."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse

from common.decisions import Denied
from common.errors import Conflict, Refused
from common.pages.details import ScopedDetailView, ScopedObjectMixin
from common.pages.forms import FormPage, is_dialog
from common.workflow import Action, Workflow
from common.workflow_forms import form_class


class ActionView(ScopedObjectMixin, FormPage):
    """Shows and performs ``<pk>/<action>`` of ``workflow``: the table decides what may be done.

    Subclasses give ``model`` and ``workflow``; the address has ``pk`` and ``action``. An action without
    input needs no page: its button posts straight here. With ``detail_view`` an object that somebody else
    was faster with is shown as it stands now, with the reason.
    """

    workflow: ClassVar[Workflow]
    detail_view: ClassVar[type[ScopedDetailView] | None] = None
    object: Any
    action: Action

    def form_for(self, action: Action, obj: Any) -> type[forms.BaseForm]:
        """The form of the action's fields, as the table names them."""
        return form_class(action, obj, self.request.user)

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        action = self.workflow.actions.get(kwargs["action"])
        if action is None:
            raise Http404("没有这项操作。")
        self.action = action
        self.page_title = self.submit_label = action.label
        self.page_lead = action.help

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self._load()
        try:
            # Opening the form of an action that cannot be done says why, at once.
            self._refuse()
        except Conflict as error:
            return self.moved_on(error)
        return super().get(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self._load()
        try:
            self._refuse()
        except Conflict as error:
            return self.moved_on(error)
        return super().post(request, *args, **kwargs)

    def show(self, form: forms.BaseForm, status: int = 200) -> HttpResponse:
        if status == Conflict.status and self.detail_view is not None and self._is_stale():
            return self.moved_on(Conflict(" ".join(map(str, form.non_field_errors()))))
        return super().show(form, status)

    def _is_stale(self) -> bool:
        """Whether the action is behind the object by now; else the form stays, for its input to be corrected."""
        field = self.workflow.state_field
        self.object.refresh_from_db(fields=[field])
        return getattr(self.object, field) not in self.action.from_states

    def moved_on(self, error: Conflict) -> HttpResponse:
        """Somebody was faster: say so on the object's page as it stands now."""
        if self.detail_view is None:
            raise error
        messages.warning(self.request, error.message)
        if is_dialog(self.request):
            response = HttpResponse(status=error.status)
            response["HX-Redirect"] = self.object.get_absolute_url()
            return response
        page = self.detail_view()
        page.setup(self.request, pk=self.object.pk)
        response = page.get(self.request)
        response.status_code = error.status
        return response

    def _load(self) -> None:
        self.object = self.get_object()
        self.form_class = self.form_for(self.action, self.object)

    def _refuse(self) -> None:
        decision = self.workflow.check(self.action.name, self.object, self.request.user)
        if isinstance(decision, Denied):
            state = getattr(self.object, self.workflow.state_field)
            raise (Refused if state in self.action.from_states else Conflict)(decision.reason)

    def perform(self, form: forms.BaseForm) -> Any:
        values = form.values() if hasattr(form, "values") else form.cleaned_data
        name, user = self.action.name, self.request.user
        return self.workflow.perform(name, self.object, user, submission=self.submission, **values)

    def message(self, result: Any) -> str:
        return f"已完成“{self.action.label}”。"

    def next_url(self, result: Any) -> str:
        return str(self.object.get_absolute_url())

    def context(self) -> dict[str, Any]:
        return {
            "object": self.object,
            "action": self.action,
            "form_action": self.request.path,
            "submit_style": self.action.style,
            "confirm": f"确定要{self.action.label}吗？" if self.action.confirm else "",
            "cancel_url": self.object.get_absolute_url(),
            "breadcrumbs": [(str(self.object), self.object.get_absolute_url()), (self.action.label, None)],
        }
