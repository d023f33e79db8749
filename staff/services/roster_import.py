"""A unit's own roster, many people at once, and taking an import back."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q
from django.utils import timezone

from common import events as history
from common.errors import Conflict
from common.series import next_numbers
from grid.models import Unit
from staff import events, permissions
from staff.choices import GradeReason, WorkerState
from staff.models import (
    AnnualReview,
    Grade,
    Leave,
    PayAddition,
    PostReserve,
    Slip,
    StaffPost,
    StandIn,
    Worker,
    WorkerCertificate,
    WorkerPerson,
)
from staff.services.grades import grade_entered
from staff.services.roster import write_entry
from staff.services.workers import SERIES, number_of

PERSON_COLUMNS = ("name", "phone", "id_number", "birth_date", "bank_account")
HASH_COLUMNS = ("name_hash", "phone_hash", "id_hash")


def workers_import(*, rows: Sequence[tuple[int, Mapping[str, Any]]], actor: Any) -> list[int]:
    """Write checked rows inside the caller's transaction, each as an entry of its own; their keys, in order.

    ``rows`` are pairs of the row's number in the file and its values: a checked ``person``, its ``terms``,
    ``unit_id rank kind education party_role``, and ``certificate issued_on expires_on`` when there is one. Where the
    actor keeps the grades, all of them are given their first one together.
    """
    units = Unit.objects.in_bulk({values["unit_id"] for _, values in rows})
    entered = []
    for running, (row_number, values) in zip(next_numbers(SERIES, len(rows)), rows, strict=True):
        worker = Worker(
            number=number_of(running), unit=units[values["unit_id"]], rank=values["rank"], kind=values["kind"],
            education=values["education"], party_role=values["party_role"], request_key=uuid.uuid4(),
            **vars(values["terms"]),
        )  # fmt: skip
        write_entry(
            worker, values["person"], kind=events.WORKER_IMPORTED, actor=actor, data={"row": row_number},
            certificate=_certificate(values),
        )  # fmt: skip
        entered.append(worker)
    grade_entered(workers=entered, actor=actor)
    return [worker.pk for worker in entered]


def _certificate(values: Mapping[str, Any]) -> WorkerCertificate | None:
    if not values["certificate"]:
        return None
    return WorkerCertificate(
        level=values["certificate"], issued_on=values["issued_on"], expires_on=values["expires_on"]
    )


def workers_unimport(*, ids: Sequence[int], actor: Any) -> None:
    """Take imported workers back, all or none: erased, because numbers run without gaps (ADR 9).

    ``Conflict`` when one of them has been moved, graded anew, reviewed, paid, or is out of reach by now.
    """
    rows = Worker.objects.visible_to(actor, permissions.IMPORT).select_for_update(of=("self",)).filter(pk__in=ids)
    found = list(rows.annotate(_used=_has_rows()).order_by("pk"))
    posts = dict(StaffPost.objects.filter(worker__in=ids).order_by().values_list("worker").annotate(n=Count("pk")))
    touched = [row.number for row in found if row._used or row.state == WorkerState.LEFT or posts.get(row.pk) != 1]
    if touched or len(found) != len(ids):
        named = f"（{'、'.join(touched[:3])} 等）" if touched else "，或已不在您的管辖范围"
        raise Conflict(
            f"不能撤销：导入的人员中有 {len(touched) or len(ids) - len(found)} 人已有变动、考核或工资{named}。"
        )
    for model in (StaffPost, Grade, WorkerCertificate):
        model._default_manager.filter(worker__in=ids).delete()
    today = timezone.localdate()
    for row in found:
        row.state, row.left_on, row.user = WorkerState.LEFT, max(row.entered_on, today - timedelta(days=1)), None
        history.record(
            row, events.WORKER_IMPORT_UNDONE, actor=actor, fields=["state", "left_on", "user"]
        )  # fmt: skip
    WorkerPerson.objects.filter(worker__in=ids).update(
        **dict.fromkeys(PERSON_COLUMNS, ""), **dict.fromkeys(HASH_COLUMNS)
    )


def _has_rows() -> Q:
    """Whether anything hangs on a worker that taking back may not pass over."""
    tables: tuple[tuple[Any, str], ...] = (
        (Slip, "worker"), (PayAddition, "worker"), (AnnualReview, "worker"), (Leave, "worker"), (PostReserve, "worker"),
        (StandIn, "worker"), (StandIn, "stand_in"),
    )  # fmt: skip
    used = Q(Exists(Grade.objects.filter(worker=OuterRef("pk")).exclude(reason=GradeReason.INITIAL)))
    for model, path in tables:
        used |= Q(Exists(model._default_manager.filter(**{path: OuterRef("pk")})))
    return used
