"""One world per test; files go to the test's own folder."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from tests.contracts.world import World, make_world


@pytest.fixture(autouse=True)
def _private_files(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture(autouse=True)
def _in_the_morning() -> Iterator[None]:
    """A Wednesday at ten: what is due today, and how many queries a page makes, must not depend on the hour."""
    with time_machine.travel(datetime(2026, 11, 18, 10, tzinfo=timezone.get_default_timezone())):
        yield


@pytest.fixture
def world(db: Any) -> World:
    return make_world()
