"""What every answer of the REST API has in common: errors as sentences, pages by position."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, NoReturn

from django.db.models import QuerySet
from django.http import Http404
from drf_standardized_errors.formatter import ExceptionFormatter
from drf_standardized_errors.handler import ExceptionHandler
from rest_framework import exceptions, serializers
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common.errors import Invalid, PlainError
from common.logs import request_id
from common.pages.keyset import Ordering, Page, paginate
from common.views import NO_PERMISSION, NOT_FOUND

PAGE_SIZE = 20
MAX_PAGE_SIZE = 200


class PlainAPIException(exceptions.APIException):
    """A :class:`PlainError` as an answer: its sentence, status and code."""

    def __init__(self, error: PlainError) -> None:
        self.status_code = error.status
        super().__init__(error.message, error.code)


class Handler(ExceptionHandler):
    """Known errors become answers; anything else is left to Django, which logs it with the request id."""

    def run(self) -> Response | None:
        exc = self.convert_known_exceptions(self.exc)
        return super().run() if isinstance(exc, exceptions.APIException) else None

    def convert_known_exceptions(self, exc: Exception) -> Exception:
        if isinstance(exc, Invalid) and exc.field:
            return exceptions.ValidationError({exc.field: [exceptions.ErrorDetail(exc.message, exc.code)]})
        if isinstance(exc, PlainError):
            return PlainAPIException(exc)
        if isinstance(exc, Http404):
            return exceptions.NotFound(NOT_FOUND)
        return super().convert_known_exceptions(exc)

    def format_exception(self, exc: exceptions.APIException) -> dict[str, Any]:
        return Formatter(exc, self.context, self.exc).run()


class Formatter(ExceptionFormatter):
    """The standard shape plus the request id that the log lines carry."""

    def format_error_response(self, error_response: Any) -> dict[str, Any]:
        return {**super().format_error_response(error_response), "request_id": request_id()}


def exception_handler(exc: Exception, context: Any) -> Response | None:
    """Turn an exception of an API view into an answer (``REST_FRAMEWORK["EXCEPTION_HANDLER"]``)."""
    if isinstance(exc, exceptions.PermissionDenied) and str(exc.detail) == str(exc.default_detail):
        exc = exceptions.PermissionDenied(NO_PERMISSION)
    return Handler(exc, context).run()


class KeysetPagination(BasePagination):
    """Pages cut by position, never by number: ``?after=`` and ``?limit=`` (at most 200).

    The view names its ``orderings``; ``?sort=key`` picks one, ``?sort=-key`` the same turned round.
    """

    page: Page

    def paginate_queryset(self, queryset: Any, request: Request, view: APIView | None = None) -> list[Any]:
        self.request = request
        self.page = paginate(
            queryset, self._ordering(request, view), request.query_params, self._size(request), counted=False
        )
        return self.page.rows

    def _ordering(self, request: Request, view: Any) -> Ordering:
        orderings: Sequence[Ordering] = getattr(view, "orderings", ()) or (Ordering("id", "编号", "pk"),)
        wanted = request.query_params.get("sort", "")
        if not wanted:
            return orderings[0]
        for ordering in orderings:
            if ordering.key == wanted.removeprefix("-"):
                return ordering.reversed() if wanted.startswith("-") else ordering
        known = "、".join(ordering.key for ordering in orderings)
        raise Invalid(f"不能按“{wanted[:20]}”排序，可以用：{known}。", "sort")

    def _size(self, request: Request) -> int:
        text = request.query_params.get("limit", "")
        if not text:
            return PAGE_SIZE
        if not (text.isascii() and text.isdigit() and len(text) < 6 and 1 <= int(text) <= MAX_PAGE_SIZE):
            raise Invalid(f"limit 应为 1 到 {MAX_PAGE_SIZE} 的整数。", "limit")
        return int(text)

    def get_paginated_response(self, data: Any) -> Response:
        return Response(
            {
                "next": self._link(after=self.page.after) if self.page.after else None,
                "previous": self._link(before=self.page.before) if self.page.before else None,
                "results": data,
            }
        )

    def _link(self, **position: str) -> str:
        params = self.request.query_params.copy()
        for name in ("after", "before"):
            params.pop(name, None)
        params.update(position)
        return self.request.build_absolute_uri(f"{self.request.path}?{params.urlencode()}")

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": "string", "format": "uri", "nullable": True}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": link, "previous": link, "results": schema},
        }

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        keys = [ordering.key for ordering in getattr(view, "orderings", ())]
        sorts = [*keys, *(f"-{key}" for key in keys)]
        return [
            _parameter("limit", {"type": "integer", "minimum": 1, "maximum": MAX_PAGE_SIZE}, "每页条数，默认 20。"),
            _parameter("after", {"type": "string"}, "下一页的位置，取自上一次回答的 next。"),
            _parameter("before", {"type": "string"}, "上一页的位置，取自上一次回答的 previous。"),
            _parameter("sort", {"type": "string", "enum": sorts}, "排序；前面加 - 为反向。"),
        ]


def _parameter(name: str, schema: dict[str, Any], description: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": schema, "description": description}


class PlainView(APIView):
    """Base of the API's views. ``permission`` (one, or any of several) opens it; rows come from the scope."""

    permission: ClassVar[str | tuple[str, ...]] = ()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        from common.pages.access import require

        wanted = (self.permission,) if isinstance(self.permission, str) else self.permission
        require(request.user, *wanted)

    def permission_denied(self, request: Request, message: Any = None, code: Any = None) -> NoReturn:
        if request.authenticators and not request.successful_authenticator:
            raise exceptions.NotAuthenticated("请先登录，或在请求头 Authorization 中提供令牌：Token gw_…。")
        super().permission_denied(request, message, code)


class PagedView(PlainView):
    """Base of lists: rows of the scope, conditions of the page, cut by position."""

    pagination_class = KeysetPagination
    orderings: ClassVar[Sequence[Ordering]] = ()
    serializer: ClassVar[type[serializers.BaseSerializer]]

    def paged(self, request: Request, rows: QuerySet) -> Response:
        paginator = self.pagination_class()
        page = paginator.paginate_queryset(rows, request, self)
        context = {"request": request, **self.for_serializer(page)}
        return paginator.get_paginated_response(self.serializer(page, many=True, context=context).data)

    def for_serializer(self, rows: Sequence[Any]) -> dict[str, Any]:
        """What the serializer needs besides the rows of this page."""
        return {}

    def filtered(self, filterset: type, request: Request, rows: QuerySet) -> QuerySet:
        """Rows that fit the conditions; ``ValidationError`` for one that makes no sense."""
        filters = filterset(request.query_params, queryset=rows, request=request)
        if not filters.form.is_valid():
            raise serializers.ValidationError({name: list(texts) for name, texts in filters.form.errors.items()})
        return filters.qs
