"""A site of its own for each module, and clients that never stop."""

from __future__ import annotations

import random
import threading
import uuid
from collections.abc import Iterator

import pytest

from tests.running_site import Site, wait_until


class Clients:
    """People who register tickets without pause, and repeat a request that was not answered."""

    def __init__(self, site: Site, count: int = 2) -> None:
        self.site = site
        self.stopped = threading.Event()
        self.sent: dict[str, str] = {}  # text → number as answered
        self.threads = [threading.Thread(target=self._work, args=(n,), daemon=True) for n in range(count)]

    def _work(self, client: int) -> None:
        done = 0
        while not self.stopped.is_set():
            text, key = f"第{client}号窗口第{done}件：楼道灯坏了 {uuid.uuid4().hex}", str(uuid.uuid4())
            number = self.site.register(text, key)
            while number is None:
                self.stopped.wait(0.2)
                number = self.site.register(text, key)
            self.sent[text] = number
            done += 1

    def __enter__(self) -> Clients:
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stopped.set()
        for thread in self.threads:
            thread.join(30)

    def wait_for(self, more: int) -> None:
        """Until so many more tickets were answered."""
        target = len(self.sent) + more
        wait_until(lambda: len(self.sent) >= target, f"{more} more tickets")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    running = Site(tmp_path_factory.mktemp("site"))
    try:
        running.start()
        yield running
    finally:
        running.stop()


@pytest.fixture
def moments() -> random.Random:
    """When to kill: different in every run of the same seed's test, but repeatable by it."""
    return random.Random(20261121)
