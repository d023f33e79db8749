"""One world per module, as it was made for every test; files go to the test's own folder."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine

from tests.config.demo_support import rolled_back
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


@pytest.fixture(scope="module")
def _made(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    with django_db_blocker.unblock(), rolled_back():
        with time_machine.travel(MORNING):
            made = make_world()
        yield made


@pytest.fixture
def world(_made: World, db: Any) -> World:
    """What a test writes is undone by ``db``, what it changes of these objects is its own."""
    return copy.deepcopy(_made)
