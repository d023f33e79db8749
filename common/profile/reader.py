"""Reading TOML with errors an administrator can act on: which file, which key, what is wrong."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any


class ProfileError(Exception):
    """A profile cannot be used; the message names file and key."""


def read_toml(path: Path) -> dict[str, Any]:
    """The file as tables; ``ProfileError`` when it is missing or no TOML."""
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except FileNotFoundError:
        raise ProfileError(f"找不到区县配置文件 {path}。") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ProfileError(f"{path.name}：不是有效的 TOML 文件（{error}）。") from None


def merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """``over`` on ``base``: tables key by key, everything else replaced; ``use = false`` drops a table."""
    result = dict(base)
    for key, value in over.items():
        if isinstance(value, Mapping) and value.get("use") is False:
            result.pop(key, None)
        elif isinstance(value, Mapping) and isinstance(base.get(key), Mapping):
            result[key] = merge(base[key], value)
        else:
            result[key] = value
    return result


def on_sample(table: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """A table on top of the sample that it names (``sample = "jilin"``: ``jilin.toml`` of the folder), if it names one."""
    own = dict(table)
    name = own.pop("sample", None)
    return own if name is None else merge(read_toml(folder / f"{name}.toml"), own)


@dataclass
class Reader:
    """One table of a profile. Each key is read at most once; :meth:`close` refuses keys nobody read."""

    data: Mapping[str, Any]
    file: str
    own: Mapping[str, Any]
    defaults_file: str = "_defaults.toml"
    path: tuple[str, ...] = ()
    seen: set[str] = field(default_factory=set)

    def fail(self, key: str, what: str) -> ProfileError:
        """The error for a key, naming the file the value came from."""
        file = self.file if self.own_has(key) or key not in self.data else self.defaults_file
        return ProfileError(f"{file}：{'.'.join((*self.path, key))}：{what}")

    def own_has(self, key: str) -> bool:
        return isinstance(self.own, Mapping) and key in self.own

    def has(self, key: str) -> bool:
        return key in self.data

    def raw(self, key: str, kind: type | tuple[type, ...], word: str, default: Any = None) -> Any:
        self.seen.add(key)
        if key not in self.data:
            if default is None:
                raise self.fail(key, "缺少这一项")
            return default
        value = self.data[key]
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise self.fail(key, f"应为{word}，现为 {value!r}")
        return value

    def text(self, key: str, default: str | None = None) -> str:
        value = self.raw(key, str, "文字", default).strip()
        if not value and default is None:
            raise self.fail(key, "不能为空")
        return value

    def one_of(self, key: str, allowed: tuple[str, ...]) -> str:
        value = self.text(key)
        if value not in allowed:
            raise self.fail(key, f"应为 {'、'.join(allowed)} 之一，现为 {value!r}")
        return value

    def integer(self, key: str, low: int, high: int, default: int | None = None) -> int:
        value = self.raw(key, int, "整数", default)
        if not low <= value <= high:
            raise self.fail(key, f"应在 {low} 与 {high} 之间，现为 {value}")
        return value

    def flag(self, key: str, default: bool = False) -> bool:
        self.seen.add(key)
        value = self.data.get(key, default)
        if not isinstance(value, bool):
            raise self.fail(key, f"应为 true 或 false，现为 {value!r}")
        return value

    def decimal(self, key: str, low: str = "0", high: str | None = None) -> Decimal:
        """Decimals are written as text, so that 0.1 is exactly 0.1."""
        raw = self.text(key)
        try:
            value = Decimal(raw)
        except InvalidOperation:
            raise self.fail(key, f"应为数字（写在引号里），现为 {raw!r}") from None
        if not value.is_finite() or value < Decimal(low) or (high is not None and value > Decimal(high)):
            raise self.fail(key, f"应在 {low} 与 {high or '无穷'} 之间，现为 {raw}")
        return value

    def texts(self, key: str, default: list[str] | None = None) -> tuple[str, ...]:
        values = self.raw(key, list, "文字的列表", default)
        if any(not isinstance(value, str) or not value.strip() for value in values):
            raise self.fail(key, "列表里只能是非空文字")
        return tuple(values)

    def matching(self, key: str, pattern: str, word: str) -> str:
        value = self.text(key)
        if not re.fullmatch(pattern, value):
            raise self.fail(key, f"应为{word}，现为 {value!r}")
        return value

    def table(self, key: str) -> Reader:
        value = self.raw(key, dict, "一张表", {} if key not in self.data else None)
        own = self.own.get(key, {}) if isinstance(self.own, Mapping) else {}
        return Reader(value, self.file, own, self.defaults_file, (*self.path, key))

    def tables(self) -> Iterator[tuple[str, Reader]]:
        """Every sub-table of this table, in the order of the file."""
        for key in self.data:
            yield key, self.table(key)

    def array(self, key: str) -> Iterator[Reader]:
        """The entries of an array of tables; none when it is absent."""
        entries = self.raw(key, list, "表的数组", [])
        for index, entry in enumerate(entries):
            if not isinstance(entry, dict):
                raise self.fail(key, "每一项都应为一张表")
            own = entry if self.own_has(key) else {}
            yield Reader(entry, self.file, own, self.defaults_file, (*self.path, f"{key}[{index + 1}]"))

    def close(self) -> None:
        """Refuse keys that mean nothing: most are misspelt."""
        for key in self.data:
            if key not in self.seen:
                raise self.fail(key, "没有这样的设置，请检查拼写")
