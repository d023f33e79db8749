"""Where a request comes from."""

from __future__ import annotations

from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest


def client_ip(request: HttpRequest) -> str:
    """The client's address, ``""`` when unknown.

    Behind ``settings.PROXY_COUNT`` reverse proxies it is the entry that the outermost of them added to
    ``X-Forwarded-For``; what stands left of it was sent by the client and proves nothing.
    """
    candidate = request.META.get("REMOTE_ADDR", "")
    if settings.PROXY_COUNT:
        chain = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
        if len(chain) >= settings.PROXY_COUNT:
            candidate = chain[-settings.PROXY_COUNT]
    try:
        return str(ip_address(candidate))
    except ValueError:
        return ""
