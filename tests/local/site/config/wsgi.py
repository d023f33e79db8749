"""Answers /healthz when its database answers, and counts its visits in it."""

import json
import os
from collections.abc import Callable, Iterable
from typing import Any

import psycopg2


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    try:
        with psycopg2.connect(os.environ["DATABASE_URL"], connect_timeout=2) as connection:
            cursor = connection.cursor()
            cursor.execute("CREATE TABLE IF NOT EXISTS visits (path text)")
            cursor.execute("INSERT INTO visits VALUES (%s)", [environ["PATH_INFO"]])
            cursor.execute("SELECT count(*) FROM visits WHERE path = '/count'")
            count = cursor.fetchone()[0]
        status, body = "200 OK", {"status": "ok", "count": count}
    except psycopg2.Error as error:
        status, body = "503 Service Unavailable", {"status": "unavailable", "error": str(error)}
    start_response(status, [("Content-Type", "application/json")])
    return [json.dumps(body).encode()]
