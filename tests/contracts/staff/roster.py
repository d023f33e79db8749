"""The roster: rows of its lists, what its addresses are about, how its forms are filled in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from accounts.roles import Role
from staff.choices import Certificate, PartyRole, PostKind, Rank, WorkerState
from staff.models import StaffPost, Worker, WorkerCertificate
from tests.contracts.filling import Fill, Row, Sent, about, plain, today
from tests.contracts.world import Rows, World
from tests.factories.accounts import make_user
from tests.factories.rules import make_rules
from tests.factories.staff import make_worker
from tests.factories.volunteers import make_id_number

OFFICE = "street_officer"


def person(world: World, here: bool = True) -> Worker:
    """With a post, a grade and a certificate that ends."""
    row = make_worker(world.community(here))
    WorkerCertificate.objects.create(
        worker=row, level=Certificate.ASSISTANT, issued_on=date(2021, 6, 1), expires_on=date(2099, 6, 1)
    )
    return row


def post(world: World, here: bool = True) -> StaffPost:
    return make_worker(world.community(here), rank=Rank.DEPUTY).posts.get()


def certificate(world: World, here: bool = True) -> WorkerCertificate:
    return person(world, here).certificates.get()


def left(world: World) -> Worker:
    row = make_worker(world.community(), grade=None, state=WorkerState.LEFT, left_on=date(2024, 3, 31))
    row.posts.update(valid_to=date(2024, 4, 1))
    return row


def secretary(world: World) -> Worker:
    return make_worker(world.community(), rank=Rank.BOTH_HEADS, party_role=PartyRole.SECRETARY)


def away(world: World) -> Worker:
    row = person(world)
    StaffPost.objects.create(
        worker=row, unit=world.tree.sister_community, rank=row.rank, kind=PostKind.SECONDED, valid_from=date(2026, 1, 5)
    )
    return row


ROWS: dict[str, Rows] = {
    "staff:workers": Rows(person, lambda row: str(row.number)),
    "staff:posts": Rows(post),
}
OF_MODEL: dict[str, Callable[[World, bool], Any]] = {
    "Worker": person,
    "StaffPost": post,
    "WorkerCertificate": certificate,
}
MODEL_OF = {"staff-api:worker": "Worker"}
SPECIAL: dict[str, Callable[[World], dict[str, Any]]] = {
    "staff:worker-reveal": lambda world: {"pk": person(world).pk, "field": "phone"},
    "staff:worker-return": lambda world: {"pk": left(world).pk},
}
API_LISTS = {"staff-api:workers": "staff:workers"}
# What a report with a page in the catalogue counts.
COUNTED = {"reports.staffing": "staff:workers"}


def _of(row: Row, **data: Any) -> Fill:
    return about(OFFICE, row, plain(**data))


def _kept(row: Row, **data: Any) -> Fill:
    """What the page shows, sent back with what is new."""
    return about(OFFICE, row, lambda world: {"KEEP": True, **data})


def _entered(world: World) -> Sent:
    make_rules()
    return Sent(OFFICE, {
        "unit": str(world.tree.community.pk), "rank": "worker", "kind": "post", "name": "王芳", "party_role": "member",
        "id_number": make_id_number(serial=7), "education": "bachelor", "entered_on": today(),
    })  # fmt: skip


def _transferred(world: World) -> dict[str, Any]:
    return {"unit": str(world.tree.sister_community.pk), "rank": "deputy", "valid_from": today()}


def _colleague(world: World) -> dict[str, Any]:
    return {"stand_in": person(world).number}


def _account(world: World) -> dict[str, Any]:
    return {"user": str(make_user(Role.COMMUNITY_WORKER, world.tree.community).pk)}


def _reserves(world: World) -> dict[str, Any]:
    return {"first": person(world).number, "second": person(world).number}


def _seconded(world: World) -> dict[str, Any]:
    return {"unit": str(world.tree.sister_community.pk), "valid_from": today()}


FORMS: dict[str, Fill] = {
    "staff:worker-create": _entered,
    "staff:worker-change": _kept(person, phone="13900001111", kind="specialist"),
    "staff:worker-transfer": about(OFFICE, person, _transferred),
    "staff:worker-second": about(OFFICE, person, _seconded),
    "staff:worker-second-end": about(OFFICE, away, lambda world: {"last_day": today()}),
    "staff:worker-leave": about(OFFICE, person, lambda world: {"left_on": today(), "reason": "辞职"}),
    "staff:worker-return": about(OFFICE, left, lambda world: {
        "unit": str(world.tree.community.pk), "rank": "worker", "valid_from": today(),
    }),
    "staff:worker-education": _of(person, education="master", since="2026-06-30"),
    "staff:worker-certificate": _of(person, level="social_worker", issued_on="2026-06-30", expires_on="2029-06-30"),
    "staff:worker-file": about(OFFICE, secretary, lambda world: {"filed_on": today()}),
    "staff:worker-review": _of(person, year=str(timezone.localdate().year - 1), result="excellent", why="江组〔2026〕5号"),
    "staff:worker-stand-in": about(OFFICE, person, _colleague),
    "staff:worker-account": about(OFFICE, person, _account),
    "staff:certificate-renew": about(OFFICE, certificate, lambda world: {
        "expires_on": f"{timezone.localdate() + timedelta(days=900):%Y-%m-%d}",
    }),
    "staff:certificate-remove": _of(certificate, reason="登记有误"),
    "staff:post-reserves": about(OFFICE, post, _reserves),
    "staff:unit-residents": about(OFFICE, lambda world: world.tree.community, lambda world: {
        "number": "8200", "counted_on": today(), "source": "派出所",
    }),
}  # fmt: skip
