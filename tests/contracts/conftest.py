"""One world per test; files go to the test's own folder."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contracts.world import World, make_world


@pytest.fixture(autouse=True)
def _private_files(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture
def world(db: Any) -> World:
    return make_world()
