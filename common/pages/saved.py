"""Saved filters: a list's address under a name of the person's own."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import Http404, QueryDict

from common.errors import Invalid
from common.models import SavedFilter

MOST = 20
QUERY_LENGTH = 2000
NOT_STORED = ("after", "before", "csrfmiddlewaretoken")


def storable(params: QueryDict) -> str:
    """The conditions and the order of an address, without the position in the list and empty fields."""
    kept = QueryDict(mutable=True)
    for name, values in params.lists():
        filled = [value for value in values if value]
        if filled and name not in NOT_STORED:
            kept.setlist(name, filled)
    return kept.urlencode()


def of(user: Any, list_key: str) -> list[SavedFilter]:
    return list(SavedFilter.objects.visible_to(user).filter(list_key=list_key)[:MOST])


def save(user: Any, list_key: str, name: str, params: QueryDict) -> SavedFilter:
    """Keep the present conditions under ``name``; the same name is overwritten.

    Raises :class:`Invalid` without a name, without conditions, or past ``MOST`` filters of a list.
    """
    name = name.replace("\x00", "").strip()[:30]
    query = storable(params)
    if not name:
        raise Invalid("请先给常用筛选起个名字。", "name")
    if not query:
        raise Invalid("还没有设置筛选条件，请先查询再保存。", "name")
    if len(query) > QUERY_LENGTH:
        raise Invalid("筛选条件太长，无法保存，请减少一些条件。", "name")
    with transaction.atomic():
        mine = SavedFilter.objects.visible_to(user).filter(list_key=list_key)
        if not mine.filter(name=name).exists() and mine.count() >= MOST:
            raise Invalid(f"每个列表最多保存 {MOST} 个常用筛选，请先删除不用的。", "name")
        kept, _ = SavedFilter.objects.update_or_create(
            owner=user, list_key=list_key, name=name, defaults={"query": query}
        )
    return kept


def delete(user: Any, list_key: str, key: str) -> str:
    """Delete one's own filter; its name. Raises ``Http404`` for anything else."""
    found = (
        SavedFilter.objects.visible_to(user).filter(list_key=list_key, pk=int(key) if key.isdecimal() else 0).first()
    )
    if found is None:
        raise Http404("这个常用筛选已不存在。")
    found.delete()
    return found.name
