"""All kinds of import by key."""

from __future__ import annotations

from typing import Any

from common.errors import PlainError
from common.imports.spec import ImportSpec
from common.scope import scope_of

_SPECS: dict[str, ImportSpec] = {}


class NoSuchImport(PlainError):
    status = 404
    code = "not_found"


def register(spec: type[ImportSpec]) -> type[ImportSpec]:
    """Add a kind of import; usable as a decorator. Raises ``ValueError`` for a key that is taken."""
    known = _SPECS.get(spec.key)
    if known is not None and type(known) is not spec:
        raise ValueError(f"import {spec.key} is registered twice")
    _SPECS[spec.key] = spec()
    return spec


def get(key: str) -> ImportSpec:
    """The spec; raises :class:`NoSuchImport`."""
    if key not in _SPECS:
        raise NoSuchImport("没有这种导入，它可能已被取消。")
    return _SPECS[key]


def all_specs() -> tuple[ImportSpec, ...]:
    return tuple(_SPECS[key] for key in sorted(_SPECS))


def all_for(user: Any) -> list[ImportSpec]:
    """Imports that ``user`` may run, by label; of nobody: none."""
    scope = scope_of(user)
    return sorted((spec for spec in _SPECS.values() if scope.may(spec.permission)), key=lambda spec: spec.label)
