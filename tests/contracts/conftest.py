"""One world per test; files go to the test's own folder."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine

from tests.contracts.world import World, make_world

MORNING = datetime(2026, 11, 18, 10, tzinfo=ZoneInfo("Asia/Shanghai"))  # a Wednesday


@pytest.fixture(autouse=True)
def _a_working_morning() -> Iterator[None]:
    """The rows of the world stand on both sides of this moment, whatever day the tests run."""
    with time_machine.travel(MORNING):
        yield


@pytest.fixture(autouse=True)
def _private_files(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture
def world(db: Any) -> World:
    return make_world()
