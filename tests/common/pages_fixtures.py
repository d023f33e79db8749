"""The small site of ``pages_site`` in front of the real one."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.urls import clear_url_caches

TEMPLATES_DIR = Path(__file__).parent / "pages_templates"


@pytest.fixture
def site(settings) -> Iterator[None]:
    settings.ROOT_URLCONF = "tests.common.pages_site"
    templates = copy.deepcopy(settings.TEMPLATES)
    templates[0]["DIRS"] = [*templates[0]["DIRS"], TEMPLATES_DIR]
    settings.TEMPLATES = templates
    clear_url_caches()
    yield
    clear_url_caches()
