"""Keys for other systems that act as a person through the API."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts import events
from accounts.models import ApiToken, User
from accounts.policies import may_manage
from accounts.services.checks import insist, locked
from common import events as history
from common.errors import Conflict, Invalid

MOST_TOKENS = 10
MOST_DAYS = 365


def api_token_create(*, user: User, name: str, days: int) -> tuple[ApiToken, str]:
    """A token of the person's own that lasts ``days`` (1…365); the secret is handed back this once only."""
    name = name.strip()
    if not name or len(name) > 40:
        raise Invalid("请用 40 个字以内写明令牌的用途，如“短信平台”。", "name")
    if not 1 <= days <= MOST_DAYS:
        raise Invalid(f"有效期须在 1 至 {MOST_DAYS} 天之间。", "days")
    with transaction.atomic():
        owner = locked(user)
        now = timezone.now()
        ApiToken.objects.filter(user=owner, expiry__lt=now).delete()
        if ApiToken.objects.filter(user=owner).count() >= MOST_TOKENS:
            raise Conflict(f"最多同时使用 {MOST_TOKENS} 个令牌，请先撤销不用的。")
        token, secret = ApiToken.objects.create(user=owner, expiry=timedelta(days=days), name=name)
        expires = f"{timezone.localtime(token.expiry):%Y-%m-%d %H:%M}"
        history.record(owner, events.TOKEN_CREATED, actor=owner, data={"name": name, "expires": expires})
    return token, secret


def api_token_revoke(*, token: ApiToken, actor: Any) -> None:
    """End a token at once: the owner's own, or one of an account that the actor manages."""
    with transaction.atomic():
        owner = locked(token.user)
        if actor.pk != owner.pk:
            insist(may_manage(actor, owner))
        deleted, _ = ApiToken.objects.filter(pk=token.pk).delete()
        if not deleted:
            raise Conflict("这个令牌已经撤销。")
        data = {"username": owner.username, "name": token.name}
        history.record(owner, events.TOKEN_REVOKED, actor=actor, data=data)
