"""What every form does: name what is wrong and write nothing; do its work; and do it once when it is sent twice."""

from __future__ import annotations

from typing import Any

import pytest
from django import forms
from django.test import Client
from django.utils.http import urlencode

from common.pages import FormPage
from tests.contracts.addresses import ADDRESSES, of_class
from tests.contracts.filling import Sent
from tests.contracts.inputs import FORMS, ONLY_SESSION, TWICE
from tests.contracts.world import changed_since, contents
from tests.volunteers.own_support import phone_of

pytestmark = pytest.mark.django_db

GARBAGE = "\x00💥"
every_form = pytest.mark.parametrize("name", FORMS)


class Desk:
    """Somebody with one form open."""

    def __init__(self, name: str, world: Any, client_for: Any) -> None:
        self.sent: Sent = FORMS[name](world)
        query = f"?{urlencode(self.sent.query)}" if self.sent.query else ""
        self.url = ADDRESSES[name.split()[0]].at(**self.sent.kwargs) + query
        self.client = self._browser(world, client_for)
        answer = self.client.get(self.url)
        assert answer.status_code == 200, answer.content.decode()[:500]
        self.form: forms.BaseForm = answer.context["form"]
        # What the page sends besides what is typed.
        self.hidden = {name: answer.context.get(name) for name in ("submission", "version") if answer.context.get(name)}

    def _browser(self, world: Any, client_for: Any) -> Client:
        if self.sent.volunteer is not None:
            return phone_of(self.sent.volunteer)
        return client_for(world.user(self.sent.role)) if self.sent.role else Client()

    def send(self, data: dict[str, Any]) -> Any:
        for value in data.values():
            if hasattr(value, "seek"):
                value.seek(0)
        return self.client.post(self.url, {**self.hidden, **data})

    def filled_in(self) -> dict[str, Any]:
        """What is typed; ``KEEP`` also sends back whatever the page shows."""
        data = dict(self.sent.data)
        return {**_as_shown(self.form), **data} if data.pop("KEEP", False) else data


def _as_shown(form: forms.BaseForm) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for bound in form:
        widget, value = bound.field.widget, bound.value()
        if isinstance(widget, forms.MultiWidget):
            parts = value if isinstance(value, list) else widget.decompress(value)
            values.update({f"{bound.html_name}_{place}": part for place, part in enumerate(parts)})
        elif value not in (None, False):
            values[bound.html_name] = "on" if value is True else bound.field.prepare_value(value)
    return values


@pytest.fixture
def desk(request: Any, name: str, world: Any, client_for: Any) -> Desk:
    return Desk(name, world, client_for)


def test_every_form_has_something_to_be_filled_in_with():
    assert {name.split()[0] for name in FORMS} == set(of_class(FormPage)), (
        "tests/contracts/inputs.py fills in every form"
    )
    assert set(TWICE) | set(ONLY_SESSION) <= set(FORMS)


@every_form
def test_what_is_wrong_is_named_and_what_is_right_is_done_once(desk, name):
    before = contents()
    refuses_what_is_wrong(desk, before)
    works_and_sent_twice_works_once(desk, name, before)


def refuses_what_is_wrong(desk: Desk, before: dict[str, str]) -> None:
    """It names what is wrong and writes nothing."""
    typed = {name: field for name, field in desk.form.fields.items() if not isinstance(field.widget, forms.HiddenInput)}
    attempts = []
    if any(field.required and field.initial is None for field in typed.values()):
        attempts.append({})
    if typed:
        attempts.append(dict.fromkeys(typed, GARBAGE) | {f"{name}_0": GARBAGE for name in typed})
    for data in attempts:
        answer = desk.send(data)
        assert answer.status_code == 400, (data, answer.status_code)
        assert answer.context["form"].errors, data
        assert changed_since(before) == set()


def works_and_sent_twice_works_once(desk: Desk, name: str, before: dict[str, str]) -> None:
    data = desk.filled_in()
    first = desk.send(data)
    form = first.context and first.context.get("form")
    assert first.status_code in (200, 302), form.errors if form else first.content.decode()[:500]
    after = contents()
    if name in ONLY_SESSION:
        assert desk.client.session.keys()
    else:
        assert after != before, form.errors if form else "nothing was written"
    second = desk.send(data)
    assert second.status_code < 500
    if name not in TWICE:
        assert changed_since(after) == set()
