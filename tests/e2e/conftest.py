"""A running site and a real browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.running_site import Site

DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 360, "height": 740}


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    running = Site(tmp_path_factory.mktemp("site"))
    try:
        running.start()
        yield running
    finally:
        running.stop()


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
