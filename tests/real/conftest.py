"""Real petition text. It has no clear licence, so it lies beside the repository and not in it."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.petitions.conftest import desk  # noqa: F401 (the same desk)

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "petitions"


@pytest.fixture(scope="session")
def real_data() -> Path:
    if not DATA.is_dir():
        pytest.skip("the real petition texts (../shared/data/petitions) are not here")
    return DATA


def rows_of(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as content:
        return list(csv.DictReader(content))
