"""Reading dated rules. Versions are cached in the process for a few seconds only, so an edit in the
browser reaches every process without a restart."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse

from common.errors import PlainError
from common.models.policy import Policy

CACHE_SECONDS = 5.0


Options = Mapping[str, str] | Callable[[], Mapping[str, str]]


@dataclass(frozen=True)
class Entries:
    """A list of tables to which a person may add and from which they may remove.

    ``blank`` is what a new entry starts with; entries with a ``key`` are given one of their own, never used
    before. ``order_by`` names the figure by which the entries are kept in rising order.
    """

    blank: Mapping[str, Any]
    order_by: str = ""


Samples = Callable[[], Mapping[str, tuple[str, Mapping[str, Any]]]]


@dataclass(frozen=True)
class PolicyKind:
    """A rule that can be edited: ``check(data)`` raises ``common.errors.Invalid`` for unusable content.

    ``labels`` gives the words for the keys of its content, by dotted path (``clocks.sign``) or by the
    last part of it; ``options`` the values a key may have, with their words (or a function that gives
    them); ``entries`` the lists that may grow and shrink, by dotted path; ``tables`` the tables whose
    parts are shown as the rows of one; ``samples`` gives contents that a new version may start from,
    each with its name. Pages are made from them.
    """

    key: str
    label: str
    check: Callable[[Mapping[str, Any]], None]
    help: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Options] = field(default_factory=dict)
    entries: Mapping[str, Entries] = field(default_factory=dict)
    tables: frozenset[str] = frozenset()
    samples: Samples | None = None


@dataclass(frozen=True)
class Trial:
    """What a new version would mean: ``answer(request, content)`` is the page that says so. Nothing is saved.

    The content has passed the kind's ``check``.
    """

    label: str
    answer: Callable[[HttpRequest, Mapping[str, Any]], HttpResponse]


@dataclass(frozen=True)
class Consequence:
    """What a saved version asks of people: a sentence, and for those who may do it, where."""

    text: str
    url: str = ""
    label: str = ""


_KINDS: dict[str, PolicyKind] = {}
_TRIALS: dict[str, Trial] = {}
_CONSEQUENCES: dict[str, Callable[[Policy, Any], Consequence | None]] = {}
_FOLLOWERS: dict[str, list[Callable[[Policy, Any], None]]] = {}
_cache: tuple[float, dict[str, list[Policy]]] | None = None


def register(
    key: str,
    label: str,
    check: Callable[[Mapping[str, Any]], None],
    help: str = "",
    *,
    labels: Mapping[str, str] | None = None,
    options: Mapping[str, Options] | None = None,
    entries: Mapping[str, Entries] | None = None,
    tables: Iterable[str] = (),
    samples: Samples | None = None,
) -> str:
    _KINDS[key] = PolicyKind(
        key, label, check, help, labels or {}, options or {}, entries or {}, frozenset(tables), samples
    )  # fmt: skip
    return key


def try_with(key: str, trial: Trial) -> None:
    """Offer a trial of new versions of a rule: a higher app knows what they would mean."""
    _TRIALS[key] = trial


def trial_of(key: str) -> Trial | None:
    return _TRIALS.get(key)


def say_with(key: str, function: Callable[[Policy, Any], Consequence | None]) -> None:
    """Show with each version of a rule what ``function(version, user)`` says it asks of people; ``None``: nothing."""
    _CONSEQUENCES[key] = function


def consequence_of(version: Policy, user: Any) -> Consequence | None:
    function = _CONSEQUENCES.get(version.key)
    return function(version, user) if function else None


def follow(key: str, function: Callable[[Policy, Any], None]) -> None:
    """Call ``function(version, actor)`` for each new version of a rule, in the transaction that saves it.

    For rows that a rule names: an app keeps its own in step. May raise ``PlainError``.
    """
    _FOLLOWERS.setdefault(key, []).append(function)


def tell_followers(version: Policy, actor: Any) -> None:
    for function in _FOLLOWERS.get(version.key, ()):
        function(version, actor)


def kinds() -> tuple[PolicyKind, ...]:
    return tuple(_KINDS[key] for key in sorted(_KINDS))


def kind_of(key: str) -> PolicyKind:
    return _KINDS[key]


def forget() -> None:
    """Drop the cache (after an edit in this process, and between tests)."""
    global _cache
    _cache = None


def current(key: str, on: date) -> Policy:
    """The version in force on a day; ``PlainError`` when the rule was never set up."""
    for version in _versions().get(key, ()):
        if version.valid_from <= on:
            return version
    label = _KINDS[key].label if key in _KINDS else key
    raise PlainError(f"规则“{label}”在 {on:%Y-%m-%d} 没有生效的版本，请安全管理员先设置。")


def all_versions(key: str) -> list[Policy]:
    """Every version of a rule, the latest first; none when it was never set up."""
    return list(_versions().get(key, ()))


def _versions() -> dict[str, list[Policy]]:
    global _cache
    now = time.monotonic()
    if _cache is None or now - _cache[0] > CACHE_SECONDS:
        versions: dict[str, list[Policy]] = {}
        for row in Policy.objects.order_by("key", "-valid_from"):
            versions.setdefault(row.key, []).append(row)
        _cache = (now, versions)
    return _cache[1]
