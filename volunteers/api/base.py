"""What the API's lists of points, shops and honours have in common: a list with conditions, and one row of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import Http404
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common.api import PagedView
from common.masks import mask_text
from common.pages.lists import search_text


class MaskedField(serializers.CharField):
    """Free text without the telephone and card numbers in it."""

    def to_representation(self, value: Any) -> str:
        return mask_text(str(value))


class RowsView(PagedView):
    """Rows of the scope: ``visible()`` says which, ``filterset`` and ``search`` narrow the list as on the page."""

    filterset: ClassVar[type]
    search: ClassVar[Callable[[Any, str], Any]]

    def visible(self) -> QuerySet[Any]:
        raise NotImplementedError

    def list_of(self, request: Request) -> Response:
        rows = self.filtered(self.filterset, request, self.visible())
        text = search_text(request.query_params)
        return self.paged(request, type(self).search(rows, text) if text else rows)

    def one(self, pk: int) -> Any:
        found = self.visible().filter(pk=pk).first()
        if found is None:
            raise Http404
        return found

    def represent(self, row: Any, serializer: type[serializers.BaseSerializer] | None = None) -> Response:
        context = {"request": self.request, **self.for_serializer([row])}
        return Response((serializer or self.serializer)(row, context=context).data)
