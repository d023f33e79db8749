"""Errors whose text is meant for the person at the screen.

Pages show it as a message, the API as ``detail``; the status is the one named here. Nothing else
may reach a person: any other exception is a defect and shows the request id only.
"""

from __future__ import annotations

from collections.abc import Sequence


class PlainError(Exception):
    """A clear Chinese sentence that says what happened and what to do."""

    status = 400
    code = "invalid"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Refused(PlainError):
    """The actor may not do this (inside the scope, without the permission)."""

    status = 403
    code = "permission_denied"


class Conflict(PlainError):
    """The row has moved on since the person looked at it, or somebody else is changing it now."""

    status = 409
    code = "conflict"


class Invalid(PlainError):
    """The input breaks a rule. ``field`` names the input, so that a form can show it in place.

    ``each``: when more than one thing is wrong, every one as a sentence of its own; a form lists them.
    """

    def __init__(self, message: str, field: str | None = None, *, each: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.field = field
        self.each = tuple(each)
