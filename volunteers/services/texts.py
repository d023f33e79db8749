"""Texts that services check alike: one line of words, and the reason for looking at personal data."""

from __future__ import annotations

from common.errors import Invalid

SHORTEST_REASON, LONGEST_REASON = 2, 200


def checked_line(value: str, field: str, label: str, most: int, *, required: bool = False) -> str:
    """The text without blanks around it, or ``Invalid`` with the field."""
    value = value.strip()
    if required and not value:
        raise Invalid(f"请填写{label}。", field)
    if len(value) > most:
        raise Invalid(f"{label}最多 {most} 字，现有 {len(value)} 字，请精简。", field)
    if "\x00" in value:
        raise Invalid(f"{label}里有无法保存的字符，请删除后再提交。", field)
    return value


def checked_reason(reason: str, field: str = "reason") -> str:
    """The reason as it goes on the record, or ``Invalid``."""
    reason = reason.strip()
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        raise Invalid(f"请写明理由（{SHORTEST_REASON} 至 {LONGEST_REASON} 字），例如“上门前联系”。", field)
    return reason
