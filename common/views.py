"""Error pages, the numbers of the menu and the reader's preferences."""

from __future__ import annotations

import logging
import sys
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.defaultfilters import filesizeformat
from django.template.loader import render_to_string
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from common.context_processors import LARGE_TEXT_COOKIE, SITE_NAME
from common.logs import request_id
from common.navigation import frame
from common.pages.access import public, signed_in

log = logging.getLogger(__name__)
YEAR_SECONDS = 365 * 24 * 3600

TITLES = {
    400: "提交的内容有误",
    401: "请先登录",
    403: "没有权限",
    404: "没有找到这个页面",
    405: "不支持这样的操作",
    409: "内容已有变化",
    411: "无法接收",
    413: "文件太大",
    429: "操作太频繁",
    500: "系统出现了意外错误",
    503: "系统暂时不可用",
}
NOT_FOUND = "您要看的内容不存在、已被移走，或者不在您的管辖范围内。请检查网址，或从左侧菜单重新进入。"
NO_PERMISSION = "您的岗位没有这项权限，如有需要请联系系统管理员。"
CSRF_EXPIRED = "页面打开时间太久或登录状态已变化，为了安全没有提交。请返回上一页、刷新后重新提交。"
UNEXPECTED = "刚才的操作没有完成，错误已自动记录。请稍后重试；如仍不行，请把下面的编号告诉系统管理员。"
UNAVAILABLE = "数据库正在恢复，刚才的操作没有完成。请过一两分钟再试，已经保存的内容不会丢失。"


def too_large_message() -> str:
    return f"一次上传不能超过 {filesizeformat(settings.UPLOAD_LIMIT_BYTES)}，系统没有接收。请压缩或分几次上传。"


def wants_json(request: HttpRequest) -> bool:
    if request.path_info.startswith("/api/"):
        return True
    return "application/json" in request.headers.get("Accept", "")


def error_response(request: HttpRequest, status: int, message: str, *, code: str = "") -> HttpResponse:
    """A clear answer in the caller's form: JSON, a fragment for htmx, or a page.

    Nothing here touches the database, the session or the user: it must work when they do not.
    """
    title = TITLES.get(status, "操作没有完成")
    reference = request_id()
    if wants_json(request):
        return _json_error(status, message, code or _code_of(status), reference)
    context = {
        "title": title,
        "message": message,
        "status": status,
        "request_id": reference,
        "site_name": SITE_NAME,
        "large_text": request.COOKIES.get(LARGE_TEXT_COOKIE) == "1",
    }
    if request.headers.get("HX-Request") == "true":
        response = HttpResponse(render_to_string("errors/fragment.html", context), status=status)
        response["HX-Retarget"] = "#gw-messages"
        response["HX-Reswap"] = "innerHTML show:window:top"
        response["HX-Push-Url"] = "false"
        return response
    return HttpResponse(render_to_string("errors/page.html", context), status=status)


def _code_of(status: int) -> str:
    codes = {403: "permission_denied", 404: "not_found", 409: "conflict", 413: "too_large"}
    return codes.get(status, "error" if status >= 500 else "invalid")


def _json_error(status: int, message: str, code: str, reference: str) -> JsonResponse:
    """The same shape as every other API error (drf-standardized-errors), plus the request id."""
    body = {
        "type": "server_error" if status >= 500 else "client_error",
        "errors": [{"code": code, "detail": message, "attr": None}],
        "request_id": reference,
    }
    return JsonResponse(body, status=status, json_dumps_params={"ensure_ascii": False})


def _sentence(error: Any, default: str) -> str:
    """The error's own text when it is one of our sentences, which end in 。; Django's own name models and patterns."""
    text = error.args[0] if isinstance(error, Exception) and error.args else ""
    return text if isinstance(text, str) and text.endswith("。") else default


def bad_request(request: HttpRequest, exception: Any = None) -> HttpResponse:
    return error_response(request, 400, _sentence(exception, "提交的内容无法识别，请返回上一页检查后重新提交。"))


def forbidden(request: HttpRequest, exception: Any = None) -> HttpResponse:
    return error_response(request, 403, _sentence(exception, NO_PERMISSION))


def not_found(request: HttpRequest, exception: Any = None) -> HttpResponse:
    return error_response(request, 404, _sentence(exception, NOT_FOUND))


def server_error(request: HttpRequest) -> HttpResponse:
    """Unexpected errors; Django has logged the exception, its log line carries the same request id."""
    if isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        response = error_response(request, 503, UNAVAILABLE)
        response["Retry-After"] = "60"
        return response
    return error_response(request, 500, UNEXPECTED)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    log.warning("csrf: %s", reason)
    return error_response(request, 403, CSRF_EXPIRED, code="csrf_failed")


@never_cache
@require_GET
@signed_in
def menu_counts(request: HttpRequest) -> JsonResponse:
    """The numbers of the menu and the bell; the browser asks once per page."""
    return JsonResponse(frame.counts(request.user))


@require_POST
@public
def large_text(request: HttpRequest) -> HttpResponse:
    """Switch 大字版 on or off for this browser, for a year."""
    response = HttpResponseRedirect(_back(request))
    if request.COOKIES.get(LARGE_TEXT_COOKIE) == "1":
        response.delete_cookie(LARGE_TEXT_COOKIE)
    else:
        response.set_cookie(LARGE_TEXT_COOKIE, "1", max_age=YEAR_SECONDS, samesite="Lax", httponly=True)
    return response


def _back(request: HttpRequest) -> str:
    """Where the person came from, if that is this site."""
    came_from = request.POST.get("next") or request.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(came_from, {request.get_host()}, require_https=request.is_secure()):
        return came_from
    return "/"
