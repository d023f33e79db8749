"""The register of permissions: every app declares its own in one place, roles pick from it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Permission:
    code: str
    label: str


_REGISTER: dict[str, Permission] = {}


def declare(code: str, label: str) -> str:
    """Register ``app.verb`` with its Chinese label and hand the code back.

    Raises ``ValueError`` when another label is already registered for the code.
    """
    known = _REGISTER.get(code)
    if known is not None and known.label != label:
        raise ValueError(f"permission {code} is declared twice")
    _REGISTER[code] = Permission(code, label)
    return code


def all_permissions() -> tuple[Permission, ...]:
    return tuple(_REGISTER[code] for code in sorted(_REGISTER))


def label_of(code: str) -> str:
    return _REGISTER[code].label
