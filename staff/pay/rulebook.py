"""Dated rules put together by hand, for ``pay_preview``: from the database, a profile, a sample scheme, or typed out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import InvalidOperation
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings

from common import policies, profile
from common.errors import Invalid
from common.profile import pay as profile_pay
from common.profile.reader import ProfileError, Reader
from staff.pay.parts import Rules, rules_of
from staff.pay.scheme import Scheme, scheme_of

KINDS = ("pay_scheme", "insurance", "income_tax", "leave")
DATABASE = "database"
FIRST_DAY = date(2000, 1, 1)


class Version(NamedTuple):
    """A version of a rule: from which day on, its content, and where it comes from, in words."""

    kind: str
    valid_from: date
    data: Mapping[str, Any]
    source: str


# The versions of a kind that the database holds.
Database = Callable[[str], Iterable[tuple[date, Mapping[str, Any]]]]


class RuleBook:
    """All versions that a preview knows; rules of a day are made once for each set of versions."""

    def __init__(self, versions: Mapping[str, list[Version]]) -> None:
        self._versions = {kind: sorted(rows, key=lambda row: row.valid_from) for kind, rows in versions.items()}
        self._rules: dict[tuple[date, ...], Rules] = {}
        self._schemes: dict[date, Scheme] = {}

    def version(self, kind: str, on: date) -> Version:
        """The one in force; for a day before the first one it is the first: grades reach back further than pay."""
        rows = self._versions[kind]
        return next((row for row in reversed(rows) if row.valid_from <= on), rows[0])

    def scheme(self, on: date) -> tuple[Version, Scheme]:
        version = self.version("pay_scheme", on)
        if version.valid_from not in self._schemes:
            self._schemes[version.valid_from] = scheme_of(version.data)
        return version, self._schemes[version.valid_from]

    def rules(self, on: date) -> tuple[Rules, dict[str, Version]]:
        """Rules of a month and their versions; ``ProfileError`` when one of them begins later."""
        used = {kind: self.version(kind, on) for kind in KINDS}
        for kind, version in used.items():
            if version.valid_from > on:
                raise ProfileError(f"rules.{kind}：{on:%Y-%m} 没有生效的版本，最早的一版从 {version.valid_from} 起")
        key = tuple(version.valid_from for version in used.values())
        if key not in self._rules:
            self._rules[key] = rules_of({kind: version.data for kind, version in used.items()})
        return self._rules[key], used

    @property
    def all_versions(self) -> list[Version]:
        return [version for kind in KINDS for version in self._versions[kind]]


def read_rules(reader: Reader, database: Database) -> RuleBook:
    """``rules`` of the file: of each kind a source, a table, or a list of dated ones; what is not named is the database's."""
    versions = {kind: _versions(reader, kind, database) for kind in KINDS}
    reader.close()
    return RuleBook(versions)


def _versions(reader: Reader, kind: str, database: Database) -> list[Version]:
    given = reader.raw(kind, (str, dict, list), "来源、一张表或若干版本", DATABASE)
    if not isinstance(given, list):
        return _source(reader, kind, given, FIRST_DAY, database)
    versions: list[Version] = []
    for entry in reader.array(kind):
        valid_from = day(entry, "valid_from")
        use = entry.raw("use", (str, dict), "来源或一张表", DATABASE)
        found = _source(entry, "use", use, valid_from, database, kind)
        base = max((row for row in found if row.valid_from <= valid_from), key=_since, default=found[0])
        versions.append(_changed(entry, kind, base._replace(valid_from=valid_from)))
        entry.close()
    days = [version.valid_from for version in versions]
    if not days or len(days) != len(set(days)):
        raise reader.fail(kind, "至少要有一版，各版的 valid_from 互不相同")
    return versions


def _since(version: Version) -> date:
    return version.valid_from


def _source(
    reader: Reader, key: str, given: str | dict[str, Any], on: date, database: Database, kind: str = ""
) -> list[Version]:
    kind = kind or key
    if isinstance(given, dict):
        return [_checked(reader, key, Version(kind, on, given, "文件内"))]
    if given == DATABASE:
        rows = [Version(kind, since, data, "数据库") for since, data in database(kind)]
        if not rows:
            raise reader.fail(key, '数据库里没有这项规则，请写明来源，如 "profile:jiangyuan"')
        return rows
    word, _, name = given.partition(":")
    if word == "sample" and kind == "pay_scheme":
        paths = profile_pay.samples(Path(settings.PROFILE_DIR))
        if name not in paths:
            raise reader.fail(key, f"没有名为“{name}”的样例方案，可用的有：{'、'.join(paths)}")
        return [Version(kind, on, profile_pay.sample_data(paths[name]), given)]
    if word == "profile":
        if name not in profile.available():
            raise reader.fail(key, f"没有名为“{name}”的区县配置，可用的有：{'、'.join(profile.available())}")
        return [Version(kind, on, profile.load(name).policies()[kind], given)]
    allowed = "database、profile:区县" + ("、sample:方案" if kind == "pay_scheme" else "")
    raise reader.fail(key, f"应为 {allowed} 或一张表，现为 {given!r}")


def _changed(entry: Reader, kind: str, version: Version) -> Version:
    """``set`` on top of a source: tables key by key, rows of a list by their ``key`` or ``grade``."""
    change = entry.raw("set", dict, "一张表", {})
    if not change:
        return version
    data = _patched(entry, version.data, change, "set")
    return _checked(entry, "set", version._replace(data=data, source=f"{version.source}，有改动"))


def _patched(entry: Reader, data: Any, change: Any, path: str) -> Any:
    if isinstance(data, Mapping) and isinstance(change, Mapping):
        for key in change:
            if key not in data:
                raise entry.fail(f"{path}.{key}", "规则里没有这一项")
        return {**data, **{key: _patched(entry, data[key], value, f"{path}.{key}") for key, value in change.items()}}
    if isinstance(data, list) and isinstance(change, Mapping):
        names = [str(row.get("key", row.get("grade", row.get("label")))) for row in data]
        for key in change:
            if key not in names:
                raise entry.fail(f"{path}.{key}", f"没有这一行，有的是 {'、'.join(names)}")
        rows = zip(names, data, strict=True)
        return [_patched(entry, row, change[name], f"{path}.{name}") if name in change else row for name, row in rows]
    if isinstance(data, Mapping | list) != isinstance(change, Mapping | list):
        raise entry.fail(path, "应为一张表" if isinstance(data, Mapping | list) else "应为一个值")
    return change


def _checked(reader: Reader, key: str, version: Version) -> Version:
    try:
        policies.kind_of(version.kind).check(version.data)
        if version.kind == "pay_scheme":
            scheme_of(version.data)
    except Invalid as error:
        raise reader.fail(key, error.message.rstrip("。")) from None
    except KeyError as error:
        raise reader.fail(key, f"表中缺少 {error.args[0]}") from None
    except (TypeError, ValueError, AttributeError, InvalidOperation, IndexError):
        raise reader.fail(key, "表的结构不对，请照 docs/pay-preview.md 的例子填写") from None
    return version


def day(reader: Reader, key: str) -> date:
    """A day as ``2026-03-01``."""
    text = reader.text(key)
    try:
        return date.fromisoformat(text) if len(text) == len("2026-03-01") else _no_day()
    except ValueError:
        raise reader.fail(key, f"应为日期，如 2026-03-01，现为 {text!r}") from None


def _no_day() -> date:
    raise ValueError
