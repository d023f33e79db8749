"""Model fields of the kit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldError
from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models.lookups import Exact, IsNull, Lookup

from common import crypto


class EncryptedTextField(models.TextField):
    """Personal text, encrypted at rest (PIPL art. 51).

    ``purpose`` and ``retention`` say in Chinese why it is kept and for how long (PIPL arts. 6, 17,
    19); they are shown to people and may be reworded at any time. ``hash_field`` names a column of the
    same row that holds :func:`common.crypto.lookup_hash` of the value for ``hash_purpose``, so that a
    change of keys renews it too. A value is bound to ``place``, by default ``app.model.column``; give
    the old one when a model or column is renamed.

    NULL (never asked) and ``""`` (nothing said) are stored as they are. The column cannot be searched:
    only ``isnull`` and ``exact=""`` are allowed.
    """

    description = "personal text, encrypted"

    def __init__(
        self,
        *args: Any,
        purpose: str,
        retention: str,
        place: str = "",
        hash_field: str = "",
        hash_purpose: str = "",
        **kwargs: Any,
    ) -> None:
        self.purpose = purpose
        self.retention = retention
        self.fixed_place = place
        self.hash_field = hash_field
        self.hash_purpose = hash_purpose
        super().__init__(*args, **kwargs)
        if self.max_length is not None:
            self.validators.append(MaxLengthValidator(self.max_length))

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        kwargs.update(purpose=self.purpose, retention=self.retention)
        for key in ("hash_field", "hash_purpose"):
            if getattr(self, key):
                kwargs[key] = getattr(self, key)
        if self.fixed_place:
            kwargs["place"] = self.fixed_place
        return name, path, args, kwargs

    @property
    def place(self) -> str:
        return self.fixed_place or f"{self.model._meta.label_lower}.{self.name}"

    def get_prep_value(self, value: Any) -> str | None:
        value = super().get_prep_value(value)
        return crypto.seal(value, self.place) if value else value

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        return crypto.unseal(value, self.place) if value else value

    def get_lookup(self, lookup_name: str) -> type[Lookup] | None:
        lookup = _LOOKUPS.get(lookup_name)
        if lookup is None:
            raise FieldError(f"{self} is encrypted: look it up by its hash, not with {lookup_name!r}")
        return lookup


class EncryptedIsNull(IsNull):
    """``isnull`` reads no value."""


class ExactlyEmpty(Exact):
    """``exact=""``: the only value that is stored as it is."""

    def get_prep_lookup(self) -> Any:
        if self.rhs not in ("", None):
            raise FieldError("an encrypted column cannot be compared with a value: use its hash")
        return self.rhs


class SealedByOldKey(Lookup):
    """``field__old_key=True``: values that the first key of the ring did not encrypt."""

    lookup_name = "old_key"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        if self.rhs is not True:
            raise FieldError("old_key only knows True")
        column, params = self.process_lhs(compiler, connection)
        return f"({column} <> '' AND NOT starts_with({column}, %s))", (*params, *params, crypto.current_prefix())


_LOOKUPS: dict[str, type[Lookup]] = {"isnull": EncryptedIsNull, "exact": ExactlyEmpty, "old_key": SealedByOldKey}


def personal_fields() -> Iterator[EncryptedTextField]:
    """All personal fields of the product, for the key rotation and the page that declares them."""
    for model in apps.get_models():
        for field in model._meta.local_fields:
            if isinstance(field, EncryptedTextField):
                yield field
