"""What every address of the API does: pages of bounded size inside the scope, and errors of one shape."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from common.api import MAX_PAGE_SIZE, PAGE_SIZE
from tests.contracts import staff, volunteers
from tests.contracts.addresses import ADDRESSES
from tests.contracts.routes import PUBLIC, ROUTES, SIGNED_IN
from tests.contracts.rows import ROWS
from tests.contracts.subjects import kwargs_of
from tests.contracts.world import Rows, reader_of, stranger_to

pytestmark = pytest.mark.django_db

DOCUMENTS = ("api-schema", "api-docs")
API = {name: address for name, address in ADDRESSES.items() if address.is_api and name not in DOCUMENTS}
READ = [name for name, address in API.items() if hasattr(address.view, "get")]
ABOUT_ONE = [name for name, address in API.items() if "pk" in address.pattern]
every_reading = pytest.mark.parametrize("name", READ)
# For every list of the API: the list of the pages whose rows it has, and what narrows it to them.
LISTS = {
    "petitions-api-list": "petitions:list",
    "grid-api:units": "grid:units",
    "grid-api:children": "grid:units",
    "grid-api:departments": "grid:departments",
    "partyorgs-api:organisations": "partyorgs:organisations",
    "partyorgs-api:children": "partyorgs:organisations",
    **volunteers.API_LISTS,
    **staff.API_LISTS,
}


def rows_of(name: str) -> Rows:
    """How a row of the API's list comes about."""
    return volunteers.API_ROWS.get(name) or ROWS[LISTS[name]]


every_list = pytest.mark.parametrize("name", LISTS)
# Rows that everybody sees: there is no neighbour's to be kept from.
SHARED = {"grid-api:department"}


class Caller:
    """Another system that acts as the reader of an address."""

    def __init__(self, name: str, world: Any, api_for: Any) -> None:
        self.world, self.name = world, name
        self.user = world.user(reader_of(name))
        self.client: APIClient = api_for(self.user)

    def url(self, here: bool = True) -> str:
        return ADDRESSES[self.name].at(**kwargs_of(self.name, self.world, here))


@pytest.fixture
def caller(name: str, world: Any, api_for: Any) -> Caller:
    return Caller(name, world, api_for)


def keys(answer: Any) -> list[int]:
    assert answer.status_code == 200, answer.data
    return [row["id"] for row in answer.data["results"]]


def check_error(answer: Any, status: int) -> None:
    """One shape for every error: what kind, one sentence each, and the number the log carries."""
    body = answer.json()
    assert (answer.status_code, set(body)) == (status, {"type", "errors", "request_id"}), body
    assert body["request_id"]
    for error in body["errors"]:
        assert set(error) == {"code", "detail", "attr"}
        assert error["detail"].rstrip("…").endswith(("。", "？")), error


@every_reading
def test_what_answers_with_many_rows_answers_with_pages(caller, name):
    answer = caller.client.get(caller.url())
    assert answer.status_code == 200
    if answer.streaming:  # a file
        return
    is_page = isinstance(answer.data, dict) and set(answer.data) == {"next", "previous", "results"}
    assert is_page == (name in LISTS), "tests/contracts/test_api.py names every list of the API"
    # A bare array is what belongs to one row, bounded by it.
    assert isinstance(answer.data, dict) or name in ABOUT_ONE


@every_list
def test_no_page_is_larger_than_the_cap(caller, name):
    url = caller.url()
    for size in ("0", "-1", "x", str(MAX_PAGE_SIZE + 1), "9" * 30):
        check_error(caller.client.get(url, {"limit": size}), 400)
    check_error(caller.client.get(url, {"sort": "nonsense"}), 400)
    check_error(caller.client.get(url, {"after": "nonsense"}), 400)
    assert caller.client.get(url, {"limit": MAX_PAGE_SIZE}).status_code == 200
    rows = _rows_of(caller, url, PAGE_SIZE + 1)
    answer = caller.client.get(url)
    assert len(keys(answer)) == PAGE_SIZE
    assert answer.data["next"]
    turned, following = [], url
    while following:
        answer = caller.client.get(following, {} if "?" in following else {"limit": 5})
        turned += keys(answer)
        following = answer.data["next"]
    assert len(turned) == len(set(turned))
    assert {row.pk for row in rows} <= set(turned)


def _rows_of(caller: Caller, url: str, number: int) -> list[Any]:
    """Rows that the list at the address holds."""
    make = rows_of(caller.name).make
    rows = [make(caller.world, True) for _ in range(number)]
    if caller.name == "partyorgs-api:children":  # the address is about a branch: give it the others as children
        parent = int(url.rstrip("/").split("/")[-2])
        type(rows[0]).objects.filter(pk__in=[row.pk for row in rows]).update(parent=parent)
    return rows


@every_list
def test_a_list_keeps_inside_the_scope_and_to_its_number_of_queries(caller, name):
    url = caller.url()
    rows = _rows_of(caller, url, 2)
    neighbours = [rows_of(name).make(caller.world, False) for _ in range(2)]
    caller.client.get(url)
    with CaptureQueriesContext(connection) as few:
        found = keys(caller.client.get(url))
    assert {row.pk for row in rows} <= set(found)
    if not rows_of(name).shared:
        assert not {row.pk for row in neighbours} & set(found)
    _rows_of(caller, url, 8)
    caller.client.force_authenticate(type(caller.user).objects.get(pk=caller.user.pk))
    with CaptureQueriesContext(connection) as many:
        caller.client.get(url)
    assert len(many) <= len(few) + 4, "the scope of a fresh user may be read anew, the rows one by one may not"


@pytest.mark.parametrize("name", ABOUT_ONE)
def test_a_row_outside_the_scope_is_not_found(caller, name):
    ask = caller.client.get if name in READ else caller.client.post
    for url in (ADDRESSES[name].nowhere, *([caller.url(here=False)] if name not in SHARED else [])):
        check_error(ask(url), 404)


@pytest.mark.parametrize("name", API)
def test_without_a_permission_or_a_token_it_says_so(name, world, api_for):
    ask = "get" if name in READ else "post"
    url = ADDRESSES[name].nowhere
    check_error(getattr(APIClient(), ask)(url), 401)
    needed = ROUTES[name]
    if needed in (PUBLIC, SIGNED_IN) or not isinstance(needed, str):
        return
    check_error(getattr(api_for(world.user(stranger_to(needed))), ask)(url), 403)
