"""How a limit stands, in the words an office uses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

SOON = timedelta(hours=6)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Standing:
    """``tone`` is a colour of the badges, ``icon`` a name of the sprite."""

    text: str
    tone: str
    icon: str


def describe(due: datetime, *, now: datetime, finished: datetime | None = None, paused: bool = False) -> Standing:
    """The standing of a limit ``due`` at ``now``; all times aware, days are those of the local calendar."""
    if finished is not None:
        if finished <= due:
            return Standing("按期完成", "green", "circle-check")
        return Standing(f"超期 {amount(finished - due)}完成", "red", "alert-circle")
    if paused:
        return Standing("暂停计时", "grey", "clock-pause")
    if now > due:
        return Standing(f"超期 {amount(now - due)}", "red", "alert-circle")
    return _open(due, now)


def _open(due: datetime, now: datetime) -> Standing:
    left = due - now
    if left <= SOON:
        return Standing(f"还剩 {amount(left)}", "amber", "clock-exclamation")
    local = timezone.localtime(due)
    days = (local.date() - timezone.localtime(now).date()).days
    if days == 0:
        return Standing(f"今天 {local:%H:%M} 到期", "amber", "clock-exclamation")
    if days == 1:
        return Standing(f"明天 {local:%H:%M} 到期", "amber", "clock")
    return Standing(f"还剩 {days} 天", "blue", "clock")


def amount(span: timedelta) -> str:
    """A length of time by its largest unit, rounded down: 2 天, 3 小时, 20 分钟, 不到 1 分钟."""
    if span >= DAY:
        return f"{span.days} 天"
    minutes = int(span.total_seconds()) // 60
    if minutes >= 60:
        return f"{minutes // 60} 小时"
    return f"{minutes} 分钟" if minutes else "不到 1 分钟"
