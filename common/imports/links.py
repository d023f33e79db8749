"""Buttons of a list that open the import of its rows."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from common.pages.lists import Link


@dataclass(frozen=True)
class ImportLink(Link):
    """A button that opens the import of one kind."""

    spec: str = ""

    @property
    def url(self) -> str:
        return reverse(self.url_name, args=[self.spec])


def import_link(label: str, spec: str, permission: str) -> ImportLink:
    return ImportLink(label, "imports:upload", permission, icon="file-import", spec=spec)
