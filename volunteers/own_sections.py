"""What the fields of work show on a volunteer's own first page, and which own pages they lead to.

A field registers once, from a module that ``VolunteersConfig.ready()`` imports::

    own_sections.register("activities", 20, lambda volunteer: OwnSection(
        "近期活动", "volunteers/own/activities_box.html", {"rows": rows}, icon="calendar", url=reverse(…)))
    own_sections.register_link("activities", 20, OwnLink("我的活动", "volunteers:own-activities", "calendar"))

A section is asked for once per page with the volunteer whose page it is and may only read that
volunteer's rows; ``None`` shows nothing. Its template is included with the context as ``section``, and ``volunteer``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse

from volunteers.models import Volunteer


@dataclass(frozen=True)
class OwnSection:
    """A box of the first page; ``url`` leads to everything behind it."""

    title: str
    template: str
    context: Mapping[str, Any] = field(default_factory=dict)
    icon: str = ""
    url: str = ""


@dataclass(frozen=True)
class OwnLink:
    """A big button of the first page. ``note(volunteer)`` is a few words below it, such as a number."""

    label: str
    url_name: str
    icon: str = "chevron-right"
    note: Callable[[Volunteer], str] | None = None

    @property
    def url(self) -> str:
        return reverse(self.url_name)


SectionFunction = Callable[[Volunteer], OwnSection | None]

_SECTIONS: dict[str, tuple[int, SectionFunction]] = {}
_LINKS: dict[str, tuple[int, OwnLink]] = {}


def register(key: str, order: int, function: SectionFunction) -> None:
    """Add a section; smaller ``order`` comes first. ``ValueError`` for a key taken by another function."""
    if _SECTIONS.get(key, (order, function))[1] is not function:
        raise ValueError(f"own section {key} is registered twice")
    _SECTIONS[key] = (order, function)


def register_link(key: str, order: int, link: OwnLink) -> None:
    """Add a link; smaller ``order`` comes first. ``ValueError`` for a key taken by another link."""
    if _LINKS.get(key, (order, link))[1] != link:
        raise ValueError(f"own link {key} is registered twice")
    _LINKS[key] = (order, link)


def sections_for(volunteer: Volunteer) -> list[OwnSection]:
    ordered = sorted(_SECTIONS.items(), key=lambda entry: (entry[1][0], entry[0]))
    shown = (function(volunteer) for _, (_, function) in ordered)
    return [section for section in shown if section is not None]


def links_for(volunteer: Volunteer) -> list[tuple[OwnLink, str]]:
    """Links in their order, each with its few words."""
    ordered = sorted(_LINKS.items(), key=lambda entry: (entry[1][0], entry[0]))
    return [(link, link.note(volunteer) if link.note else "") for _, (_, link) in ordered]
