"""Handing out a stored file to whoever may see the row it belongs to."""

from __future__ import annotations

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404

# What a browser may show in place; everything else is a download.
PREVIEWED = ("image/jpeg", "image/png", "image/gif", "image/webp")


def stored_file(key: str, *, name: str, content_type: str, as_attachment: bool = True) -> FileResponse:
    """The stored bytes under the type found at upload; a browser may neither guess nor run anything."""
    try:
        content = default_storage.open(key)
    except FileNotFoundError:
        raise Http404("附件的内容不在存储中，请联系系统管理员从备份恢复。") from None
    response = FileResponse(content, as_attachment=as_attachment, filename=name, content_type=content_type)
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    response._csp_replace = {"default-src": ["'none'"], "sandbox": True}  # type: ignore[attr-defined]
    return response
