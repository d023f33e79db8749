"""Menu entries of volunteer service."""

from __future__ import annotations

from common.navigation import MenuGroup, MenuItem, register

GROUP = "volunteers"


def register_menu() -> None:
    """Called once, from ``VolunteersConfig.ready()``."""
    register(MenuGroup(GROUP, "志愿服务", "heart-handshake", order=30))


def item(key: str, label: str, name: str, order: int, **options: object) -> MenuItem:
    """A menu entry of this app: ``name`` is the address's name without the app."""
    return MenuItem(f"{GROUP}.{key}", label, f"volunteers:{name}", GROUP, order=order, **options)  # type: ignore[arg-type]
