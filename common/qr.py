"""QR codes as inline SVG."""

from __future__ import annotations

from django.utils.safestring import SafeString, mark_safe

BORDER = 2


def qr_svg(text: str, label: str) -> SafeString:
    """The QR code of a text, scaled by the page's style sheet (class ``gw-qr``); ``label`` says what it is for."""
    import segno

    code = segno.make(text, micro=False, error="m")
    return mark_safe(  # noqa: S308 (made of a matrix of squares; title and class are escaped by the library)
        code.svg_inline(border=BORDER, omitsize=True, svgclass="gw-qr", lineclass=None, title=label)
    )
