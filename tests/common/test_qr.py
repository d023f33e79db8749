"""A QR code is inline SVG that the content security policy lets through, with a name for screen readers."""

from __future__ import annotations

from common.qr import qr_svg


def test_a_code_has_a_name_and_no_style():
    code = qr_svg("https://example.org/?a=1&b=<2>", "签到 <码>")
    assert code.startswith("<svg")
    assert 'class="gw-qr"' in code
    assert "<title>签到 &lt;码&gt;</title>" in code
    assert "style=" not in code
    assert "<script" not in code


def test_other_texts_give_other_codes():
    assert qr_svg("a", "码") != qr_svg("b", "码") == qr_svg("b", "码")
