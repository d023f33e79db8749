"""What an app says about one kind of import."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from common.imports.values import CellError, text

__all__ = ["CellError", "ImportColumn", "ImportContext", "ImportRow", "ImportSpec"]

Parse = Callable[[Any], Any]


@dataclass(frozen=True)
class ImportColumn:
    """One column that a file may have.

    ``parse(cell)`` turns a cell that is not empty into a value or raises :class:`CellError`; see
    ``common.imports.values``. ``aliases`` are other headings it is recognised by. ``default`` is the
    value of an empty cell. ``choices`` are offered in the template's cells.
    """

    name: str
    label: str
    required: bool = False
    parse: Parse = text
    aliases: tuple[str, ...] = ()
    example: str = ""
    help: str = ""
    default: Any = None
    choices: tuple[str, ...] = ()
    width: int = 18


@dataclass
class ImportRow:
    """One row: ``values`` by column name, ``cells`` as they stand in the file, faults found in it."""

    number: int
    cells: list[Any]
    values: dict[str, Any] = field(default_factory=dict)
    errors: list[tuple[str, str]] = field(default_factory=list)
    key: bytes = b""

    def error(self, message: str, column: str = "") -> None:
        """Reject the row: a Chinese sentence, and the name of the column it is about."""
        self.errors.append((column, message))

    @property
    def is_valid(self) -> bool:
        return not self.errors


@dataclass
class ImportContext:
    """Who imports which columns. ``data`` is the spec's own: look-ups made once for all rows."""

    actor: Any
    columns: frozenset[str]
    commit: bool
    data: dict[str, Any] = field(default_factory=dict)


class ImportSpec:
    """Base of all imports; subclasses are registered with :func:`common.imports.register`."""

    key: ClassVar[str]
    label: ClassVar[str]
    permission: ClassVar[str]
    columns: ClassVar[tuple[ImportColumn, ...]]
    help: ClassVar[str] = ""
    undoable: ClassVar[bool] = False
    done_url_name: ClassVar[str] = ""

    def prepare(self, context: ImportContext) -> None:
        """Read what all rows need (units, categories …) once, into ``context.data``."""

    def validate(self, row: ImportRow, context: ImportContext) -> None:
        """Check one parsed row: change ``row.values``, call ``row.error``. No queries here."""

    def validate_many(self, rows: Sequence[ImportRow], context: ImportContext) -> None:
        """Check some thousand valid rows together: the place for queries."""

    def row_key(self, values: dict[str, Any]) -> str:
        """What makes the row itself, to know it again: its number in another system, else all it says."""
        return "\x1f".join(f"{name}={values[name]}" for name in sorted(values) if values[name] not in (None, ""))

    def commit(self, rows: Sequence[ImportRow], context: ImportContext) -> Iterable[int | None]:
        """Write some thousand rows inside the import's transaction; the key of each one's object, in order."""
        raise NotImplementedError

    def undo(self, object_ids: Sequence[int], actor: Any) -> None:
        """Take back some thousand objects; raise ``PlainError`` when one of them has moved on since."""
        raise NotImplementedError
