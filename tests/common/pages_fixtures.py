"""Fixtures of the page tests: the small site of ``pages_site`` in front of the real one, and a browser."""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.urls import clear_url_caches

TEMPLATES_DIR = Path(__file__).parent / "pages_templates"


@pytest.fixture
def site(settings) -> Iterator[None]:
    settings.ROOT_URLCONF = "tests.common.pages_site"
    templates = copy.deepcopy(settings.TEMPLATES)
    templates[0]["DIRS"] = [*templates[0]["DIRS"], TEMPLATES_DIR]
    settings.TEMPLATES = templates
    clear_url_caches()
    yield
    clear_url_caches()


CHROMIUM = "/usr/bin/chromium"
AXE = (Path(__file__).parent.parent / "vendor" / "axe.min.js").read_text()
AXE_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
WIDE, PHONE = (1440, 900), (360, 740)


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
        self.page.wait_for_load_state("networkidle")
        return self.page

    def violations(self) -> list[str]:
        """What axe finds on the page as it is."""
        session = self.page.context.new_cdp_session(self.page)
        session.send("Runtime.evaluate", {"expression": AXE})  # past the policy, which forbids inline scripts
        found = self.page.evaluate("rules => axe.run(document, {runOnly: rules})", AXE_RULES)
        return [f"{one['id']}: {node['html'][:200]}" for one in found["violations"] for node in one["nodes"]]

    def overflow(self) -> int:
        """By how many pixels the page is wider than the window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))

    def shoot(self, name: str) -> None:
        """A picture for the eye, when ``GRIDWORK_SHOTS`` names a folder."""
        if folder := os.environ.get("GRIDWORK_SHOTS"):
            self.page.screenshot(path=f"{folder}/{name}-{self.page.viewport_size['width']}.png", full_page=True)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    if not Path(CHROMIUM).exists():
        pytest.skip("no browser: apt-get install chromium fonts-wqy-microhei")
    from playwright.sync_api import sync_playwright

    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright keeps an event loop on this thread; Django takes that for asynchronous code.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
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
