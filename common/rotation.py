"""Moving personal values to the current key, in small transactions that can be repeated."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import reduce
from operator import or_

from django.db import models, transaction
from django.db.models import Q, QuerySet

from common.crypto import lookup_hash
from common.fields import EncryptedTextField, personal_fields


def _by_model() -> dict[type[models.Model], list[EncryptedTextField]]:
    found: dict[type[models.Model], list[EncryptedTextField]] = defaultdict(list)
    for field in personal_fields():
        found[field.model].append(field)
    return found


def _old_rows(model: type[models.Model], fields: list[EncryptedTextField]) -> QuerySet:
    return model._base_manager.filter(reduce(or_, (Q(**{f"{field.name}__old_key": True}) for field in fields)))


def outdated() -> Iterator[QuerySet]:
    """For each model with personal fields the rows that hold a value under an older key."""
    for model, fields in _by_model().items():
        yield _old_rows(model, fields)


def rotate(batch: int = 500) -> Iterator[int]:
    """Renew ``batch`` rows a transaction until none is left; yields how many each one renewed.

    Rows are locked while they are renewed, so a simultaneous change is neither lost nor overwritten.
    """
    for model, fields in _by_model().items():
        while count := _renew(_old_rows(model, fields), fields, batch):
            yield count


@transaction.atomic
def _renew(rows: QuerySet, fields: list[EncryptedTextField], batch: int) -> int:
    names = [field.name for field in fields] + [field.hash_field for field in fields if field.hash_field]
    locked = list(rows.select_for_update(of=("self",)).order_by("pk").only("pk", *names)[:batch])
    for row in locked:
        for field in fields:
            if field.hash_field:
                value = getattr(row, field.name)
                setattr(row, field.hash_field, lookup_hash(value, field.hash_purpose) if value else None)
    rows.model._base_manager.bulk_update(locked, names)
    return len(locked)
