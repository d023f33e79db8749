"""A browser for tests: pages as users see them, on a desk and on a phone, with what axe finds on them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

CHROMIUM = "/usr/bin/chromium-headless-shell"  # the same engine without windows: a third less work
# Without a network of its own the browser would look for its maker's hosts, many times.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
AXE_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
# Only what is wrong is handed over: the long list of what is right takes longer than finding it. Without ``preload`` axe
# does not fetch and read all style sheets again for a rule about locked orientation, which none of them has.
LOOK = """([exclude, runOnly, enabled]) =>
    axe.run({exclude}, {runOnly, rules: {"color-contrast": {enabled}}, preload: false, resultTypes: ["violations"]})
    .then(found => found.violations)"""
WIDE, PHONE = (1440, 900), (360, 740)
SETTLED = """() => document.fonts.ready
    .then(() => new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn))))
    .then(() => !document.querySelector(".htmx-request"))"""


class Tab:
    """A browser tab that fails the test on a script error or a breach of the content security policy."""

    def __init__(self, page: Any, base: str) -> None:
        self.page, self.base = page, base
        page.set_default_timeout(8000)
        self.complaints: list[str] = []
        page.on("console", lambda message: self._note(message.type, message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _note(self, kind: str, text: str) -> None:
        # A status of 400 and above is noted by the browser and by htmx; the tests look at it themselves.
        expected = ("Failed to load resource", "Response Status Error Code")
        if kind == "error" and not text.startswith(expected):
            self.complaints.append(text)

    def open(self, path: str, status: int = 200) -> Any:
        answer = self.page.goto(self.base + path)
        assert answer.status == status
        self.settle()
        return self.page

    def close(self) -> None:
        """An open tab goes on asking and drawing beside whoever comes next."""
        self.page.context.close()

    def settle(self) -> None:
        """Wait until nothing is being fetched and what came is drawn."""
        self.page.wait_for_load_state("load")
        while not self.page.evaluate(SETTLED):
            self.page.wait_for_timeout(30)

    def violations(self, menu: bool = True, contrast: bool = True) -> list[str]:
        """What axe finds on the page as it is.

        ``menu=False`` leaves the menu out, ``contrast=False`` the colours: each is half of the work on most pages.
        """
        if self.page.evaluate("typeof axe") == "undefined":
            session = self.page.context.new_cdp_session(self.page)
            session.send("Runtime.evaluate", {"expression": AXE})  # past the policy, which forbids inline scripts
            session.detach()
        looked_at = [] if menu else [["#gw-menu"]]
        found = self.page.evaluate(LOOK, [looked_at, AXE_RULES, contrast])
        return [f"{one['id']}: {node['html'][:200]}" for one in found for node in one["nodes"]]

    def overflow(self) -> int:
        """By how many pixels the page is wider than the window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))

    def faults(self, menu: bool = True, contrast: bool = True) -> list[str]:
        """What axe finds on the page as it is, and whether it is wider than the window."""
        wider = self.overflow()
        return self.violations(menu, contrast) + ([f"wider than the window by {wider} pixels"] if wider > 0 else [])

    def faults_in_both_sizes(self, name: str, menu: bool) -> dict[str, list[str]]:
        """:meth:`faults` on a desk, and with the window as narrow as a phone: there in other places, in the same colours.

        The window stays as it was last: the next page is looked at in that size first.
        """
        found = {}
        for size in (self.size, PHONE if self.size == WIDE else WIDE):
            self.resize(size)
            self.shoot(name)
            if faults := self.faults(menu and size == WIDE, contrast=menu or size == WIDE):
                found[f"{name} {size[0]}"] = faults
        return found

    @property
    def size(self) -> tuple[int, int]:
        return self.page.viewport_size["width"], self.page.viewport_size["height"]

    def resize(self, size: tuple[int, int]) -> None:
        if size == self.size:
            return
        self.page.set_viewport_size({"width": size[0], "height": size[1]})
        self.settle()

    def shoot(self, name: str) -> None:
        """A picture for the eye, when ``GRIDWORK_SHOTS`` names a folder."""
        if folder := os.environ.get("GRIDWORK_SHOTS"):
            self.page.screenshot(path=f"{folder}/{name}-{self.page.viewport_size['width']}.png", full_page=True)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """One browser for all tests of a process: starting it takes longer than looking at most pages."""
    if not Path(CHROMIUM).exists():
        pytest.skip("no browser: apt-get install chromium-headless-shell fonts-wqy-microhei")
    from playwright.sync_api import sync_playwright

    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright keeps an event loop on this thread; Django takes that for asynchronous code.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def tab_for(chromium, live_server, client_for) -> Iterator[Callable[..., Tab]]:
    """``tab_for(user, size)``: a tab in which the user (or nobody) is signed in."""
    contexts, tabs = [], []

    def make(user: Any = None, size: tuple[int, int] = WIDE) -> Tab:
        context = chromium.new_context(viewport={"width": size[0], "height": size[1]}, locale="zh-CN")
        contexts.append(context)
        if user is not None:
            key = client_for(user).cookies[settings.SESSION_COOKIE_NAME].value
            context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": live_server.url}])
        tabs.append(Tab(context.new_page(), live_server.url))
        return tabs[-1]

    yield make
    for context in contexts:
        context.close()
    complaints = [complaint for tab in tabs for complaint in tab.complaints]
    assert complaints == [], "\n".join(complaints)


@pytest.fixture
def faults_of(tab_for) -> Callable[..., dict[str, list[str]]]:
    """``faults_of(user, {"name": "/address/"})``: what is wrong with each page on a desk and on a phone.

    All pages of an app in one test: the data under them take longer to make than the pages to look at.
    ``enter(tab)`` is called first, for pages behind something else than signing in.
    """

    def look(
        user: Any, pages: Mapping[str, str], enter: Callable[[Tab], object] = id, status: int = 200
    ) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        tab = tab_for(user)
        enter(tab)
        for name, path in pages.items():
            tab.open(path, status)
            found |= tab.faults_in_both_sizes(name, menu=name == next(iter(pages)))  # the same on all of them
        return found

    return look
