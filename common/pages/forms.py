"""Pages with a form: the form checks the input, a service does the work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.views import View

from common.errors import Conflict, PlainError
from common.pages.access import SignedInMixin
from common.pages.details import ScopedObjectMixin

SUBMISSION_FIELD = "submission"


class FormPage(View):
    """What a form page does, signed in or not; use a subclass.

    Give it ``form_class`` and either ``service`` (called with :meth:`service_arguments`) or override
    :meth:`perform`. A ``PlainError`` of the service is shown in the form, at its field if it names one.
    """

    form_class: type[forms.BaseForm]
    service: Callable[..., Any] | None = None
    template_name = "common/form.html"
    page_title = ""
    page_lead = ""
    breadcrumbs: tuple[tuple[str, str | None], ...] = ()
    submit_label = "保存"
    cancel_url: str = ""
    success_message = ""
    success_url: str = ""

    # --- hooks

    def form_arguments(self) -> dict[str, Any]:
        """Keyword arguments of the form besides data and files (``initial``, ``user`` …)."""
        return {}

    def service_arguments(self, form: forms.BaseForm) -> dict[str, Any]:
        return dict(form.cleaned_data)

    def perform(self, form: forms.BaseForm) -> Any:
        """Do the work and hand back its result; raises :class:`PlainError` when it cannot be done."""
        service = type(self).service
        if service is None:
            raise NotImplementedError(f"{type(self).__name__} has neither a service nor perform()")
        return service(**self.service_arguments(form))

    def message(self, result: Any) -> str:
        return self.success_message

    def next_url(self, result: Any) -> str:
        """Where to go: ``success_url`` (a path or URL name), else the result's own page."""
        return resolve_url(self.success_url or result)

    def context(self) -> dict[str, Any]:
        return {}

    # --- requests

    @property
    def submission(self) -> UUID:
        """A key made when the form was opened and sent back with it: pass it to a service as its
        idempotency key, and a form that is sent twice does its work once."""
        try:
            return UUID(self.request.POST.get(SUBMISSION_FIELD, ""))
        except ValueError:
            return uuid4()

    def get_form(self, bound: bool = False) -> forms.BaseForm:
        data: dict[str, Any] = {"data": self.request.POST, "files": self.request.FILES} if bound else {}
        return self.form_class(**data, **self.form_arguments())

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.show(self.get_form())

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = self.get_form(bound=True)
        if not form.is_valid():
            return self.show(form, 400)
        try:
            result = self.perform(form)
        except PlainError as error:
            add_error(form, error)
            return self.show(form, error.status)
        text = self.message(result)
        if text:
            messages.success(request, text)
        return self.leave(self.next_url(result))

    def leave(self, url: str) -> HttpResponse:
        if is_dialog(self.request):
            response = HttpResponse(status=204)
            response["HX-Redirect"] = url
            return response
        return HttpResponseRedirect(url)

    def show(self, form: forms.BaseForm, status: int = 200) -> HttpResponse:
        context = {
            "form": form,
            "page_title": self.page_title,
            "page_lead": self.page_lead,
            "breadcrumbs": self.breadcrumbs or ((self.page_title, None),),
            "submit_label": self.submit_label,
            "cancel_url": resolve_url(self.cancel_url) if self.cancel_url else "",
            "submission": self.submission,
            "multipart": form.is_multipart(),
            **self.context(),
        }
        template = "common/form_dialog.html" if is_dialog(self.request) else self.template_name
        return render(self.request, template, context, status=status)


def is_dialog(request: HttpRequest) -> bool:
    """Whether the page is asked for as the content of the shared dialog."""
    return request.headers.get("HX-Target") == "gw-dialog-content"


def add_error(form: forms.BaseForm, error: PlainError) -> None:
    """Show the sentence at the field it names, else above the form; of several, each on a line of its own."""
    field = getattr(error, "field", None)
    sentences = list(getattr(error, "each", ())) or error.message
    form.add_error(field if field in form.fields else None, sentences)


class ScopedFormView(SignedInMixin, FormPage):
    """A form for signed-in people that is not about one row."""


class CreateView(ScopedFormView):
    """Calls ``service(actor=user, **cleaned_data)`` and goes to the new object's page."""

    def service_arguments(self, form: forms.BaseForm) -> dict[str, Any]:
        return {"actor": self.request.user, **form.cleaned_data}


class UpdateView(ScopedObjectMixin, FormPage):
    """Calls ``service(actor=user, <object_name>=object, **cleaned_data)``; the form starts with the object's values.

    A model form is given the object as ``instance`` but never saves it: the service does. ``version``
    names a field that must not have changed since the page was opened (event_seq of a history row).
    """

    object: Any
    object_name = ""
    version: str = ""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.object = self.get_object()
        return super().get(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.object = self.get_object()
        return super().post(request, *args, **kwargs)

    def form_arguments(self) -> dict[str, Any]:
        if issubclass(self.form_class, forms.ModelForm):
            # A copy: validating a model form writes into its instance, which the page still shows.
            return {"instance": type(self.object)._default_manager.get(pk=self.object.pk)}
        return {"initial": initial_of(self.object, self.form_class)}

    def service_arguments(self, form: forms.BaseForm) -> dict[str, Any]:
        name = self.object_name or self.model._meta.model_name or "object"
        return {"actor": self.request.user, name: self.object, **form.cleaned_data}

    def perform(self, form: forms.BaseForm) -> Any:
        if self.version and self.request.POST.get("version", "") != str(getattr(self.object, self.version)):
            raise Conflict("您打开页面之后，这条内容已被别人修改，没有保存。请刷新页面查看后重新填写。")
        return super().perform(form)

    def next_url(self, result: Any) -> str:
        return resolve_url(self.success_url or self.object)

    def context(self) -> dict[str, Any]:
        seen = self.request.POST.get("version", "") if self.request.method == "POST" else ""
        current = str(getattr(self.object, self.version)) if self.version else ""
        return {"object": self.object, "version": seen or current}


def initial_of(obj: Model, form_class: type[forms.BaseForm]) -> dict[str, Any]:
    """Present values for the fields of a plain form that the object has under the same name."""
    fields: dict[str, forms.Field] = getattr(form_class, "base_fields", {})
    return {name: getattr(obj, name) for name in fields if hasattr(obj, name)}
