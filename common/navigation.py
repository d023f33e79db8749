"""The frame around every page: menu, bell, search box and account links.

Apps put their entries in here from ``AppConfig.ready()``; nothing in ``common`` knows them. An entry
shows only to people whose scope carries one of its permissions. Counts are not part of a page: the
browser asks for all of them at once after the page is there, so no list page pays for the menu.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db.models import CharField, QuerySet, Value
from django.urls import get_script_prefix, get_urlconf, reverse

from common.scope import Scope, scope_of

COUNT_CAP = 99
PLAIN = 8  # a group with no more entries than these shows them without its parts
Count = Callable[[Any], int | None]


@dataclass(frozen=True)
class MenuGroup:
    """A field of work. ``icon`` is a name of the icon sprite; smaller ``order`` comes first."""

    key: str
    label: str
    icon: str = "folder"
    order: int = 100


@dataclass(frozen=True)
class MenuPart:
    """A part of a group with many entries. It is folded until somebody opens it, or is on one of its pages."""

    key: str
    group: str
    label: str
    order: int = 100


@dataclass(frozen=True)
class MenuItem:
    """One entry. ``permissions``: any of them is enough; none means every signed-in person.

    ``query`` is appended to the address (``"box=mine"``). ``count(user)`` gives the number behind
    the label or ``None`` for none; use :func:`capped` so that it never counts past 99. ``part`` is the key of
    a :class:`MenuPart`. ``meant_for(user)``: for entries that are some people's only, whatever their permissions;
    every page asks, so it has to answer from memory.
    """

    key: str
    label: str
    url_name: str
    group: str
    icon: str = "point"
    permissions: tuple[str, ...] = ()
    order: int = 100
    count: Count | None = None
    query: str = ""
    part: str = ""
    meant_for: Callable[[Any], bool] | None = None

    def url(self) -> str:
        address = _address(self.url_name, get_urlconf() or settings.ROOT_URLCONF, get_script_prefix())
        return address + (f"?{self.query}" if self.query else "")


@lru_cache(maxsize=512)
def _address(url_name: str, urlconf: str, script_prefix: str) -> str:
    """Every page shows the menu: some fifty addresses that never change while a process lives."""
    return reverse(url_name, urlconf)


@dataclass(frozen=True)
class Bell:
    """Where unread messages are listed, and how many there are for a user."""

    url_name: str
    count: Count


@dataclass(frozen=True)
class SearchBox:
    """The search field of the top bar; it sends ``?q=`` to the page."""

    url_name: str
    label: str
    permissions: tuple[str, ...] = ()


@dataclass(frozen=True)
class AccountLink:
    """An entry of the menu under the user's name; ``post`` for those that change something."""

    key: str
    label: str
    url_name: str
    icon: str = "user-circle"
    order: int = 100
    post: bool = False


@dataclass(frozen=True)
class Entry:
    """A menu item as shown to one person on one page."""

    item: MenuItem
    url: str
    active: bool

    @property
    def counted(self) -> bool:
        return self.item.count is not None


@dataclass(frozen=True)
class Part:
    """Entries that stand together: under the name of their part, or (``part=None``) under the group's alone."""

    part: MenuPart | None
    entries: tuple[Entry, ...]

    @property
    def active(self) -> bool:
        return any(entry.active for entry in self.entries)


@dataclass(frozen=True)
class Section:
    """A group as shown to one person; parts without entries are not there."""

    group: MenuGroup
    parts: tuple[Part, ...]

    @property
    def entries(self) -> tuple[Entry, ...]:
        return tuple(entry for part in self.parts for entry in part.entries)

    @property
    def active(self) -> bool:
        return any(part.active for part in self.parts)


class Registry:
    """All entries of the frame. One instance, :data:`frame`, serves the site; tests make their own."""

    def __init__(self) -> None:
        self.groups: dict[str, MenuGroup] = {}
        self.parts: dict[str, MenuPart] = {}
        self.items: dict[str, MenuItem] = {}
        self.account_links: dict[str, AccountLink] = {}
        self.bell: Bell | None = None
        self.search_boxes: list[SearchBox] = []

    def register(self, *entries: MenuGroup | MenuPart | MenuItem | AccountLink | SearchBox | Bell) -> None:
        """Add entries; raises ``ValueError`` for a key that is taken by a different entry."""
        for entry in entries:
            if isinstance(entry, MenuGroup):
                _add(self.groups, entry.key, entry)
            elif isinstance(entry, MenuPart):
                _add(self.parts, entry.key, entry)
            elif isinstance(entry, MenuItem):
                _add(self.items, entry.key, entry)
            elif isinstance(entry, AccountLink):
                _add(self.account_links, entry.key, entry)
            elif isinstance(entry, SearchBox):
                self.search_boxes.append(entry)
            else:
                self.bell = entry

    def menu(self, user: Any, path: str = "", full_path: str = "") -> tuple[Section, ...]:
        """What ``user`` may open, by group; the entry whose address fits ``path`` best is active."""
        visible = [(item, item.url()) for item in self._visible_items(user)]
        active = _best_match(visible, path, full_path)
        by_group: dict[str, list[Entry]] = {}
        for item, url in visible:
            by_group.setdefault(item.group, []).append(Entry(item, url, item is active))
        groups = sorted((self.groups[key] for key in by_group), key=lambda group: (group.order, group.key))
        return tuple(Section(group, self._parts_of(by_group[group.key])) for group in groups)

    def _parts_of(self, entries: list[Entry]) -> tuple[Part, ...]:
        """By part in the parts' order, entries without one first; few entries all together."""
        by_part: dict[str, list[Entry]] = {}
        for entry in entries:
            by_part.setdefault(entry.item.part, []).append(entry)
        keys = sorted(by_part, key=lambda key: (self.parts[key].order, key) if key else (-1, ""))
        if len(entries) <= PLAIN:
            return (Part(None, tuple(entry for key in keys for entry in by_part[key])),)
        return tuple(Part(self.parts[key] if key else None, tuple(by_part[key])) for key in keys)

    def counts(self, user: Any) -> dict[str, str]:
        """Numbers of the menu and the bell by key, as shown ("3", "99+"); zero and ``None`` are left out."""
        sources = [(item.key, item.count) for item in self._visible_items(user)]
        if self.bell is not None:
            sources.append(("bell", self.bell.count))
        numbers = {key: count(user) for key, count in sources if count is not None}
        return {key: shown(number) for key, number in numbers.items() if number}

    def search_box(self, user: Any) -> SearchBox | None:
        scope = scope_of(user)
        return next((box for box in self.search_boxes if _open_to(scope, box.permissions)), None)

    def links(self) -> list[AccountLink]:
        return sorted(self.account_links.values(), key=lambda link: (link.order, link.key))

    def _visible_items(self, user: Any) -> list[MenuItem]:
        scope = scope_of(user)
        items = (item for item in self.items.values() if _open_to(scope, item.permissions))
        meant = (item for item in items if item.meant_for is None or item.meant_for(user))
        return sorted(meant, key=lambda item: (item.order, item.key))


def _add(known: dict[str, Any], key: str, entry: Any) -> None:
    if known.get(key, entry) != entry:
        raise ValueError(f"{key} is registered twice")
    known[key] = entry


def _open_to(scope: Scope, permissions: Iterable[str]) -> bool:
    wanted = tuple(permissions)
    return not wanted or any(scope.may(permission) for permission in wanted)


def _best_match(visible: list[tuple[MenuItem, str]], path: str, full_path: str) -> MenuItem | None:
    """The item with this very address, else the one with the longest address above the page."""
    exact = next((item for item, url in visible if url == full_path), None)
    if exact is not None:
        return exact
    above = [(len(url), item) for item, url in visible if not item.query and _covers(url, path)]
    return max(above, key=lambda pair: pair[0])[1] if above else None


def _covers(url: str, path: str) -> bool:
    return path == url or (url != "/" and path.startswith(url))


def shown(number: int) -> str:
    return f"{COUNT_CAP}+" if number > COUNT_CAP else str(number)


def capped(queryset: QuerySet) -> int:
    """How many rows there are, looking at no more than 100 of them: cheap for any size."""
    return queryset.order_by()[: COUNT_CAP + 1].count()


def counted_together(boxes: Mapping[str, QuerySet]) -> Counter[str]:
    """The same for several lists, in one statement."""
    first, *others = (
        rows.order_by().annotate(box=Value(key, CharField())).values_list("box", flat=True)[: COUNT_CAP + 1]
        for key, rows in boxes.items()
    )
    return Counter(first.union(*others, all=True))


frame = Registry()
register = frame.register
