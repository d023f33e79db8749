"""Keeps processes running and stops them together."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from . import signals
from .errors import LocalError
from .output import say, warn
from .process import Child

FIRST_DELAY = 0.5  # seconds before the first restart; doubles with each further one
LONGEST_DELAY = 30.0
STABLE_SECONDS = 60.0  # after which earlier failures are forgotten


@dataclass
class Service:
    """A process to keep running. ``is_ready`` tells when it does its work; ``stage`` 0 is stopped last."""

    name: str
    start: Callable[[], Child]
    is_ready: Callable[[], bool]
    stage: int
    ready_seconds: float = 60.0
    stop_seconds: float = 8.0
    child: Child | None = None
    failures: int = field(default=0, init=False)
    started_at: float = field(default=0.0, init=False)
    restart_at: float | None = field(default=None, init=False)
    recovering: bool = field(default=False, init=False)

    def launch(self) -> None:
        self.started_at = time.monotonic()
        self.restart_at = None
        self.child = self.start()


class Supervisor:
    """Starts services, restarts what dies (with a growing delay), stops all of them."""

    def __init__(self) -> None:
        self.services: list[Service] = []

    def add(self, services: Sequence[Service]) -> None:
        """Start them side by side and wait for each. Raises LocalError for one that does not come up."""
        for service in services:
            self.services.append(service)
            service.launch()
        for service in services:
            self._wait_ready(service)

    def _wait_ready(self, service: Service) -> None:
        end = time.monotonic() + service.ready_seconds
        while not service.is_ready():
            child = service.child
            assert child is not None
            if child.exit_code is not None:
                raise LocalError(f"{service.name}未能启动（退出码 {child.exit_code}）。{child.why()}")
            if time.monotonic() > end:
                raise LocalError(f"{service.name}在 {service.ready_seconds:.0f} 秒内没有就绪。{child.why()}")
            signals.pause(0.1)

    def watch(self) -> signals.Received:
        """Run until a signal asks to stop; that signal."""
        while True:
            received = signals.wait(self._next_look())
            if received is not None:
                return received
            for service in self.services:
                self._look_after(service)

    def _next_look(self) -> float:
        """Seconds until something is due; a death wakes us earlier."""
        due = [service.restart_at for service in self.services if service.restart_at is not None]
        if due:
            return min(0.5, max(0.0, min(due) - time.monotonic()))
        return 0.5 if any(service.recovering for service in self.services) else 5.0

    def _look_after(self, service: Service) -> None:
        now = time.monotonic()
        if service.restart_at is not None:
            if now >= service.restart_at:
                service.recovering = True
                service.launch()
            return
        assert service.child is not None
        if service.child.exit_code is not None:
            self._plan_restart(service, now)
        elif service.recovering and service.is_ready():
            service.recovering = False
            say(f"{service.name}已恢复。")

    def _plan_restart(self, service: Service, now: float) -> None:
        assert service.child is not None
        service.failures = 0 if now - service.started_at > STABLE_SECONDS else service.failures
        delay = min(LONGEST_DELAY, FIRST_DELAY * 2**service.failures)
        service.failures += 1
        service.restart_at = now + delay
        warn(
            f"{service.name}意外退出（退出码 {service.child.exit_code}），{delay:g} 秒后重新启动。日志：{service.child.log}"
        )
        service.child.stop(0)  # what is left of its group

    def stop(self) -> None:
        """Stop stage by stage, the highest first, the processes of a stage side by side."""
        for stage in sorted({service.stage for service in self.services}, reverse=True):
            self._stop_stage([service for service in self.services if service.stage == stage])
        self.services.clear()

    def _stop_stage(self, services: Sequence[Service]) -> None:
        running = [service for service in services if service.child is not None]
        for service in running:
            assert service.child is not None
            if service.child.exit_code is None:
                service.child.send(service.child.stop_signal)
        begun = time.monotonic()
        for service in running:
            assert service.child is not None
            service.child.finish(service.stop_seconds - (time.monotonic() - begun))
