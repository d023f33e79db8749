"""The benchmarks' own arithmetic, and that the README shows the run that is kept."""

from __future__ import annotations

import pytest

from bench import result
from bench.result import Row


@pytest.mark.parametrize(
    ("row", "ratio", "ok"),
    [
        (Row("time", 3.0, 2.0, "s", 1.5), 1.5, True),
        (Row("time", 3.1, 2.0, "s", 1.5), 1.55, False),
        (Row("rate", 250.0, 200.0, "1/s", 1.0, at_least=True), 1.25, True),
        (Row("rate", 190.0, 200.0, "1/s", 1.0, at_least=True), 0.95, False),
        (Row("no limit", 1.0, 0.0, "s", 1.0), float("inf"), False),
    ],
)
def test_a_row_is_judged_by_its_ratio(row, ratio, ok):
    assert row.ratio == pytest.approx(ratio)
    assert row.ok is ok


def test_the_readme_shows_the_latest_run():
    shown = result.README.read_text(encoding="utf-8").split(result.MARKS[0])[1].split(result.MARKS[1])[0].strip()
    assert shown == result.table(result.load())
