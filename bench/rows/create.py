"""Log a petition over HTTP, by page and by API, four clients, against a bare view with the same statements."""

from __future__ import annotations

import json
import tempfile
import uuid
from collections.abc import Callable
from functools import partial
from pathlib import Path
from urllib.parse import urlencode

from django.conf import settings
from django.test import Client

from bench import pace
from bench.http import Load, Request, in_turns, load, server
from bench.people import person
from bench.record import record
from bench.result import Row
from bench.world import World

REQUESTS = 1200
ROUNDS = 5
WARM = 150
TEXT = "小区3号楼2单元门口路灯坏了一个多星期，晚上老人出入不安全，请尽快维修。"
PEER = 200.0  # tickets per second to reach on the peer's machine
STATEMENTS = 15


def measure(world: World) -> list[Row]:
    page, api = _page_request(), _api_request()
    with tempfile.TemporaryDirectory() as folder:
        rows = []
        for name, make, expect in (("page", page, 302), ("API", api, 201)):
            script = Path(folder) / name
            _in_process(make())  # rules and calendar are kept for seconds: the bare view must not read them each time
            count = record(lambda make=make: _in_process(make()), script)
            bare_env = {"BENCH_SCRIPT": str(script), "DJANGO_SETTINGS_MODULE": "bench.bare_settings"}
            with server("config.wsgi") as port, server("bench.bare", **bare_env) as bare_port:
                ours, bare = _side_by_side(
                    partial(load, port, make, expect=expect), partial(load, bare_port, _replay, expect=201)
                )
            rows += [
                Row(f"log a petition over HTTP ({name}), 4 clients", ours.seconds * 1e3, bare.seconds * 1e3, "ms", 2.0),
                Row(
                    f"… tickets per second ({name}) at {world.tickets:,} (target there: {PEER:g})",
                    ours.rate,
                    pace.rate_here(PEER),
                    "1/s",
                    1.0,
                    at_least=True,
                ),
                Row(f"… statements in the request ({name})", count, STATEMENTS, "statements", 1.0),
            ]
        return rows


def _side_by_side(*sends: Callable[..., Load]) -> list[Load]:
    for send in sends:
        send(requests=WARM)
    return in_turns(*(partial(send, requests=REQUESTS // ROUNDS) for send in sends), rounds=ROUNDS)


def _replay() -> Request:
    return "POST", "/replay", b"", {}


def _api_request():
    """A request of the community worker with an API token."""
    from accounts.services.tokens import api_token_create

    _, token = api_token_create(user=person("community_worker"), name="bench", days=1)
    headers = {"Content-Type": "application/json", "Authorization": f"Token {token}"}
    body = {"text": TEXT, "place": "3号楼2单元", "name": "张晓明", "phone": "13800000001"}
    return lambda: (
        "POST",
        "/api/v1/petitions/",
        json.dumps(body).encode(),
        {**headers, "Idempotency-Key": uuid.uuid4().hex},
    )


def _page_request():
    """The form of the counter, sent by a browser that is signed in."""
    from django.utils import timezone

    from accounts.sessions import SEEN
    from petitions.forms import IntakeForm

    client = Client(enforce_csrf_checks=True)
    client.force_login(person("community_worker"), backend="accounts.backends.PasswordBackend")
    session = client.session
    session[SEEN] = int(timezone.now().timestamp())
    session.save()
    client.get("/petitions/new/")
    form = IntakeForm(user=person("community_worker"))
    token = client.cookies["csrftoken"].value
    values = {
        "text": TEXT,
        "place": "3号楼2单元",
        "name": "张晓明",
        "phone": "13800000001",
        "csrfmiddlewaretoken": token,
    }
    for name, field in form.fields.items():
        initial = form.get_initial_for_field(field, name)
        if name not in values and initial not in (None, ""):
            values[name] = initial
    cookie = f"{settings.SESSION_COOKIE_NAME}={session.session_key}; csrftoken={token}"
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": cookie}
    return lambda: (
        "POST", "/petitions/new/", urlencode({**values, "submission": uuid.uuid4().hex}).encode(), headers,
    )  # fmt: skip


def _in_process(request: Request) -> None:
    method, path, body, headers = request
    extra = {
        f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items() if name != "Content-Type"
    }
    answer = Client().generic(method, path, body, content_type=headers["Content-Type"], **extra)
    if answer.status_code not in (201, 302):
        raise RuntimeError(f"{path} answered {answer.status_code}: {answer.content[:500]!r}")
