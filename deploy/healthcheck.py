"""``healthcheck.py web|worker|beat`` inside a container: exit code 0 when that process does its work."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

BEAT_SILENCE_SECONDS = 600  # beat writes its file every three minutes


def web() -> bool:
    """``/healthz`` answers, asked under the site's own name: other names are refused."""
    host = os.environ["ALLOWED_HOSTS"].split(",")[0].strip()
    request = urllib.request.Request("http://127.0.0.1:8000/healthz", headers={"Host": host})
    with urllib.request.urlopen(request, timeout=5) as answer:
        return bool(answer.status == 200)


def worker() -> bool:
    """This container's worker answers a ping by way of the broker."""
    name = f"celery@{socket.gethostname()}"
    command = [sys.executable, "-m", "celery", "-A", "config.celery", "inspect", "ping", "--destination", name]
    return subprocess.run(command, stdout=subprocess.DEVNULL, timeout=18, check=False).returncode == 0


def beat() -> bool:
    """The schedule was written not long ago."""
    files = Path(os.environ["GRIDWORK_STATE"]).glob("beat-schedule*")
    return any(time.time() - file.stat().st_mtime < BEAT_SILENCE_SECONDS for file in files)


if __name__ == "__main__":
    sys.exit(0 if {"web": web, "worker": worker, "beat": beat}[sys.argv[1]]() else 1)
