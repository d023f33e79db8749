"""One runner at a time in a state folder."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from types import TracebackType

from .errors import LocalError


class Lock:
    """A file that names its holder's process id.

    The kernel's lock decides, and it ends with its process: an id that a power cut left in the file is stale even
    when another process has that id by now. ``was_stale`` tells that one was found.
    """

    def __init__(self, file: Path, busy: str) -> None:
        self.file = file
        self.busy = busy
        self.was_stale = False
        self._handle: int | None = None

    def __enter__(self) -> Lock:
        """Raises LocalError with the sentence ``busy`` (``{pid}`` filled in) when somebody holds it."""
        handle = os.open(self.file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            raise LocalError(self.busy.format(pid=holder(self.file) or "?")) from None
        self.was_stale = bool(os.read(handle, 32).strip())
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        self._handle = handle
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._handle is not None:
            os.ftruncate(self._handle, 0)  # the file stays: removing it could split two waiters
            os.close(self._handle)
            self._handle = None


def holder(file: Path) -> int | None:
    """The process that holds the lock now, or None."""
    try:
        with file.open() as handle:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return None
    except BlockingIOError:
        text = file.read_text().strip()
        return int(text) if text.isdigit() else None
    return None
