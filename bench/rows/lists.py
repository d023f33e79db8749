"""Pages of lists, ticket and steps over HTTP, at a million tickets against ten thousand and against a peer's targets."""

from __future__ import annotations

import json
from statistics import median
from time import perf_counter
from urllib.parse import quote

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bench import pace
from bench.http import Request, load, server
from bench.people import cookie_of, person, token_of
from bench.result import Row
from bench.world import World

REQUESTS = 40
QUERIES = 12
# What a peer's measurement asks for, in milliseconds on its machine.
LIST, SEARCH, DETAIL, STEP = 40.0, 100.0, 25.0, 12.0


def measure(world: World) -> list[Row]:
    worker, officer = cookie_of("community_worker"), {"Authorization": f"Token {token_of('district_officer')}"}
    page = "/petitions/"
    with server("config.wsgi", DATABASE_URL=world.small) as port:
        small = _median(port, page, worker)
    with server("config.wsgi") as port:
        big = _median(port, page, worker)
        paths = {
            "list of 100, first page": ("/api/v1/petitions/?page_size=100", LIST),
            "list filtered by state and area": (
                f"/api/v1/petitions/?page_size=100&state=handling&unit={_street()}",
                LIST,
            ),
            "list of late tickets": ("/api/v1/petitions/?page_size=100&deadline=late", LIST),
            "deep page of the list": (_deep(port, officer), LIST),
            "search, rare words": (f"/api/v1/petitions/?page_size=20&q={quote('997号楼')}", SEARCH),
            "search, common words": (f"/api/v1/petitions/?page_size=20&q={quote('物业')}", SEARCH),
            "ticket": (f"/petitions/{_some_ticket()}/", DETAIL),
            "its timeline": (f"/api/v1/petitions/{_some_ticket()}/timeline/", DETAIL),
        }
        measured = [
            Row(
                f"{name}, {world.tickets:,} (target there: {limit:g} ms)",
                _median(port, path, worker if path.startswith("/pet") else officer),
                pace.time_here(limit),
                "ms",
                1.0,
            )
            for name, (path, limit) in paths.items()
        ]
    return [
        pace.row(),
        Row(
            f"first page of a community's list, {world.tickets:,} tickets against {world.few:,}", big, small, "ms", 1.3
        ),
        Row("… its queries", _queries(page, worker), QUERIES, "queries", 1.0),
        *measured,
        Row(f"one workflow step (target there: {STEP:g} ms)", _step(), pace.time_here(STEP), "ms", 1.0),
    ]


def _median(port: int, path: str, headers: dict[str, str]) -> float:
    """Milliseconds of one client, one request after the other."""
    request: Request = ("GET", path, b"", headers)
    load(port, lambda: request, requests=8, expect=200, clients=1)
    return load(port, lambda: request, requests=REQUESTS, expect=200, clients=1).seconds * 1e3


def _queries(path: str, headers: dict[str, str]) -> int:
    client = Client(headers=headers)
    client.get(path)
    with CaptureQueriesContext(connection) as seen:
        client.get(path)
    return len(seen)


def _deep(port: int, headers: dict[str, str]) -> str:
    """The second page from the far end of the list."""
    import http.client

    client = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    client.request("GET", "/api/v1/petitions/?page_size=100&sort=-received", headers=headers)
    following = json.loads(client.getresponse().read())["next"]
    return following[following.index("/api/") :]


def _street() -> int:
    from grid.models import Unit

    return Unit.objects.filter(level=2).order_by("path").values_list("pk", flat=True)[0]


def _some_ticket() -> int:
    from petitions.models import Petition

    rows = Petition.objects.visible_to(person("community_worker"))
    return rows.order_by("pk").values_list("pk", flat=True)[5]


def _step() -> float:
    """Milliseconds of signing for a ticket, through the service."""
    from petitions import services
    from petitions.models import Petition

    handler, times = person("department_handler"), []
    department = handler.scope.department_ids
    tickets = list(Petition.objects.filter(lead_department__in=department, state="dispatched").order_by("pk")[:60])
    for ticket in tickets:
        start = perf_counter()
        services.petition_sign(petition=ticket, actor=person("department_handler"))
        times.append(perf_counter() - start)
    return median(times[10:]) * 1e3
