"""Limits and errors that hold for every request."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import asdict

from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import DataError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.utils.functional import cached_property

from common import views
from common.errors import PlainError

log = logging.getLogger(__name__)
GetResponse = Callable[[HttpRequest], HttpResponse]

DRAIN_BYTES = 256 * 1024 * 1024
DRAIN_SECONDS = 10.0
DRAIN_STEP = 1024 * 1024
BAD_INPUT = "提交的内容中有系统无法识别的字符或超出范围的数字，请检查后重新填写。"


class UploadLimitMiddleware:
    """Refuse a request whose body is larger than ``settings.UPLOAD_LIMIT_BYTES`` or has no stated size.

    It stands before everything that could read the body: nothing of it is parsed or stored. A browser
    shows an answer only once it has sent its request, so the body is taken off the wire and thrown
    away within limits; past them the connection is dropped.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").lower():
            return self._refuse(request, 411, "上传时没有说明文件大小，系统没有接收。请换用浏览器直接上传。", None)
        size = _content_length(request)
        if size <= settings.UPLOAD_LIMIT_BYTES:
            return self.get_response(request)
        return self._refuse(request, 413, views.too_large_message(), size)

    def _refuse(self, request: HttpRequest, status: int, message: str, size: int | None) -> HttpResponse:
        if size is not None and size <= DRAIN_BYTES:
            _drain(request, size)
        response = views.error_response(request, status, message)
        response["Connection"] = "close"
        return response


def _content_length(request: HttpRequest) -> int:
    """The stated size in bytes; what is not a number counts as none, as in Django."""
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0


def _drain(request: HttpRequest, size: int) -> None:
    """Read and forget the body, for no longer than ``DRAIN_SECONDS``."""
    stream = request.META.get("wsgi.input")
    if stream is None:
        return
    deadline = time.monotonic() + DRAIN_SECONDS
    try:
        while size > 0 and time.monotonic() < deadline:
            got = len(stream.read(min(DRAIN_STEP, size)))
            if not got:
                return
            size -= got
    except OSError:  # the sender has gone: nobody is left to answer
        log.info("upload refused and broken off by the sender")


class PlainErrorsMiddleware:
    """Turn errors that are meant for a person into a clear page, fragment or JSON answer.

    Anything else stays an exception: Django logs it with the request id and shows the page for
    unexpected errors.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "\x00" in request.path_info or "%00" in request.META.get("QUERY_STRING", ""):
            return views.error_response(request, 400, BAD_INPUT)
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, PlainError):
            return views.error_response(request, error.status, error.message, code=error.code)
        if isinstance(error, Http404):
            return views.not_found(request, error)
        if isinstance(error, PermissionDenied):
            return views.forbidden(request, error)
        if isinstance(error, RequestDataTooBig):
            return views.error_response(request, 413, views.too_large_message())
        if isinstance(error, SuspiciousOperation):
            log.warning("suspicious request: %s", error, exc_info=error)
            return views.bad_request(request, error)
        if _is_bad_input(error):
            # Also seen when our own code sends the database a wrong value: keep the trace.
            log.error("the database refused a value: %s", error, exc_info=error)
            return views.error_response(request, 400, BAD_INPUT)
        return None


def _is_bad_input(error: Exception) -> bool:
    """A value no column can hold: out of range, or with a NUL character (which the driver refuses)."""
    return isinstance(error, DataError) or (isinstance(error, ValueError) and "NUL (0x00)" in str(error))


class ContentPolicyMiddleware(CSPMiddleware):
    """The content security policy of the settings, put together once; an answer may still bring another."""

    @cached_property
    def policy(self) -> str:
        return build_policy(**asdict(self.get_policy_parts(HttpRequest(), HttpResponse())))

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if any(name.startswith("_csp") for name in (*vars(response), *vars(request))):
            return super().process_response(request, response)
        response.headers.setdefault("Content-Security-Policy", self.policy)
        return response


class CompressPagesMiddleware(GZipMiddleware):
    """Compress pages and JSON, but no files: those are compressed formats, streamed as they come.

    Django masks the CSRF token and pads the answer, so the length gives no secret away (BREACH).
    """

    TYPES = ("text/html", "application/json")

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if response.streaming or not response.get("Content-Type", "").startswith(self.TYPES):
            return response
        return super().process_response(request, response)
