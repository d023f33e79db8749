"""A web server of our own and a handful of clients that wait for each answer."""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from time import perf_counter

from config.local.ports import free_port

CLIENTS = 4
Request = tuple[str, str, bytes, Mapping[str, str]]  # method, path, body, headers


@dataclass(frozen=True)
class Load:
    """What the clients saw: answers per second, seconds per answer (median)."""

    rate: float
    seconds: float


def in_turns(*loads: Callable[[], Load], rounds: int) -> list[Load]:
    """The middle round of each: what else the machine does meets the ones and the others alike."""
    seen = [[load() for load in loads] for _ in range(rounds)]
    return [
        Load(median(one.rate for one in own), median(one.seconds for one in own)) for own in zip(*seen, strict=True)
    ]


@contextmanager
def server(application: str, **env: str) -> Iterator[int]:
    """gunicorn as the demo starts it; its port."""
    port = free_port()
    command = [
        sys.executable, "-m", "gunicorn", application, "--config", "config/gunicorn.py", "--bind", f"127.0.0.1:{port}",
        "--log-level", "error", "--workers", str(os.cpu_count() or 1),
    ]  # fmt: skip
    process = subprocess.Popen(command, env={**os.environ, **env}, stdout=subprocess.DEVNULL)
    try:
        _wait_open(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(20)


def _wait_open(port: int, process: subprocess.Popen[bytes]) -> None:
    pause = threading.Event()
    for _ in range(600):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
            connection.connect()
            connection.close()
            return
        except OSError:
            if process.poll() is not None:
                raise RuntimeError("the web server did not start") from None
            pause.wait(0.05)
    raise RuntimeError("the web server did not start in time")


def load(port: int, make: Callable[[], Request], *, requests: int, expect: int, clients: int = CLIENTS) -> Load:
    """Send ``requests`` requests from some clients; ``RuntimeError`` for any other status than ``expect``.

    Each on a connection of its own, so that whichever process is free takes it: four that stay open may all lie with
    one of two processes, and the other waits.
    """
    times: list[float] = []
    errors: list[str] = []
    lock = threading.Lock()
    left = iter(range(requests))

    def work() -> None:
        while True:
            with lock:
                if next(left, None) is None or errors:
                    return
            method, path, body, headers = make()
            start = perf_counter()
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            connection.request(method, path, body, {**headers, "Connection": "close"})
            answer = connection.getresponse()
            text = answer.read()
            connection.close()
            with lock:
                times.append(perf_counter() - start)
                if answer.status != expect:
                    errors.append(f"{path} answered {answer.status}: {text[:500]!r}")

    threads = [threading.Thread(target=work) for _ in range(clients)]
    start = perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = perf_counter() - start
    if errors:
        raise RuntimeError(errors[0])
    return Load(rate=len(times) / took, seconds=median(times))
