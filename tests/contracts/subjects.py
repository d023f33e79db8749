"""For every address about a row: which row, here and at a neighbour's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from common import jobs
from common.models import Job
from petitions.models import Attachment, Petition
from petitions.services.attachments import petition_attach
from tests.contracts import staff, test_jobs, volunteers
from tests.contracts.addresses import ADDRESSES
from tests.contracts.rows import ROWS
from tests.contracts.world import World

PICTURE = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00" + bytes(200) + b"\xff\xd9"


def _attachment(world: World, here: bool) -> Attachment:
    ticket = world.petition(here)
    file = SimpleUploadedFile("现场.jpg", PICTURE)
    petition_attach(petition=ticket, actor=world.user("community_worker", here), files=[file])
    return ticket.attachments.get()


def _ticket(world: World, here: bool) -> Petition:
    """A ticket with people, helpers and a history."""
    return world.petition(here, upto="replied")


# One row of each model that addresses are about.
OF_MODEL: dict[str, Callable[[World, bool], Any]] = {
    "Petition": _ticket,
    "Attachment": _attachment,
    "SupervisionCard": ROWS["petitions:cards"].make,
    "Category": lambda world, here: world.category,
    "Unit": lambda world, here: world.community(here),
    "Department": lambda world, here: world.tree.housing,
    "PostHolding": ROWS["grid:posts"].make,
    "PartyOrganisation": ROWS["partyorgs:organisations"].make,
    "User": ROWS["accounts:users"].make,
    "Job": ROWS["common:jobs"].make,
    "ImportBatch": ROWS["imports:list"].make,
    **volunteers.OF_MODEL,
    **staff.OF_MODEL,
}
# Views that name no model, or list another's rows: the model of the row their address is about.
MODEL_OF = {
    "grid:branch": "Unit", "grid:households": "Unit", "partyorgs:branch": "PartyOrganisation",
    "grid-api:unit": "Unit", "grid-api:children": "Unit", "grid-api:department": "Department",
    "partyorgs-api:organisation": "PartyOrganisation", "partyorgs-api:children": "PartyOrganisation",
    "petitions-api-attachment": "Attachment",
    **volunteers.MODEL_OF,
    **staff.MODEL_OF,
}  # fmt: skip


def _finished_run(world: World) -> Job:
    job = test_jobs.JOBS["reports.run"].queue(world)
    jobs.execute(jobs.claim(job.pk))
    return job


def _finished_export(world: World) -> Job:
    job = test_jobs.JOBS["reporting.export"].queue(world)
    jobs.execute(jobs.claim(job.pk))
    return job


def _doors(world: World) -> dict[str, Any]:
    return {"pk": world.tree.group.pk}


# Addresses whose row must be in a certain state, or that are about more than one row.
SPECIAL: dict[str, Callable[[World], dict[str, Any]]] = {
    "reports:result": lambda world: {"pk": _finished_run(world).pk},
    "reports:file": lambda world: {"pk": _finished_run(world).pk, "file_format": "xlsx"},
    "reports:report": lambda world: {"key": "reports.monthly"},
    "common:job-file": lambda world: {"pk": _finished_export(world).pk},
    "imports:upload": lambda world: {"spec": "petitions.tickets"},
    "imports:template": lambda world: {"spec": "petitions.tickets"},
    "accounts:role-end": lambda world: _role_of(ROWS["accounts:users"].make(world, True)),
    "accounts:rule": lambda world: {"key": "limits"},
    "accounts:rule-edit": lambda world: {"key": "limits"},
    "grid:doors-add": _doors,
    "petitions:registered": lambda world: {"pk": world.petition().pk},
    "petitions:reveal": lambda world: {"pk": world.petition().pk, "field": "phone"},
    "petitions:act": lambda world: {"pk": world.petition().pk, "action": "accept"},
    **volunteers.SPECIAL,
    **staff.SPECIAL,
}


def _role_of(user: Any) -> dict[str, Any]:
    return {"pk": user.pk, "assignment": user.assignments.get().pk}


def model_of(name: str) -> str:
    if name in MODEL_OF:
        return MODEL_OF[name]
    if name.startswith("petitions-api-"):
        return "Petition"
    return ADDRESSES[name].view.model.__name__


def visitor_of(name: str, world: World) -> Client:
    """Whoever opens an address that needs no account."""
    return volunteers.visitor(name, world) or Client()


def kwargs_of(name: str, world: World, here: bool = True) -> dict[str, Any]:
    """Keywords of an address about a row of the reader's, or of a neighbour's."""
    if here and name in SPECIAL:
        return SPECIAL[name](world)
    if "pk" not in ADDRESSES[name].pattern:
        return {}
    return {"pk": OF_MODEL[model_of(name)](world, here).pk}
