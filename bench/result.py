"""A measured row, the printed table and the file that the README shows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

LATEST = Path(__file__).parent / "results" / "latest.json"
README = Path(__file__).parent.parent / "README.md"
MARKS = "<!-- bench -->", "<!-- /bench -->"


@dataclass(frozen=True)
class Row:
    """``value`` and ``limit`` in ``unit``; ``ratio`` = value ÷ limit must be ≤ ``bound``.

    With ``at_least`` the ratio must be ≥ ``bound`` (rates: more is better).
    """

    name: str
    value: float
    limit: float
    unit: str
    bound: float
    at_least: bool = False

    @property
    def ratio(self) -> float:
        return self.value / self.limit if self.limit else float("inf")

    @property
    def ok(self) -> bool:
        return self.ratio >= self.bound if self.at_least else self.ratio <= self.bound

    def as_dict(self) -> dict[str, Any]:
        numbers = {"value": round(self.value, 4), "limit": round(self.limit, 4), "ratio": round(self.ratio, 3)}
        return {**asdict(self), **numbers, "ok": self.ok}


def save(rows: Sequence[Row]) -> None:
    """Write the rows for the README and for whoever compares runs."""
    LATEST.parent.mkdir(exist_ok=True)
    LATEST.write_text(
        json.dumps([row.as_dict() for row in rows], ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
    )


def show(rows: Iterable[Row]) -> None:
    """Put the table into the README, between its marks."""
    before, rest = README.read_text(encoding="utf-8").split(MARKS[0])
    _, after = rest.split(MARKS[1])
    README.write_text(f"{before}{MARKS[0]}\n{table(rows)}\n{MARKS[1]}{after}", encoding="utf-8")


def load() -> list[Row]:
    """The rows of the latest run."""
    names = [field.name for field in fields(Row)]
    return [Row(**{name: row[name] for name in names}) for row in json.loads(LATEST.read_text(encoding="utf-8"))]


def table(rows: Iterable[Row]) -> str:
    """The rows as a Markdown table."""
    lines = ["| what | measured | compared with | unit | ratio | to reach | |", "|---|---:|---:|---|---:|---:|---|"]
    for row in rows:
        sign = "≥" if row.at_least else "≤"
        mark = "ok" if row.ok else "**missed**"
        lines.append(
            f"| {row.name} | {row.value:,.3g} | {row.limit:,.3g} | {row.unit} | {row.ratio:.2f} "
            f"| {sign} {row.bound:g} | {mark} |"
        )
    return "\n".join(lines)


def timed(function: Any, *, repeat: int = 5, warm: int = 1) -> float:
    """Median seconds of ``repeat`` calls after ``warm`` uncounted ones."""
    for _ in range(warm):
        function()
    times = []
    for _ in range(repeat):
        start = perf_counter()
        function()
        times.append(perf_counter() - start)
    return median(times)
