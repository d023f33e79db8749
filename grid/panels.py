"""What higher apps show on the page of a unit, and what they tell before a unit moves or is merged.

In ``AppConfig.ready()``::

    panels.register("petitions.open", 20, lambda user, unit: Panel("未办结工单", "petitions/unit_panel.html", {...}))
    panels.register_effect("petitions.open", lambda unit, target: f"{n} 件未办结工单随同调整")

A panel function is called once per page with the signed-in user and must itself go through
``visible_to``; ``None`` shows nothing. An effect is one line of the preview, ``None`` for none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from grid.models import Unit


@dataclass(frozen=True)
class Panel:
    """A box on the page of a unit: the template is included with the context and ``unit``."""

    title: str
    template: str
    context: Mapping[str, Any] = field(default_factory=dict)
    icon: str = ""


PanelFunction = Callable[[Any, Unit], Panel | None]
EffectFunction = Callable[[Unit, Unit], str | None]

_PANELS: dict[str, tuple[int, PanelFunction]] = {}
_EFFECTS: dict[str, EffectFunction] = {}


def register(key: str, order: int, function: PanelFunction) -> None:
    """Add a panel; smaller ``order`` comes first. ``ValueError`` for a key taken by another function."""
    if key in _PANELS and _PANELS[key][1] is not function:
        raise ValueError(f"panel {key} is registered twice")
    _PANELS[key] = (order, function)


def panels_for(user: Any, unit: Unit) -> list[Panel]:
    ordered = sorted(_PANELS.items(), key=lambda entry: (entry[1][0], entry[0]))
    shown = (function(user, unit) for _, (_, function) in ordered)
    return [panel for panel in shown if panel is not None]


def register_effect(key: str, function: EffectFunction) -> None:
    """Add a line to the preview of moves and merges: ``function(unit, target)``."""
    if _EFFECTS.get(key, function) is not function:
        raise ValueError(f"effect {key} is registered twice")
    _EFFECTS[key] = function


def effects_of(unit: Unit, target: Unit) -> list[str]:
    lines = (function(unit, target) for _, function in sorted(_EFFECTS.items()))
    return [line for line in lines if line]
