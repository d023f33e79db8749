"""Remembers what a step was done for, so that a second start skips it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path


def fingerprint(files: Iterable[Path]) -> str:
    """Of names, sizes and contents: a copy of the tree has other times but is the same."""
    digest = hashlib.sha256()
    for file in sorted(files):
        if file.is_file():
            digest.update(f"{file}\0{file.stat().st_size}\0".encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()


class Stamps:
    """One small file per step in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def current(self, step: str, value: str) -> bool:
        """Whether ``step`` was last done for ``value``."""
        file = self.folder / f"{step}.done"
        return file.is_file() and file.read_text() == value

    def done(self, step: str, value: str) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / f"{step}.done").write_text(value)

    def forget(self, step: str) -> None:
        (self.folder / f"{step}.done").unlink(missing_ok=True)
