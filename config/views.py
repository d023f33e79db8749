"""Pages that belong to the installation, not to an app."""

from __future__ import annotations

import logging

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

logger = logging.getLogger(__name__)
BROKER_SECONDS = 2


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """200 when the site can do its work, else 503: for the runner, Docker and a load balancer.

    A broker that is down costs wake-ups but loses nothing (design §2.4), and taking every web process out of
    service for it would; so it is reported and does not fail the answer.
    """
    database = _database_answers()
    migrated = database and _is_migrated()
    healthy = database and migrated
    body = {
        "status": "ok" if healthy else "unavailable",
        "database": database,
        "migrations": migrated,
        "broker": _broker_answers(),
    }
    return JsonResponse(body, status=200 if healthy else 503)


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        logger.warning("the database does not answer", exc_info=True)
        return False
    return True


_migrated = False


def _is_migrated() -> bool:
    """Whether every migration of this code is applied. Looked up until it is true: it stays so."""
    global _migrated
    if not _migrated:
        try:
            loader = MigrationLoader(connection)
        except DatabaseError:
            return False
        _migrated = set(loader.disk_migrations or ()) <= set(loader.applied_migrations or ())
    return _migrated


def _broker_answers() -> bool:
    try:
        with redis.Redis.from_url(
            settings.REDIS_URL, socket_timeout=BROKER_SECONDS, socket_connect_timeout=BROKER_SECONDS
        ) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False
