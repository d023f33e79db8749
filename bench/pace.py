"""How fast this machine is beside the one on which a peer was measured, for targets that are given in time.

A target of 25 ms says nothing by itself on a machine of another speed. The peer (Signalen, see
``docs/performance.md``) was measured beside a bare Django view: the same view is measured here, in the same run,
and the peer's targets are stretched, or shortened, by what it shows.
"""

from __future__ import annotations

from functools import cache, partial
from statistics import median

from bench.http import load, server
from bench.result import Row

PEER_VIEW = 2_580.0  # answers per second of a bare view, 2 cores, gunicorn with 2 workers, 4 clients
REQUESTS = 3_000
ROUNDS = 5


@cache
def bare_view() -> float:
    """Answers per second of a view that does nothing, to the four clients that send everything else here."""
    with server("bench.bare", DJANGO_SETTINGS_MODULE="bench.bare_settings") as port:
        send = partial(load, port, lambda: ("GET", "/nothing", b"", {}), requests=REQUESTS, expect=200)
        send()
        return median(send().rate for _ in range(ROUNDS))


def pace() -> float:
    """Speed of this machine; 1 is the peer's, 0.5 half of it."""
    return bare_view() / PEER_VIEW


def time_here(target: float) -> float:
    """What a target in seconds or milliseconds on the peer's machine is on this one."""
    return target / pace()


def rate_here(target: float) -> float:
    """What a target in events per second on the peer's machine is on this one."""
    return target * pace()


def row() -> Row:
    """The pace itself, for whoever reads the table: nothing to reach."""
    name = "pace of this machine: a bare Django view, 4 clients; compared: on the peer's machine"
    return Row(name, bare_view(), PEER_VIEW, "1/s", 0.0, at_least=True)
