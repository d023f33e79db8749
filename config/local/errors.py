"""The runner's own errors: a sentence for the person at the terminal, never a traceback."""

from __future__ import annotations


class LocalError(Exception):
    """Something the operator can act on. ``str()`` is one Chinese sentence."""


class Interrupted(Exception):
    """A signal asked the runner to stop while it was waiting for something."""

    def __init__(self, signum: int) -> None:
        super().__init__(signum)
        self.signum = signum

    @property
    def exit_code(self) -> int:
        """What a shell expects of a process that ended by this signal."""
        return 128 + self.signum
