"""Menu entries of volunteer service."""

from __future__ import annotations

from common.navigation import MenuGroup, MenuItem, register
from volunteers import permissions
from volunteers.selectors import honours

GROUP = "volunteers"


def register_menu() -> None:
    """Called once, from ``VolunteersConfig.ready()``."""
    view = (permissions.VIEW,)
    register(
        MenuGroup(GROUP, "志愿服务", "heart-handshake", order=30),
        item("stars", "星级志愿者", "stars", 60, permissions=view),
        item("nominations", "表彰推荐", "nominations", 62, permissions=view, count=honours.nominations_to_decide),
        item("certificates", "服务证明", "certificates", 64, permissions=view),
    )


def item(key: str, label: str, name: str, order: int, **options: object) -> MenuItem:
    """A menu entry of this app: ``name`` is the address's name without the app."""
    return MenuItem(f"{GROUP}.{key}", label, f"volunteers:{name}", GROUP, order=order, **options)  # type: ignore[arg-type]
