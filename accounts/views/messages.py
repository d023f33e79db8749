"""The messages behind the bell."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views import View
from django.views.decorators.http import require_POST

from accounts import selectors
from accounts.models import Notification
from accounts.services.notifications import mark_read
from common.pages.access import SignedInMixin, signed_in
from common.pages.keyset import Ordering, paginate

TITLE = "消息"
PAGE_SIZE = 30
NEWEST = Ordering("id", "时间", "pk", descending=True)


class MessageListView(SignedInMixin, View):
    """Unread messages, or (``?read=1``) those that were read; the newest first."""

    def get(self, request: HttpRequest) -> HttpResponse:
        read = request.GET.get("read") == "1"
        page = paginate(_rows(request.user, read), NEWEST, request.GET, PAGE_SIZE)
        context = {"page_title": TITLE, "breadcrumbs": ((TITLE, None),), "page": page, "read": read}
        return render(request, "accounts/messages.html", context)


def _rows(user: Any, read: bool) -> QuerySet[Notification]:
    rows = selectors.messages_for(user).select_related("unit", "department", "read_by")
    return rows.exclude(read_at=None) if read else rows.unread()


@require_POST
@signed_in
def open_message(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark one message as read and go to the page it speaks of."""
    found = selectors.messages_for(request.user).filter(pk=pk).first()
    if found is None:
        raise Http404("这条消息已不存在，或者不是发给您的。")
    mark_read(user=request.user, ids=[pk])
    return HttpResponseRedirect(_inside(found.url, request) or reverse("accounts:messages"))


def _inside(url: str, request: HttpRequest) -> str:
    return url if url and url_has_allowed_host_and_scheme(url, {request.get_host()}) else ""


@require_POST
@signed_in
def read_all(request: HttpRequest) -> HttpResponse:
    count = mark_read(user=request.user)
    messages.success(request, f"已将 {count} 条消息标为已读。" if count else "没有未读的消息。")
    return HttpResponseRedirect(reverse("accounts:messages"))
