"""The web server's settings, for ``make demo`` and the production image alike (``gunicorn -c config/gunicorn.py``).

Address and number of processes are given by whoever starts it.
"""

import gc
import os
from typing import Any

wsgi_app = "config.wsgi"
worker_class = "gthread"
threads = 4  # a slow client or an upload must not hold up a whole process
preload_app = True  # code in memory once, and a process that died is back in milliseconds
timeout = 60  # seconds of silence after which a process is replaced
keepalive = 5  # seconds; longer than a browser's pause between page and assets
control_socket_disable = True  # its socket would be one for all sites of a user, and its path may be too long
if os.access("/dev/shm", os.W_OK | os.X_OK):  # noqa: S108
    worker_tmp_dir = "/dev/shm"  # noqa: S108  heartbeats must not wait for a busy disk


def when_ready(server: Any) -> None:
    """What is loaded before the processes part stays: the collector need not look at it again in each of them, and a
    page's objects are freed by their counts. Some 5 % of a request's time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
