"""Several calls at the same moment, each in a thread with a connection of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from django.db import connections

START_SECONDS, END_SECONDS = 20, 120


def together(*calls: Callable[[], Any]) -> list[Any]:
    """Run the calls at once; their results, or the exceptions they raised, in order."""
    results: list[Any] = [None] * len(calls)
    gate = threading.Barrier(len(calls))

    def run(position: int) -> None:
        try:
            gate.wait(START_SECONDS)
            results[position] = calls[position]()
        except Exception as error:
            results[position] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(position,)) for position in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(END_SECONDS)
    assert not any(thread.is_alive() for thread in threads)
    return results
