"""Loaded into a Celery worker with ``--include config.worker_hooks`` by whoever supervises it."""

from __future__ import annotations

import ctypes
import os
import signal
from pathlib import Path
from typing import Any

from celery.signals import worker_process_init, worker_ready

PR_SET_PDEATHSIG = 1


@worker_ready.connect
def say_ready(**kwargs: Any) -> None:
    """Write the process id to the file named by WORKER_READY_FILE: the worker takes messages now."""
    file = os.environ.get("WORKER_READY_FILE")
    if file:
        Path(file).write_text(f"{os.getpid()}\n")


@worker_process_init.connect
def die_with_worker(**kwargs: Any) -> None:
    """A pool process whose worker was killed must not go on with a task that another worker will take."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() == 1:
        os._exit(1)
