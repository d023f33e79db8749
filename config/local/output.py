"""What the runner says on the terminal."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Sequence


def say(sentence: str) -> None:
    print(sentence, flush=True)


def warn(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns aligned on a terminal, where a Chinese character is two cells wide."""
    widths = [max(_cells(row[column]) for row in (headings, *rows)) for column in range(len(headings))]
    lines = [_line(headings, widths), "  ".join("─" * width for width in widths)]
    return "\n".join([*lines, *(_line(row, widths) for row in rows)])


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(text + " " * (width - _cells(text)) for text, width in zip(row, widths, strict=True)).rstrip()


def _cells(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
