"""Categories and tickets for tests. Tickets come about through the services, as in real life."""

from __future__ import annotations

from typing import Any

from accounts.models import User
from grid.models import Department
from petitions import services
from petitions.choices import Channel
from petitions.models import Category, Petition

TEXT = "物业停车费一年涨了三次，没有公示。请有关部门查处。"


def make_category(department: Department | None = None, *, limit: str = "5wd", **fields: Any) -> Category:
    """A second-level category, led by a department or (``lead_level``) a level of the tree."""
    group, _ = Category.objects.get_or_create(code="01", defaults={"name": "物业管理"})
    number = Category.objects.filter(parent=group).count() + 1
    values = {"code": f"01{number:02d}", "name": f"物业收费{number}", "parent": group, "limit": limit}
    return Category.objects.create(**values, lead_department=department, **fields)


def make_petition(actor: User, **values: Any) -> Petition:
    """A registered ticket with a petitioner; ``name=""`` and ``phone=""`` make it anonymous."""
    defaults = {"text": TEXT, "channel": Channel.COUNTER, "name": "张晓明", "phone": "13800000001"}
    return services.petition_register(actor=actor, **{**defaults, **values}).petition
