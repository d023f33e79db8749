"""What every template knows: the site, the district, the menu and the reader's preferences."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from common.logs import request_id
from common.navigation import frame

SITE_NAME = "Gridwork 基层治理工作台"
LARGE_TEXT_COOKIE = "gw_large_text"
MENU_COOKIE = "gw_menu"


def district_name() -> str:
    """The name of the installation's district, from its profile."""
    from common import profile

    return str(profile.current().name)


def site(request: HttpRequest) -> dict[str, Any]:
    """Context of every page. Everything that costs something is made only when a template asks."""
    user = getattr(request, "user", None)
    return {
        "site_name": SITE_NAME,
        "district_name": SimpleLazyObject(district_name),
        "demo": settings.DEMO,
        "large_text": request.COOKIES.get(LARGE_TEXT_COOKIE) == "1",
        "menu_closed": request.COOKIES.get(MENU_COOKIE) == "closed",
        "menu": SimpleLazyObject(lambda: frame.menu(user, request.path, request.get_full_path())),
        "bell": frame.bell,
        "search_box": SimpleLazyObject(lambda: frame.search_box(user)),
        "account_links": SimpleLazyObject(frame.links),
        "request_id": request_id(),
        "upload_limit_bytes": settings.UPLOAD_LIMIT_BYTES,
    }
