"""Every address of the site: its name, its pattern, its view, and an address of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, reverse

NOTHING_THERE = 999_999_999
# Words that an address needs to be about something at all.
WORDS = {
    "petitions:act": "accept",
    "petitions:reveal": "phone",
    "reports:report": "reports.monthly",
    "staff:run-act": "check",
    "staff:run-sheet": "paysheet",
    "staff:worker-reveal": "phone",
    "volunteers:nomination-act": "award",
    "volunteers:volunteer-reveal": "phone",
    "volunteers:volunteer-act": "leave",
    "volunteers:activity-act": "publish",
    "volunteers:participation-mark": "in",
    "volunteers:agreement-act": "serve",
    "volunteers:redemption-act": "collect",
    "volunteers:order-act": "claim",
    "volunteers:order-reveal": "phone",
    "volunteers:care-reveal": "phone",
    "volunteers:own-order-reveal": "phone",
    "volunteers:points-request-act": "approve",
    "volunteers:points-statement-file": "xlsx",
    "volunteers:own-points-file": "xlsx",
    "staff:leave-act": "approve",
    "staff:forecast-sheet": "month",
    "staff:fund-act": "approve",
    "staff:fund-budget-act": "approve",
    "staff:appraisal-act": "publish",
    "staff:appeal-act": "reject",
    "staff:training-act": "end",
    "staff:pair-act": "end",
    "staff:attendance-sheet-act": "reopen",
    "staff:attendance-mark": "2026-09-01",
}


@dataclass(frozen=True)
class Address:
    name: str
    pattern: str
    view: Any  # the class, of pages and of the API alike; a function's own

    @property
    def is_api(self) -> bool:
        return self.pattern.startswith("api/v1/")

    @property
    def nowhere(self) -> str:
        """An address of the pattern about a row that does not exist."""
        path = re.sub(r"<int:\w+>|\(\?P<pk>[^)]*\)", str(NOTHING_THERE), self.pattern)
        path = re.sub(r"\(\?P<file_format>[^)]*\)", "xlsx", path)
        path = re.sub(r"<(?:str|slug|uuid):\w+>|<\w+>", WORDS.get(self.name, "nothing"), path)
        return "/" + path.replace("^", "").replace("$", "").replace("\\", "")

    def at(self, **kwargs: Any) -> str:
        return reverse(self.name, kwargs=kwargs or None)


def _walk(resolver: Any, prefix: str = "", namespace: str = "") -> Iterator[Address]:
    for entry in resolver.url_patterns:
        path = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _walk(entry, path, f"{namespace}{entry.namespace}:" if entry.namespace else namespace)
        elif isinstance(entry, URLPattern):
            callback = entry.callback
            view = getattr(callback, "view_class", None) or getattr(callback, "cls", None) or callback
            yield Address(f"{namespace}{entry.name or ''}", path, view)


ADDRESSES = {address.name: address for address in _walk(get_resolver())}


def of_class(base: type) -> list[str]:
    """Names of the addresses whose view is a ``base``."""
    return [
        name for name, address in ADDRESSES.items() if isinstance(address.view, type) and issubclass(address.view, base)
    ]
