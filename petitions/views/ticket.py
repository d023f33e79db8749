"""The page of one ticket, its actions, personal data and files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import SimpleNamespace
from typing import Any

from django import forms
from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views import View

from accounts.addresses import client_ip
from common import events as history
from common.decisions import Denied
from common.errors import PlainError
from common.masks import mask_address, mask_name, mask_phone, mask_text
from common.pages import ActionView, ScopedDetailView, ScopedObjectMixin
from common.pages.files import PREVIEWED, stored_file
from common.timeline import entries
from common.workflow import Action
from common.workflow_forms import form_class
from grid.bodies import body_key
from petitions import permissions, selectors
from petitions.choices import CARD_COLOURS, STATE_COLOURS, CardLevel, ClockKind, State
from petitions.forms import AttachForm
from petitions.models import Attachment, Petition, SupervisionCard
from petitions.policies import may_reveal
from petitions.services.attachments import petition_attach
from petitions.services.personal import FIELDS, petition_reveal
from petitions.workflow import FLOW

MASKS = {"name": mask_name, "phone": mask_phone, "address": mask_address}


class PetitionView(ScopedDetailView):
    """One ticket: what it is, how it stands, what happened, what may be done next."""

    model = Petition
    permission = permissions.VIEW
    template_name = "petitions/detail.html"

    def find(self, visible: Any) -> Petition | None:
        return selectors.as_shown(visible)

    def title(self) -> str:
        return mask_text(self.object.title)

    def trail(self) -> list[tuple[str, str | None]]:
        return [("全部工单", reverse("petitions:list"))]

    def context(self) -> dict[str, Any]:
        ticket, user = self.object, self.request.user
        decision = may_reveal(ticket, user)
        actions = FLOW.available(ticket, user)
        files = list(file_rows(selectors.FILES.all(ticket=ticket.pk)))
        cards = selectors.CARDS.all(ticket=ticket.pk)
        return {
            "state_colour": STATE_COLOURS[State(ticket.state)],
            "buttons": [_button(ticket, action) for action in actions],
            "facts": list(facts(ticket)),
            "clocks": list(clock_rows(ticket)),
            "text": mask_text(ticket.text),
            "place": mask_text(ticket.place),
            "text_is_masked": mask_text(ticket.text) != ticket.text,
            "reply": mask_text(ticket.reply),
            "petitioner": list(petitioner_rows(ticket, bool(decision))),
            "reveal_denied": decision.reason if isinstance(decision, Denied) else "",
            "reveal_text_url": reverse("petitions:reveal", args=[ticket.pk, "text"]) if decision else "",
            "timeline": entries(history.whole_timeline(ticket), mask_text),
            "assignments": ticket.assignments.all(),
            "cards": [(card, CARD_COLOURS[CardLevel(card.level)]) for card in cards],
            "answerable": answerable(cards, user),
            "files": files,
            "pictures": [file for file in files if file.is_image],
            "attach_form": AttachForm() if may_attach(user) else None,
        }


def _button(ticket: Petition, action: Action) -> dict[str, Any]:
    return {"action": action, "url": reverse("petitions:act", args=[ticket.pk, action.name])}


def facts(ticket: Petition) -> Iterator[tuple[str, Any]]:
    """Head facts in reading order."""
    category = ticket.category
    yield "工单编号", ticket.number
    if ticket.external_number:
        yield "来源编号", ticket.external_number
    yield "诉求类型", ticket.get_kind_display()
    yield "诉求分类", f"{category.parent.name} → {category.name}" if category and category.parent else category
    yield "来源", ticket.get_channel_display()
    yield "紧急程度", ticket.get_urgency_display()
    yield (
        "所属单位",
        " ".join(place.name for place in (ticket.street, ticket.community, ticket.grid) if place) or ticket.unit,
    )
    yield "主办单位", ticket.lead
    if ticket.about_department:
        yield "被反映部门", ticket.about_department
    yield "登记人", ticket.registered_by or "居民自助"
    yield "接收时间", _moment(ticket.received_at)
    for label, moment in (("答复时间", ticket.replied_at), ("办结时间", ticket.ended_at)):
        if moment:
            yield label, _moment(moment)
    if ticket.solved is not None:
        yield "回访结果", f"{'已解决' if ticket.solved else '未解决'}，{ticket.get_satisfaction_display()}"
    if ticket.refusal_reason:
        yield "不予受理原因", ticket.get_refusal_reason_display()
    if ticket.exclusion_reason:
        yield "剔除", f"{ticket.get_exclusion_reason_display()}（{'已剔除' if ticket.excluded_at else '待终审'}）"


def _moment(at: Any) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}"


def clock_rows(ticket: Petition) -> Iterator[dict[str, Any]]:
    """The latest clock of each kind: its limit and how it stands."""
    latest = {clock.kind: clock for clock in selectors.CLOCKS.all(ticket=ticket.pk)}
    for kind, label in ClockKind.choices:
        clock = latest.get(kind)
        if clock is not None:
            paused = clock.paused_at is not None and clock.stopped_at is None
            yield {"label": label, "due": clock.due_at, "finished": clock.stopped_at, "paused": paused}


def petitioner_rows(ticket: Petition, open_to_reader: bool) -> Iterator[dict[str, str]]:
    """Masked fields with the address that reveals each; nothing for an anonymous ticket."""
    person = getattr(ticket, "petitioner", None)
    if person is None or not open_to_reader:
        return
    for name, mask in MASKS.items():
        value = getattr(person, name)
        if value:
            url = reverse("petitions:reveal", args=[ticket.pk, name])
            yield {"label": FIELDS[name], "value": mask(value), "url": url}


def file_rows(files: Iterable[Attachment]) -> Iterator[SimpleNamespace]:
    for file in files:
        yield SimpleNamespace(
            name=file.name, size=file.size, url=reverse("petitions:file", args=[file.pk]),
            added_at=file.uploaded_at, added_by=file.uploaded_by or "诉求人", is_image=file.content_type in PREVIEWED,
        )  # fmt: skip


def answerable(cards: list[SupervisionCard], user: Any) -> set[int]:
    """Keys of the cards that wait for the reader's answer; no query when there is none to answer."""
    waiting = [card.pk for card in cards if card.answered_at is None and card.level != CardLevel.REMINDER]
    if not waiting:
        return set()
    return set(SupervisionCard.objects.to_answer_by(user).filter(pk__in=waiting).values_list("pk", flat=True))


def may_attach(user: Any) -> bool:
    return any(user.may(code) for code in (permissions.REGISTER, permissions.TRIAGE, permissions.HANDLE))


class PetitionActionView(ActionView):
    """A row of the workflow table as a dialog or a page."""

    model = Petition
    permission = permissions.VIEW
    workflow = FLOW
    detail_view = PetitionView

    def find(self, visible: Any) -> Petition | None:
        return selectors.as_shown(visible)

    def form_for(self, action: Action, obj: Any) -> type[forms.Form]:
        return form_class(action, obj, self.request.user)

    def form_arguments(self) -> dict[str, Any]:
        return {"initial": initial_values(self.action, self.object)}

    def context(self) -> dict[str, Any]:
        crumbs = [(self.object.number, self.object.get_absolute_url()), (self.action.label, None)]
        return {**super().context(), "breadcrumbs": crumbs}


def initial_values(action: Action, ticket: Petition) -> dict[str, Any]:
    """What an action's form starts with: the category's lead and co-handlers, the present category."""
    if action.name == "accept":
        return {"category": ticket.category_id}
    if action.name == "dispatch":
        lead = selectors.default_lead(ticket.category, ticket)
        others = ticket.category.co_departments.all() if ticket.category else ()
        return {
            "lead": body_key(lead) if lead is not None else None,
            "co_handlers": [body_key(department) for department in others],
        }
    if action.name == "extend":
        return {"limit": "5wd"}
    return {}


class RevealView(ScopedObjectMixin, View):
    """One personal field in clear, once, with a reason, on the record."""

    model = Petition
    permission = permissions.VIEW

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        petition, field = self.get_object(), kwargs["field"]
        if field not in FIELDS:
            raise Http404("没有这一项信息。")
        value = petition_reveal(
            petition=petition, actor=request.user, field=field, reason=request.POST.get("reason", ""),
            source=client_ip(request),
        )  # fmt: skip
        context = {"value": value, "label": FIELDS[field], "object": petition, "page_title": f"查看{FIELDS[field]}"}
        fragment = request.headers.get("HX-Request") == "true"
        response = render(request, "components/revealed.html" if fragment else "petitions/revealed.html", context)
        response["Cache-Control"] = "no-store"
        return response


class AttachView(ScopedObjectMixin, View):
    """Add files to a ticket."""

    model = Petition
    permission = (permissions.REGISTER, permissions.TRIAGE, permissions.HANDLE)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        petition = self.get_object()
        form = AttachForm(request.POST, request.FILES)
        if form.is_valid():
            try:
                petition_attach(petition=petition, actor=request.user, files=form.cleaned_data["files"])
                messages.success(request, "附件已上传。")
            except PlainError as error:
                messages.error(request, error.message)
        else:
            messages.error(request, " ".join(str(text) for texts in form.errors.values() for text in texts))
        return HttpResponseRedirect(petition.get_absolute_url())


class FileView(ScopedObjectMixin, View):
    """A file of a ticket, for whoever sees the ticket: as a download, or (pictures only) to look at."""

    model = Attachment
    permission = permissions.VIEW

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> FileResponse:
        file = self.get_object()
        look = "inline" in request.GET and file.content_type in PREVIEWED
        return file_response(file, as_attachment=not look)


def file_response(file: Attachment, *, as_attachment: bool = True) -> FileResponse:
    """The stored bytes of an attachment."""
    return stored_file(file.file, name=file.name, content_type=file.content_type, as_attachment=as_attachment)
