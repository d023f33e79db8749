"""Static files without what only a developer needs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.staticfiles.finders import FileSystemFinder

UNPUBLISHED = ("*.py", "*.mjs", "__pycache__", "README.md", "manifest.json")


class PublishedFilesFinder(FileSystemFinder):
    """``collectstatic`` leaves out the script and the records of ``static/vendor``; licences are published."""

    def list(self, ignore_patterns: Iterable[str] | None) -> Any:
        return super().list([*(ignore_patterns or ()), *UNPUBLISHED])
