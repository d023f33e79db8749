"""The workflow table against a written-out matrix: who may do what, and that a denied attempt changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction

from common.api_inputs import serializer_class
from common.models import Event
from common.workflow import Input
from common.workflow_forms import form_class, input_kinds
from grid.bodies import body_key
from petitions.choices import State
from petitions.models import Assignment, Clock, Contact, Petition, SupervisionCard
from petitions.workflow import FLOW
from tests.factories.accounts import make_user

pytestmark = pytest.mark.django_db

DESKS = {"district_officer", "street_officer", "community_worker", "hotline_operator"}
APPROVERS = {"district_officer", "street_officer"}
LEAD = {"department_handler"}

# Action: the state it is tried in, what is sent, who may.
MATRIX: dict[str, tuple[str, dict[str, Any], set[str]]] = {
    "accept": ("registered", {"category": "CATEGORY"}, DESKS),
    "refuse": ("registered", {"reason": "out_of_duty", "note": "已告知向法院起诉"}, DESKS),
    "dispatch": ("accepted", {"lead": "LEAD"}, DESKS),
    "object": ("dispatched", {"note": "不属于本部门职责"}, LEAD),
    "uphold_objection": ("objected", {}, DESKS),
    "reject_objection": ("objected", {"note": "职责清单已列明"}, DESKS),
    "sign": ("dispatched", {}, LEAD),
    "contact": ("handling", {"way": "phone", "note": "已联系"}, LEAD),
    "co_reply": ("handling", {"note": "已派人到场"}, {"co_handler"}),
    "reply": ("handling_contacted", {"reply": "已修好"}, LEAD),
    "verify": ("replied", {}, DESKS),
    "rework": ("replied", {"note": "没有修好"}, DESKS),
    "callback": ("verified", {"solved": True, "satisfaction": "satisfied"}, DESKS),
    "close": ("called_back", {}, DESKS),
    "close_uncalled": ("verified_anonymous", {"note": "没有留电话"}, DESKS),
    "extend": ("handling", {"limit": "5wd", "note": "需要采购配件"}, APPROVERS),
    "suspend": ("handling", {"note": "等待开春施工", "until": "2099-04-01"}, APPROVERS),
    "resume": ("suspended", {}, APPROVERS),
    "withdraw": ("handling", {"note": "诉求人要求撤回"}, DESKS),
    "propose_exclusion": ("closed", {"reason": "no_basis", "note": "没有政策依据"}, APPROVERS),
    "exclude": ("proposed", {}, {"street_officer"}),  # the first reviewer was the district officer
    "deny_exclusion": ("proposed", {"note": "应当计入"}, {"street_officer"}),
}


@pytest.fixture
def people(desk: Any) -> dict[str, Any]:
    """Everybody: one per role inside, a co-handler, and people of other places."""
    tree = desk.tree
    return {
        **{role: desk.user(role) for role in desk.staff},
        "co_handler": make_user("department_handler", tree.enforcement),
        "other_community": make_user("community_worker", tree.other_community),
        "sister_community": make_user("community_worker", tree.sister_community),
        "other_street": make_user("street_officer", tree.other_street),
        "no_role": make_user(),
    }


OUTSIDERS = {"other_community", "sister_community", "other_street"}
DEPARTMENTS = {"department_handler", "co_handler"}
NOT_GIVEN_YET = {"registered", "accepted"}


@pytest.fixture
def brought_to(desk: Any) -> Callable[[str], Petition]:
    """A ticket in one of the situations of the matrix, led by housing with enforcement helping."""

    def bring(situation: str) -> Petition:
        anonymous = {"name": "", "phone": ""} if situation == "verified_anonymous" else {}
        # In a building group, so that every level of the tree has a role above it.
        petition = desk.register(unit=desk.tree.group, **anonymous)
        path: list[tuple[str, str, dict[str, Any]]] = [
            ("accept", "community_worker", {}),
            ("dispatch", "community_worker", {"co_handlers": [desk.tree.enforcement]}),
            ("sign", "department_handler", {}),
            ("contact", "department_handler", {"way": "phone", "note": "已联系"}),
            ("reply", "department_handler", {"reply": "已修好"}),
            ("verify", "community_worker", {}),
            ("callback", "community_worker", {"solved": True, "satisfaction": "satisfied"}),
            ("close", "community_worker", {}),
        ]
        length = {
            "registered": 0, "accepted": 1, "dispatched": 2, "objected": 2, "handling": 3, "suspended": 3,
            "handling_contacted": 4, "replied": 5, "verified": 6, "verified_anonymous": 6, "called_back": 7, "closed": 8,
            "proposed": 8,
        }[situation]  # fmt: skip
        for name, role, data in path[:length]:
            petition = desk.act(petition, name, role, **data)
        if situation == "objected":
            petition = desk.act(petition, "object", "department_handler", note="不属于本部门")
        if situation == "suspended":
            petition = desk.act(petition, "suspend", "street_officer", note="等待", until=date(2099, 1, 1))
        if situation == "proposed":
            petition = desk.act(petition, "propose_exclusion", "district_officer", reason="no_basis", note="无依据")
        return petition

    return bring


def sent(desk: Any, data: dict[str, Any]) -> dict[str, Any]:
    values = {"CATEGORY": desk.category.pk, "LEAD": body_key(desk.tree.housing)}
    return {name: values.get(value, value) if isinstance(value, str) else value for name, value in data.items()}


def everything(petition: Petition) -> list[Any]:
    """All that an action could touch, as stored."""
    parts: list[Any] = [Petition.objects.filter(pk=petition.pk).values_list().get()]
    for model in (Clock, Assignment, SupervisionCard, Contact):
        parts.append(list(model.objects.filter(petition=petition).order_by("pk").values_list()))
    parts.append(list(Event.objects.filter(stream=petition.stream).order_by("seq").values_list("seq", "hash")))
    return [_plain(part) for part in parts]


def _plain(value: Any) -> Any:
    if isinstance(value, memoryview):
        return bytes(value)
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


def test_the_matrix_covers_the_whole_table():
    assert set(MATRIX) == set(FLOW.actions)
    assert FLOW.missing_services() == set()


@pytest.mark.parametrize("name", MATRIX)
def test_who_may_and_who_may_not(name, desk, people, brought_to, api_for):
    situation, data, allowed = MATRIX[name]
    petition = brought_to(situation)
    before = everything(petition)
    url = f"/api/v1/petitions/{petition.pk}/actions/{name}/"
    seen: dict[str, int] = {}
    for who, user in people.items():
        with transaction.atomic():
            seen[who] = api_for(user).post(url, sent(desk, data), format="json").status_code
            after = everything(petition)
            if seen[who] == 200:
                assert after != before, f"{who} was told it is done, and nothing is"
            else:
                assert after == before, f"{who} was refused, and something changed"
            transaction.set_rollback(True)
    outside = OUTSIDERS | (DEPARTMENTS if situation in NOT_GIVEN_YET else set())
    assert seen == {who: 200 if who in allowed else 404 if who in outside else 403 for who in people}


@pytest.mark.parametrize("name", MATRIX)
def test_wrong_state_is_a_conflict_that_changes_nothing(name, desk, people, brought_to, api_for):
    situation, data, allowed = MATRIX[name]
    petition = brought_to(situation)
    user = people[sorted(allowed)[0]]
    url = f"/api/v1/petitions/{petition.pk}/actions/{name}/"
    for state in set(State.values) - set(FLOW.actions[name].from_states):
        Petition.objects.filter(pk=petition.pk).update(state=state)
        before = everything(petition)
        answer = api_for(user).post(url, sent(desk, data), format="json")
        assert answer.status_code == 409, state
        assert State(state).label in answer.json()["errors"][0]["detail"]
        assert everything(petition) == before


@pytest.mark.parametrize(
    "name", [name for name, action in FLOW.actions.items() if any(f.required for f in action.fields)]
)
def test_missing_input_is_named_and_changes_nothing(name, desk, people, brought_to, api_for, client_for):
    situation, _, allowed = MATRIX[name]
    petition = brought_to(situation)
    user = people[sorted(allowed)[0]]
    before = everything(petition)
    required = {field.name for field in FLOW.actions[name].fields if field.required}
    answer = api_for(user).post(f"/api/v1/petitions/{petition.pk}/actions/{name}/", {}, format="json")
    assert answer.status_code == 400
    assert {error["attr"] for error in answer.json()["errors"]} == required
    page = client_for(user).post(f"/petitions/{petition.pk}/act/{name}/", {})
    assert page.status_code == 400
    assert set(page.context["form"].errors) == required
    assert everything(petition) == before


def test_buttons_are_what_may_be_done(desk, people, brought_to, client_for, api_for):
    petition = brought_to("handling")
    for who in ("street_officer", "department_handler", "community_worker", "grid_worker"):
        page = client_for(people[who]).get(f"/petitions/{petition.pk}/")
        listed = api_for(people[who]).get(f"/api/v1/petitions/{petition.pk}/actions/").json()
        names = [action["name"] for action in listed]
        assert [button["action"].name for button in page.context["buttons"]] == names
        expected = [
            name for name, (_, _, allowed) in MATRIX.items()
            if who in allowed and "handling" in FLOW.actions[name].from_states
        ]  # fmt: skip
        # An answer needs a contact first: the button comes with it.
        assert names == [name for name in FLOW.actions if name in expected and name != "reply"]


def test_every_input_has_a_field_on_both_sides(desk):
    assert input_kinds() == {kind.value: True for kind in Input}
    petition, actor = desk.bring_to("registered"), desk.user("community_worker")
    for action in FLOW.actions.values():
        names = [field.name for field in action.fields]
        assert list(form_class(action, petition, actor).base_fields) == names
        assert list(serializer_class(action, petition, actor)().fields) == names


def test_diagram_in_the_docs_is_fresh():
    call_command("workflow_diagram", check=True)
