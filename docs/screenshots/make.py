"""Take the pictures of the documentation again, from a running demo.

``make demo`` in one terminal (a fresh one: ``make clean-data`` first), then::

    .venv/bin/python docs/screenshots/make.py                 # all
    .venv/bin/python docs/screenshots/make.py own-home-phone  # some

The demo's address and accounts come from ``.local/demo.json``. The pages of a volunteer need a personal code and the
certificate has to be issued first: both are done through the pages, so the demo is changed by it.
"""

from __future__ import annotations

import base64
import json
import struct
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
CHROMIUM = "/usr/bin/chromium-headless-shell"
WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 360, "height": 740}
# Pixels of a picture as numbers into a palette of its 256 commonest colours, the others by the nearest of them.
TO_PALETTE = """async (source) => {
  const image = new Image(); image.src = source; await image.decode();
  const canvas = new OffscreenCanvas(image.width, image.height), pen = canvas.getContext("2d");
  pen.drawImage(image, 0, 0);
  const data = new Uint32Array(pen.getImageData(0, 0, image.width, image.height).data.buffer), counts = new Map();
  for (const pixel of data) { counts.set(pixel, (counts.get(pixel) || 0) + 1); }
  const palette = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 256).map((entry) => entry[0]);
  const place = new Map(palette.map((colour, index) => [colour, index]));
  const gap = (a, b) => [0, 8, 16].reduce((sum, shift) => sum + (((a >> shift) & 255) - ((b >> shift) & 255)) ** 2, 0);
  const nearest = (colour) => palette.reduce((best, one, at) => gap(one, colour) < gap(palette[best], colour) ? at : best, 0);
  const pixels = Array.from(data, (one) => {
    if (!place.has(one)) { place.set(one, nearest(one)); }
    return String.fromCharCode(place.get(one));
  });
  return { width: image.width, height: image.height, palette, pixels: pixels.join("") };
}"""
WORKER, OFFICER, PAYROLL = "shequ1", "zuzhi1", "xinchou1"


class Demo:
    """A browser at the running demo."""

    def __init__(self, browser: Browser) -> None:
        told = json.loads((ROOT / ".local" / "demo.json").read_text("utf-8"))
        self.browser, self.address = browser, told["address"]
        self.passwords = {one["username"]: one["password"] for one in told["accounts"]}
        self.states: dict[str, Any] = {}

    def open(self, path: str, who: str, size: dict[str, int]) -> Page:
        """The page as ``who`` sees it: a user name, ``volunteer``, or nothing for everybody."""
        if who and who not in self.states:
            self.states[who] = self._volunteer() if who == "volunteer" else self._signed_in(who)
        context = self.browser.new_context(viewport=size, locale="zh-CN", storage_state=self.states.get(who))
        page = context.new_page()
        page.goto(self.address + path)
        page.wait_for_load_state("networkidle")
        return page

    def _signed_in(self, name: str) -> Any:
        page = self.browser.new_page(base_url=self.address)
        page.goto("/")
        page.fill("[name=username]", name)
        page.fill("[name=password]", self.passwords[name])
        page.click("#sign-in button[type=submit]")
        page.wait_for_load_state("networkidle")
        return page.context.storage_state()

    def _volunteer(self) -> Any:
        """A volunteer with something to pick up; the worker gives out a new code."""
        page = self.open(f"{person(self)}do/new_code/", WORKER, WIDE)
        page.check("main [type=radio] >> nth=0")
        page.click("main form [type=submit]")
        number, code = page.inner_text(".gvp-number"), page.inner_text(".gvp-code")
        page = self.browser.new_page(base_url=self.address)
        page.goto("/my/enter/")
        page.fill("[name=who]", number)
        page.fill("[name=code]", code)
        page.click("main form [type=submit]")
        page.wait_for_load_state("networkidle")
        return page.context.storage_state()

    def first(self, path: str, link: str, who: str = WORKER) -> str:
        """Address of the first link on a page that begins so."""
        page = self.open(path, who, WIDE)
        found = page.get_attribute(f"main tbody a[href^='{link}'], main li a[href^='{link}']", "href")
        if found is None:
            raise SystemExit(f"{path}: no link to {link}")
        page.context.close()
        return found


def number(demo: Demo) -> str:
    """Of a volunteer with something to pick up."""
    page = demo.open("/volunteers/redemptions/?state=reserved", WORKER, WIDE)
    return page.inner_text("main tbody tr:first-child [data-label=志愿者编号]")


def person(demo: Demo) -> str:
    return demo.first(f"/volunteers/people/?q={number(demo)}", "/volunteers/people/")


def certificate(demo: Demo) -> str:
    """A certificate of the volunteer, issued now if there is none."""
    page = demo.open("/volunteers/certificates/", WORKER, WIDE)
    if not page.locator("main tbody a").count():
        page.goto(f"{demo.address}/volunteers/certificates/new/?number={number(demo)}")
        page.click("main form [type=submit]")
        page.wait_for_load_state("networkidle")
    return demo.first("/volunteers/certificates/", "/volunteers/certificates/")


def check(demo: Demo) -> str:
    """Where the QR code of the certificate leads."""
    page = demo.open(certificate(demo), WORKER, WIDE)
    return f"/certificates/check/?number={page.inner_text('h1')}&code={page.inner_text('.gv-sheet-end strong')}"


Where = str | Callable[[Demo], str]
# name: address or how to find it, who looks, size
PICTURES: dict[str, tuple[Where, str, dict[str, int]]] = {
    "home-community": ("/", WORKER, WIDE),
    "home-phone": ("/", WORKER, PHONE),
    "ticket": (lambda demo: demo.first("/petitions/", "/petitions/"), WORKER, WIDE),
    "month": ("/reports/monthly/", "zuzhi1", WIDE),
    "intake-phone": ("/petitions/new/", WORKER, PHONE),
    "report-phone": ("/report/", "", PHONE),
    "activities": ("/volunteers/activities/", WORKER, WIDE),
    "activity-hours": (
        lambda demo: demo.first("/volunteers/activities/?state=ended", "/volunteers/activities/") + "hours/", WORKER, WIDE
    ),
    "volunteer": (person, WORKER, WIDE),
    "order": (lambda demo: demo.first("/orders/?state=reviewed", "/orders/"), WORKER, WIDE),
    "points": ("/volunteers/points/", "zuzhi1", WIDE),
    "point-shop": (lambda demo: demo.first("/volunteers/shops/", "/volunteers/shops/"), WORKER, WIDE),
    "certificate": (certificate, WORKER, WIDE),
    "own-home-phone": ("/my/", "volunteer", PHONE),
    "own-activities-phone": ("/my/activities/", "volunteer", PHONE),
    "own-pickup-phone": (
        lambda demo: demo.first("/my/redemptions/", "/my/redemptions/", "volunteer"), "volunteer", PHONE
    ),
    "order-phone": (
        lambda demo: f"/order/?community={demo.open('/order/', '', PHONE).get_attribute('#id_community option >> nth=1', 'value')}", "", PHONE
    ),
    "certificate-check-phone": (check, "", PHONE),
    "roster": ("/staff/people/", OFFICER, WIDE),
    "worker": (lambda demo: demo.first("/staff/people/", "/staff/people/", OFFICER), OFFICER, WIDE),
    "pay-run": (lambda demo: demo.first("/staff/pay/", "/staff/pay/", PAYROLL), PAYROLL, WIDE),
    "pay-differences": (
        lambda demo: demo.first("/staff/pay/", "/staff/pay/", PAYROLL) + "differences/", PAYROLL, WIDE
    ),
    "forecast": (lambda demo: demo.first("/staff/forecasts/", "/staff/forecasts/", PAYROLL), PAYROLL, WIDE),
    "funds": ("/staff/funds/", OFFICER, WIDE),
    "board": ("/staff/board/", OFFICER, WIDE),
    "rotation": (lambda demo: demo.first("/staff/rotation/plans/", "/staff/rotation/plans/", OFFICER), OFFICER, WIDE),
    "own-work-phone": ("/staff/me/", WORKER, PHONE),
}  # fmt: skip


def small(png: bytes, browser: Browser) -> bytes:
    """The same picture with one byte a pixel: half the size or less, and letters stay sharp."""
    page = browser.new_page()
    found = page.evaluate(TO_PALETTE, f"data:image/png;base64,{base64.b64encode(png).decode()}")
    page.close()
    width, height, pixels = found["width"], found["height"], found["pixels"].encode("latin-1")
    rows = b"".join(b"\0" + pixels[start : start + width] for start in range(0, width * height, width))
    colours = b"".join((one & 0xFFFFFF).to_bytes(3, "little") for one in found["palette"])
    head = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    parts = ((b"IHDR", head), (b"PLTE", colours), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in parts
    )


def main(names: list[str]) -> None:
    if unknown := set(names) - set(PICTURES):
        raise SystemExit(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(PICTURES)}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        demo = Demo(browser)
        for name in names or PICTURES:
            where, who, size = PICTURES[name]
            page = demo.open(where if isinstance(where, str) else where(demo), who, size)
            (HERE / f"{name}.png").write_bytes(small(page.screenshot(), browser))
            page.context.close()
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
