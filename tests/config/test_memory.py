"""What a process does not load before it is needed: tables and libraries that most of them never use."""

from __future__ import annotations

import subprocess
import sys

from django.conf import settings

SELDOM = {
    "pypinyin": "55 MB of tables, to name a unit",
    "xlsxwriter": "to write an official workbook or a template",
    "rustpy_xlsxwriter": "to write a long workbook",
    "python_calamine": "to read a workbook, in a process of its own",
    "puremagic": "to check an upload",
    "chinese_calendar": "to fill the table of holidays",
}
SITE = """
import sys
import config.wsgi
from django.urls import get_resolver
from django.utils.module_loading import autodiscover_modules
get_resolver().url_patterns  # pages and API
autodiscover_modules("tasks")  # worker and beat
print(*sorted(sys.modules))
"""


def test_web_worker_and_beat_start_without_what_they_seldom_need():
    done = subprocess.run(
        [sys.executable, "-c", SITE], cwd=settings.BASE_DIR, capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert {"petitions.views.lists", "common.tasks", "common.imports.views"} <= loaded
    assert loaded & set(SELDOM) == set()
