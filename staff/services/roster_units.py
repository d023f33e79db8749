"""What happens to people when their unit is merged into another."""

from __future__ import annotations

from datetime import date
from typing import Any

from common import events as history
from grid.models import Unit
from staff import events
from staff.models import PostReserve, StaffPost, Worker


def unit_merged(*, unit: Unit, target: Unit, actor: Any, today: date) -> None:
    """Workers and posts of a merged unit belong to the one that took it in from the day on; who stood ready for its
    posts does so no more, for the other unit has its own. A moved unit takes its people along by itself."""
    PostReserve.objects.filter(unit=unit, valid_to=None).update(valid_to=today)
    for post in StaffPost.objects.select_for_update().filter(unit=unit).exclude(valid_to__lte=today).order_by("pk"):
        _carry(post, target, today)
    for row in Worker.objects.select_for_update().filter(unit=unit).order_by("pk"):
        row.unit = target
        data = {"old": unit.name, "new": target.name, "since": today.isoformat()}
        history.record(row, events.WORKER_FOLLOWED, actor=actor, data=data, fields=["unit"])


def _carry(post: StaffPost, target: Unit, today: date) -> None:
    """The post goes on at the other unit; what was held before stays as it was."""
    if post.valid_from >= today:
        post.unit = target
        post.save(update_fields=["unit"])
        return
    end, post.valid_to = post.valid_to, today
    post.save(update_fields=["valid_to"])
    StaffPost.objects.create(
        worker_id=post.worker_id, unit=target, rank=post.rank, kind=post.kind, valid_from=today, valid_to=end,
        note=f"随“{post.unit.name}”并入",
    )  # fmt: skip
