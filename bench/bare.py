"""The limit for requests: a Django view without middleware that executes the statements of one real request.

``BENCH_SCRIPT`` names the recorded statements. What must be new each time (stream, number, request
key, and the key of the ticket that the database hands out) is replaced before each run.
"""

from __future__ import annotations

import os
import pickle
import uuid
from pathlib import Path
from typing import Any

from django.core.wsgi import get_wsgi_application
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.bare_settings")
SCRIPT: dict[str, Any] = {}


def script() -> dict[str, Any]:
    if not SCRIPT:
        SCRIPT.update(pickle.loads(Path(os.environ["BENCH_SCRIPT"]).read_bytes()))
    return SCRIPT


@csrf_exempt
def replay(request: HttpRequest) -> HttpResponse:
    known = script()
    fresh = {known["stream"]: uuid.uuid4(), known["request_key"]: uuid.uuid4()}
    with transaction.atomic(), connection.cursor() as cursor:
        for sql, params in known["statements"]:
            cursor.execute(sql, [_fresh(value, fresh) for value in params])
            rows = cursor.fetchall() if cursor.description else []
            if "nextval('petition_number')" in sql:
                fresh[known["number"]] = f"{known['number'][:-6]}{rows[0][0] % 1_000_000:06d}"
            elif sql.startswith('INSERT INTO "petitions_petition"'):
                fresh[known["id"]] = rows[0][0]
    return HttpResponse(status=201)


def nothing(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


def _fresh(value: Any, fresh: dict[Any, Any]) -> Any:
    try:
        return fresh.get(value, value)
    except TypeError:  # bytes in a memoryview and adapted JSON have no hash
        return value


urlpatterns = [path("replay", replay), path("nothing", nothing)]
application = get_wsgi_application()
