"""What every list does: say what to do first, find, filter, sort, page, export what is shown, stay inside the scope."""

from __future__ import annotations

import html
from typing import Any

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from accounts.roles import ROLE_RULES
from common import jobs
from common.models import Job
from common.pages import ScopedListView
from common.reporting import registry
from tests.contracts.addresses import ADDRESSES, of_class
from tests.contracts.rows import ROWS
from tests.contracts.world import READERS, reader_of

pytestmark = pytest.mark.django_db

LISTS = of_class(ScopedListView)
LIST_ONLY = {"HX-Target": "gw-list"}
NONSENSE = ("x", "-1", "99999999999999999999", "\x00", "2026-02-30", "甲" * 300)


class Page:
    """One list as its reader has it open."""

    def __init__(self, name: str, world: Any, client_for: Any) -> None:
        self.world, self.rows, self.view = world, ROWS[name], ADDRESSES[name].view
        self.user, self.client_for = world.user(reader_of(name)), client_for
        self.client = client_for(self.user)
        self.url = ADDRESSES[name].at(**self.rows.kwargs(world))

    def let_in(self, permission: str) -> None:
        """Somebody with a larger area, when the reader may not do what ``permission`` stands for."""
        held = [role for role in READERS if permission in ROLE_RULES[role].permissions]
        if permission and not self.user.scope.may(permission):
            self.user = self.world.user(held[0])
            self.client = self.client_for(self.user)

    def make(self, number: int = 1, here: bool = True) -> list[Any]:
        return [self.rows.make(self.world, here) for _ in range(number)]

    def get(self, **params: Any) -> Any:
        answer = self.client.get(self.url, params)
        assert answer.status_code == 200, (params, answer.status_code)
        return answer

    def turn(self, **params: Any) -> Any:
        """What the browser asks for when a filter, an order or another page is chosen: the list without its frame."""
        answer = self.client.get(self.url, params, headers=LIST_ONLY)
        assert answer.status_code == 200, (params, answer.status_code)
        return answer

    def survives(self, headers: dict[str, str] | None = None, **params: Any) -> None:
        """Rows, or one clear sentence about what was sent; never an accident."""
        answer = self.client.get(self.url, params, headers=headers)
        assert answer.status_code in (200, 400), (params, answer.status_code)

    def keys(self, **params: Any) -> list[int]:
        return [row.pk for row in self.turn(**params).context["page"].rows]


@pytest.fixture
def page(request: Any, world: Any, client_for: Any) -> Page:
    return Page(request.param, world, client_for)


# Lists that share a filter form are tried once.
ONE_PER_FILTERSET = list({ADDRESSES[name].view.filterset_class: name for name in reversed(LISTS)}.values())
every_list = pytest.mark.parametrize("page", LISTS, indirect=True)


def test_every_list_has_rows_to_be_tried_with():
    assert set(ROWS) == set(LISTS), "tests/contracts/rows.py says for every list how a row comes about"


@every_list
def test_an_empty_list_says_what_belongs_here_and_what_to_do_first(page, monkeypatch):
    visible = page.view.visible
    monkeypatch.setattr(page.view, "visible", lambda self, user: visible(self, user).none())
    answer = page.get()
    text, empty = html.unescape(answer.content.decode()), page.view.empty
    assert empty.title in text
    assert empty.text, "say what will be shown here, or what to do first"
    assert empty.text in text
    if empty.url_name:
        assert (f'href="{empty.url}"' in text) == answer.context["empty_link"]


@every_list
def test_it_shows_what_is_the_readers_and_nothing_of_a_neighbours(page):
    own, neighbours = page.make(2), page.make(2, here=False)
    shown = page.keys()
    assert {row.pk for row in own} <= set(shown)
    if not page.rows.shared:
        assert not {row.pk for row in neighbours} & set(shown)


@every_list
def test_a_text_finds_its_row_and_an_unknown_one_finds_nothing(page):
    assert bool(page.view.search_hint) == bool(page.rows.word), "a searched list names a word that finds a row"
    if not page.rows.word:
        return
    wanted, other = page.make(2)
    neighbours = page.rows.make(page.world, False)
    found = page.keys(q=page.rows.word(wanted))
    assert wanted.pk in found
    assert other.pk not in found
    assert page.rows.shared or page.keys(q=page.rows.word(neighbours)) == []
    assert page.keys(q="鼎新革故") == []


@pytest.mark.parametrize("page", ONE_PER_FILTERSET, indirect=True)
def test_every_filter_takes_each_of_its_choices_and_survives_nonsense(page):
    page.make()
    filters = page.get().context["filterset"]
    names: list[str] = []
    for name, field in filters.form.fields.items() if filters is not None else ():
        offered = [str(key) for key, label in getattr(field, "choices", ()) if not isinstance(label, list | tuple)]
        for value in offered[:6]:
            page.turn(**{name: value})
        names.append(f"{name}_after" if hasattr(field.widget, "widgets") else name)
        for value in NONSENSE if not offered else ():  # what was not offered is refused by each choice in the same way
            page.survives(headers=LIST_ONLY, **{names[-1]: value})
    for value in NONSENSE if names else ():
        page.survives(**dict.fromkeys(names, value))


@every_list
def test_each_order_pages_through_every_row_once(page, monkeypatch):
    monkeypatch.setattr(page.view, "page_size", 2)
    made = {row.pk for row in page.make(5)}
    for ordering in page.view.orderings:
        for sort in (ordering.key, f"-{ordering.key}"):
            wanted = _all_in_order(page, sort, monkeypatch)
            assert made <= set(wanted)
            # Turning backwards is the same code for each order: the first one shows it.
            if sort == ordering.key or ordering is page.view.orderings[0]:
                assert _turned_through(page, sort) == wanted


def _all_in_order(page: Page, sort: str, monkeypatch: Any) -> list[int]:
    with monkeypatch.context() as patch:
        patch.setattr(page.view, "page_size", 500)
        return page.keys(sort=sort)


def _turned_through(page: Page, sort: str) -> list[int]:
    seen: list[int] = []
    params = {"sort": sort}
    while True:
        current = page.turn(**params).context["page"]
        seen += [row.pk for row in current.rows]
        if not current.after:
            return seen
        params = {"sort": sort, "after": current.after}


@every_list
def test_the_number_of_queries_does_not_grow_with_the_rows(page):
    page.make(2)
    page.get()
    with CaptureQueriesContext(connection) as few:
        page.get()
    page.make(8)
    with CaptureQueriesContext(connection) as many:
        page.get()
    assert len(many) <= len(few), "\n".join(query["sql"][:300] for query in many.captured_queries)


@every_list
def test_an_export_writes_what_is_shown(page):
    page.make(3)
    page.make(2, here=False)
    page.let_in(page.view.export_permission)
    answer = page.client.post(page.url, {"do": "export", "format": "csv"})
    if not page.view.export_report_key:
        assert answer.status_code == 400
        return
    report = registry.get(page.view.export_report_key)
    labels = {column.label for column in report.columns({})}
    shown = {label for key, label, on in page.get().context["columns"] if on}
    assert shown <= labels, "a column that is shown is missing from the export"
    job = Job.objects.latest("pk")
    assert answer.status_code == 302
    jobs.execute(jobs.claim(job.pk))
    job.refresh_from_db()
    assert job.status == "done", job.message
    listed = page.view.shown_to(page.user, QueryDict(job.params["params"]["query"]))
    assert job.result["rows"] == listed.count() >= 3
