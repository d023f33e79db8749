"""The content of a dated rule as a person reads and edits it.

A rule is plain JSON. Its *parts* are found by walking the version in force: what a part is follows from
its value (``5wd`` is a limit, ``"0.20"`` a decimal, a list of known words a choice of several), its words
come from the rule's registration (:class:`common.policies.PolicyKind`). So a new rule has a page the
moment it is registered. A list of tables that is registered with its ``entries`` grows and shrinks.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from common.policies import Entries, PolicyKind
from common.profile import Limit

# Never shown: the mark of a proposed figure (it goes with the first own version) and names of list entries.
HIDDEN = ("demo", "key")
DECIMAL = re.compile(r"-?\d+\.\d+|-?\d+")
SPAN = re.compile(r"\d{1,2}:\d\d-\d{1,2}:\d\d")
Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Part:
    """One value of a rule. ``kind``: flag, integer, decimal, limit, choice, choices, spans, map, text or texts.

    ``entry`` is the path of the list entry it belongs to, if any.
    """

    path: Path
    section: str
    label: str
    kind: str
    value: Any
    options: Mapping[str, str]
    entry: Path = ()

    @property
    def name(self) -> str:
        return "__".join(str(step) for step in self.path)

    @property
    def words(self) -> str:
        """The value as a person reads it."""
        return _WORDS[self.kind](self)


@dataclass(frozen=True)
class Section:
    """Parts that stand together. Of a list that may change: one of its entries (``entry``), or its end (``list``)."""

    title: str
    parts: list[Part]
    entry: Path = ()
    list: Path = ()

    @property
    def list_name(self) -> str:
        return "__".join(str(step) for step in self.list)


@dataclass(frozen=True)
class Table:
    """Sections of one shape that stand together as rows. ``named``: its rows have names; ``list``: it may grow."""

    title: str
    heads: list[str]
    rows: list[Section]
    named: bool
    list: Path = ()


def parts(kind: PolicyKind, data: Mapping[str, Any]) -> Iterator[Part]:
    """Every value of a rule that a person may see, in its order."""
    yield from _walk(kind, data, (), "", ())


def sections(kind: PolicyKind, data: Mapping[str, Any]) -> list[Section]:
    """The parts by section, for a page; behind the entries of each list that may change, its end."""
    found: dict[tuple[str, Path], Section] = {}
    for part in parts(kind, data):
        entry = part.entry if _is_open_list(kind, part.entry[:-1]) else ()
        found.setdefault((part.section, part.entry), Section(part.section, [], entry)).parts.append(part)
    shown = list(found.values())
    for path in open_lists(kind):
        before = [place for place, one in enumerate(shown, start=1) if _rank(kind, one) <= _place(kind, path)]
        shown.insert(max(before, default=0), Section(label_of(kind, path), [], list=path))
    return shown


def blocks(kind: PolicyKind, data: Mapping[str, Any]) -> list[Section | Table]:
    """The sections for a page, those of the rule's ``tables`` put together."""
    found: list[Section | Table] = []
    tables: dict[Path, Table] = {}
    for section in sections(kind, data):
        path = section.list or _table_of(section)
        if _dotted(path) not in kind.tables:
            found.append(section)
            continue
        if path not in tables:
            table_list = path if _is_open_list(kind, path) else ()
            tables[path] = Table(label_of(kind, path), _heads(kind, section, path), [], not table_list, table_list)
            found.append(tables[path])
        if section.parts:
            tables[path].rows.append(section)
    return found


def _table_of(section: Section) -> Path:
    """The table whose row a section is: all its parts lie two steps below."""
    return section.parts[0].path[:-2] if section.parts else ()


def _heads(kind: PolicyKind, section: Section, path: Path) -> list[str]:
    if section.parts:
        return [part.label for part in section.parts]
    blank = kind.entries[_dotted(path)].blank  # a list without entries
    return [label_of(kind, (*path, key)) for key in blank if key not in HIDDEN]


def _dotted(path: Path) -> str:
    return ".".join(str(step) for step in path)


def _rank(kind: PolicyKind, section: Section) -> int:
    """Where a section belongs among the tables of a rule; single values stand before them."""
    if section.list:
        return _place(kind, section.list)
    return _place(kind, section.parts[0].path) if section.title else -1


def _place(kind: PolicyKind, path: Path) -> int:
    names = list(kind.labels)
    return names.index(str(path[0])) if path[0] in names else len(names)


def open_lists(kind: PolicyKind) -> list[Path]:
    """Paths of the lists to which entries may be added."""
    return [tuple(name.split(".")) for name in kind.entries]


def _is_open_list(kind: PolicyKind, path: Path) -> bool:
    return _dotted(path) in kind.entries


def _walk(kind: PolicyKind, node: Mapping[str, Any], path: Path, section: str, entry: Path) -> Iterator[Part]:
    """Single values before tables, each in the order of the rule's words: the database keeps no order."""
    places = {name: place for place, name in enumerate(kind.labels)}

    def place(key: str) -> tuple[bool, int]:
        names = [step for step in (*path, key) if isinstance(step, str)]
        known = places.get(".".join(names), places.get(key, len(places)))
        return _has_parts(kind, (*path, key), node[key]), known

    for key in sorted((key for key in node if key not in HIDDEN), key=place):
        yield from _value(kind, node[key], (*path, key), section, entry)


def _has_parts(kind: PolicyKind, path: Path, value: Any) -> bool:
    if isinstance(value, Mapping):
        return not _is_open(kind, path, value)
    return _is_list_of_tables(value) or _is_open_list(kind, path)


def _value(kind: PolicyKind, value: Any, path: Path, section: str, entry: Path) -> Iterator[Part]:
    label = label_of(kind, path)
    if isinstance(value, Mapping) and not _is_open(kind, path, value):
        yield from _walk(kind, value, path, label, entry)
    elif _has_parts(kind, path, value):
        for index, one in enumerate(value):
            title = f"{label}：{one.get('label', index + 1) or '新的一项'}"
            yield from _walk(kind, one, (*path, index), title, (*path, index))
    else:
        options = options_of(kind, path)
        yield Part(path, section, label, _kind_of(value, options), value, options, entry)


def _is_open(kind: PolicyKind, path: Path, table: Mapping[str, Any]) -> bool:
    """A table of limits whose keys are not fixed: none of them has words of its own."""
    prefix = ".".join(str(step) for step in path) + "."
    return not any(known.startswith(prefix) for known in kind.labels) and all(map(is_limit, table.values()))


def _is_list_of_tables(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(entry, Mapping) for entry in value)


def label_of(kind: PolicyKind, path: Path) -> str:
    return _found(kind.labels, path) or str(path[-1])


def options_of(kind: PolicyKind, path: Path) -> Mapping[str, str]:
    found = _found(kind.options, path) or {}
    return found() if callable(found) else found


def _found(words: Mapping[str, Any], path: Path) -> Any:
    """By the whole path without list positions, else by its last part."""
    names = [step for step in path if isinstance(step, str)]
    return words.get(".".join(names)) or words.get(names[-1])


def _kind_of(value: Any, options: Mapping[str, str]) -> str:
    if isinstance(value, bool):
        return "flag"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, Mapping):
        return "map"
    if isinstance(value, list):
        if options:
            return "choices"
        return "spans" if value and all(map(_is_span, value)) else "texts"
    if options:
        return "choice"
    if is_limit(value):
        return "limit"
    return "decimal" if DECIMAL.fullmatch(str(value)) else "text"


def is_limit(value: Any) -> bool:
    try:
        Limit.parse(str(value))
    except ValueError:
        return False
    return True


def _is_span(value: Any) -> bool:
    return not isinstance(value, str) or bool(SPAN.fullmatch(value))


def _limit_words(text: Any) -> str:
    return Limit.parse(text).label if is_limit(text) else str(text)


def _span_words(spans: Sequence[Any]) -> str:
    return "，".join(span if isinstance(span, str) else "-".join(span) for span in spans)


_WORDS = {
    "flag": lambda part: "是" if part.value else "否",
    "integer": lambda part: f"{part.value:,}",
    "decimal": lambda part: part.value,
    "limit": lambda part: _limit_words(part.value),
    "choice": lambda part: part.options.get(part.value, part.value),
    "choices": lambda part: "、".join(part.options.get(str(value), str(value)) for value in part.value) or "无",
    "spans": lambda part: _span_words(part.value),
    "map": lambda part: "；".join(f"{key} {_limit_words(text)}" for key, text in part.value.items()) or "无",
    "text": lambda part: part.value or "—",
    "texts": lambda part: "、".join(map(str, part.value)) or "无",
}


def changed(
    kind: PolicyKind, data: Mapping[str, Any], values: Mapping[Path, Any], removed: Collection[Path] = ()
) -> dict[str, Any]:
    """A copy of a rule with some parts replaced, entries taken out, and the mark of a proposed figure taken off.

    New entries are given a key, and lists their order.
    """
    fresh = {key: _copied(value, (key,), values) for key, value in data.items()}
    if "demo" in fresh:
        fresh["demo"] = False
    for path in open_lists(kind):
        table: Any = fresh
        for step in path[:-1]:
            table = table[step]
        kept = [entry for index, entry in enumerate(table[path[-1]]) if (*path, index) not in removed]
        table[path[-1]] = _in_order(kind.entries[_dotted(path)], [_with_key(entry) for entry in kept])
    return fresh


def grown(kind: PolicyKind, data: Mapping[str, Any], more: Mapping[Path, int]) -> dict[str, Any]:
    """A copy of a rule with so many blank entries at the end of its lists."""
    fresh: dict[str, Any] = {key: _copied(value, (key,), {}) for key, value in data.items()}
    for path, count in more.items():
        table: Any = fresh
        for step in path[:-1]:
            table = table[step]
        rule = kind.entries[_dotted(path)]
        for _ in range(count):
            table[path[-1]].append(_blank(rule, table[path[-1]]))
    return fresh


def _blank(rule: Entries, before: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A new entry; where entries are numbered, with the next number."""
    entry: dict[str, Any] = _copied(rule.blank, (), {})
    if before and isinstance(entry.get(rule.order_by), int):
        entry[rule.order_by] = max(int(row[rule.order_by]) for row in before) + 1
    return entry


def _with_key(entry: dict[str, Any]) -> dict[str, Any]:
    """A key that no entry of any version ever had: what hangs on an old one stays with it."""
    return {**entry, "key": f"n{secrets.token_hex(6)}"} if entry.get("key") == "" else entry


def _in_order(rule: Entries, entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(entries, key=lambda entry: Decimal(entry[rule.order_by])) if rule.order_by else entries


def _copied(value: Any, path: Path, values: Mapping[Path, Any]) -> Any:
    if path in values:
        return values[path]
    if isinstance(value, Mapping):
        return {key: _copied(entry, (*path, key), values) for key, entry in value.items()}
    if isinstance(value, list):
        return [_copied(entry, (*path, index), values) for index, entry in enumerate(value)]
    return value
