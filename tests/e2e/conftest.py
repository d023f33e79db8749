"""A running site and a real browser."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.running_site import Site

CHROMIUM = Path("/usr/bin/chromium")
DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 360, "height": 740}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    running = Site(tmp_path_factory.mktemp("site"))
    try:
        running.start()
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    if not CHROMIUM.exists():
        pytest.skip("no browser: install Debian's package chromium (make test does it as root)")
    # Playwright runs an event loop in this thread; the ORM would take it for an asynchronous caller.
    os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture
def signed_in(chromium: Any, site: Site) -> Iterator[Callable[..., Any]]:
    """``signed_in(username)`` is a page in a fresh browser in which the user has signed in."""
    contexts = []

    def open_page(username: str, size: dict[str, int] = DESKTOP) -> Any:
        context = chromium.new_context(viewport=size, locale="zh-CN", base_url=site.address)
        contexts.append(context)
        page = context.new_page()
        page.goto("/sign-in")
        page.fill("[name=username]", username)
        page.fill("[name=password]", site.facts["password"])
        page.click("form#sign-in button[type=submit]")
        page.wait_for_url(lambda url: "/sign-in" not in url)
        return page

    yield open_page
    for context in contexts:
        context.close()
