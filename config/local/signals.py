"""Signals taken synchronously, so that no handler runs between two lines of the runner.

The signals are blocked and fetched with ``sigtimedwait``: a second Ctrl-C while the services are being
stopped cannot cut the stop in half, and a dead child wakes the supervisor at once.
"""

from __future__ import annotations

import signal
import time
from dataclasses import dataclass

from .errors import Interrupted

STOPPING = frozenset({signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
WATCHED = STOPPING | {signal.SIGCHLD}
SENT_BY_TERMINAL = 0x80  # SI_KERNEL: Ctrl-C, which the whole foreground group receives


@dataclass(frozen=True)
class Received:
    """One signal. ``to_group``: the terminal sent it, so a child in our group has it already."""

    number: int
    to_group: bool


def block() -> None:
    """From now on the watched signals wait until :func:`wait` fetches them."""
    signal.pthread_sigmask(signal.SIG_BLOCK, WATCHED)


def unblock() -> None:
    """For a child between fork and exec: a blocked signal would stay blocked in the program."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, WATCHED)


def wait(seconds: float) -> Received | None:
    """The next watched signal, or None after ``seconds`` (or when a child changed its state)."""
    info = signal.sigtimedwait(WATCHED, max(0.0, seconds))
    if info is None or info.si_signo == signal.SIGCHLD:
        return None
    return Received(info.si_signo, info.si_code == SENT_BY_TERMINAL)


def pause(seconds: float) -> None:
    """Sleep at most ``seconds``. Raises :class:`Interrupted` when asked to stop."""
    received = wait(seconds)
    if received is not None:
        raise Interrupted(received.number)


def drain(seconds: float) -> None:
    """Sleep at most ``seconds`` and swallow further requests to stop: the stop is under way."""
    wait(seconds)


def deadline(seconds: float) -> float:
    """The monotonic time ``seconds`` from now."""
    return time.monotonic() + seconds
