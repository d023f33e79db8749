"""Signing in and out, lock-out, and their record: one chain of events a day."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from axes.handlers.proxy import AxesProxyHandler
from django.contrib import auth
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from accounts import events
from accounts.addresses import client_ip
from accounts.models import AccessLog, User
from accounts.policies import may_keep_rules
from accounts.services.checks import insist
from accounts.sessions import extend
from common import events as history
from common.errors import Invalid


def log_access(kind: str, *, actor: Any, data: Mapping[str, Any]) -> None:
    """Append to the day's chain; waits its turn when several people sign in at the same moment."""
    with transaction.atomic():
        history.record(_today(), kind, actor=actor, data=data)


def _today() -> AccessLog:
    """The day's row, locked; the first of the day makes it."""
    day = timezone.localdate()
    rows = AccessLog.objects.select_for_update(no_key=True).filter(day=day)
    found = rows.first()
    if found is None:
        AccessLog.objects.bulk_create([AccessLog(day=day)], ignore_conflicts=True)
        found = rows.get()
    return found


def sign_in(*, request: HttpRequest, username: str, password: str) -> User | None:
    """Sign in and record it; ``None`` when name and password do not match or the name is locked out.

    An unknown name costs the same time and gives the same answer as a wrong password.
    """
    user = auth.authenticate(request, username=username, password=password)
    if not isinstance(user, User):
        _record_failure(request, username)
        return None
    with transaction.atomic():
        auth.login(request, user)  # also gives the session a new key
        request.session.set_expiry(None)  # own pages opened before may last longer; an account's session may not
        extend(request)
        log_access(events.SIGNED_IN, actor=user, data={"ip": client_ip(request)})
    return user


def _record_failure(request: HttpRequest, username: str) -> None:
    """Failures up to the lock are recorded one by one; knocking at a locked name adds nothing."""
    failures = getattr(request, "axes_failures_since_start", None)
    if failures is None:
        return
    data = {"ip": client_ip(request), "username": _shown(username)}
    log_access(events.SIGN_IN_FAILED, actor=None, data=data)
    if getattr(request, "axes_locked_out", False):
        log_access(events.LOCKED_OUT, actor=None, data=data)


def _shown(username: str) -> str:
    """A name that exists as it is; of any other only the start, for people type passwords there by mistake."""
    if User.objects.filter(username=username).exists():
        return username
    return f"{username[:2]}…"


def sign_out(*, request: HttpRequest) -> None:
    if isinstance(request.user, User):
        log_access(events.SIGNED_OUT, actor=request.user, data={"ip": client_ip(request)})
    auth.logout(request)


def unlock(*, username: str, actor: Any) -> None:
    """Let a locked name try again at once. Raises ``Invalid`` when it is not locked."""
    insist(may_keep_rules(actor))
    with transaction.atomic():
        if not AxesProxyHandler.reset_attempts(username=username):
            raise Invalid("这个用户名没有被锁定，可能已自动解除。")
        log_access(events.UNLOCKED, actor=actor, data={"username": username})
