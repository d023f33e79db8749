"""The content of a dated rule as a person reads and edits it.

A rule is plain JSON. Its *parts* are found by walking the version in force: what a part is follows from
its value (``5wd`` is a limit, ``"0.20"`` a decimal, a list of known words a choice of several), its words
come from the rule's registration (:class:`common.policies.PolicyKind`). So a new rule has a page the
moment it is registered.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from common.policies import PolicyKind
from common.profile import Limit

# Never shown: the mark of a proposed figure (it goes with the first own version) and names of list entries.
HIDDEN = ("demo", "key")
DECIMAL = re.compile(r"-?\d+\.\d+|-?\d+")
Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Part:
    """One value of a rule. ``kind``: flag, integer, decimal, limit, choice, choices, spans, map or text."""

    path: Path
    section: str
    label: str
    kind: str
    value: Any
    options: Mapping[str, str]

    @property
    def name(self) -> str:
        return "__".join(str(step) for step in self.path)

    @property
    def words(self) -> str:
        """The value as a person reads it."""
        return _WORDS[self.kind](self)


def parts(kind: PolicyKind, data: Mapping[str, Any]) -> Iterator[Part]:
    """Every value of a rule that a person may see, in its order."""
    yield from _walk(kind, data, (), "")


def sections(kind: PolicyKind, data: Mapping[str, Any]) -> list[tuple[str, list[Part]]]:
    """The parts by section, for a page."""
    found: dict[str, list[Part]] = {}
    for part in parts(kind, data):
        found.setdefault(part.section, []).append(part)
    return list(found.items())


def _walk(kind: PolicyKind, node: Mapping[str, Any], path: Path, section: str) -> Iterator[Part]:
    """Single values before tables, each in the order of the rule's words: the database keeps no order."""
    places = {name: place for place, name in enumerate(kind.labels)}

    def place(key: str) -> tuple[bool, int]:
        names = [step for step in (*path, key) if isinstance(step, str)]
        known = places.get(".".join(names), places.get(key, len(places)))
        return _has_parts(kind, (*path, key), node[key]), known

    for key in sorted((key for key in node if key not in HIDDEN), key=place):
        yield from _value(kind, node[key], (*path, key), section)


def _has_parts(kind: PolicyKind, path: Path, value: Any) -> bool:
    return _is_list_of_tables(value) or (isinstance(value, Mapping) and not _is_open(kind, path, value))


def _value(kind: PolicyKind, value: Any, path: Path, section: str) -> Iterator[Part]:
    label = label_of(kind, path)
    if isinstance(value, Mapping) and not _is_open(kind, path, value):
        yield from _walk(kind, value, path, label)
    elif _is_list_of_tables(value):
        for index, entry in enumerate(value):
            yield from _walk(kind, entry, (*path, index), f"{label}：{entry.get('label', index + 1)}")
    else:
        options = _found(kind.options, path) or {}
        yield Part(path, section, label, _kind_of(value, options), value, options)


def _is_open(kind: PolicyKind, path: Path, table: Mapping[str, Any]) -> bool:
    """A table of limits whose keys are not fixed: none of them has words of its own."""
    prefix = ".".join(str(step) for step in path) + "."
    return not any(known.startswith(prefix) for known in kind.labels) and all(map(is_limit, table.values()))


def _is_list_of_tables(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(entry, Mapping) for entry in value)


def label_of(kind: PolicyKind, path: Path) -> str:
    return _found(kind.labels, path) or str(path[-1])


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
        return "choices" if options else "spans"
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
}


def changed(data: Mapping[str, Any], values: Mapping[Path, Any]) -> dict[str, Any]:
    """A copy of a rule with some parts replaced and the mark of a proposed figure taken off."""
    fresh = {key: _copied(value, (key,), values) for key, value in data.items()}
    if "demo" in fresh:
        fresh["demo"] = False
    return fresh


def _copied(value: Any, path: Path, values: Mapping[Path, Any]) -> Any:
    if path in values:
        return values[path]
    if isinstance(value, Mapping):
        return {key: _copied(entry, (*path, key), values) for key, entry in value.items()}
    if isinstance(value, list):
        return [_copied(entry, (*path, index), values) for index, entry in enumerate(value)]
    return value
