"""Django's PostgreSQL backend, except for how it finds out whether a kept connection still stands."""

from __future__ import annotations

import select

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    """With ``CONN_HEALTH_CHECKS`` Django asks ``SELECT 1`` before the first statement of every request.

    A server that ended has closed its side of the connection, and so has one that ended the session; that shows at the
    socket, without a round trip. When anything is waiting there, Django's own question decides. One that vanished
    without a word shows there too, as soon as the kernel has given it up (keep-alives: ``config.env.database``).
    """

    def is_usable(self) -> bool:
        if self.connection is None or self.connection.closed:
            return False
        if self._something_waits():
            return super().is_usable()
        return True

    def _something_waits(self) -> bool:
        waiting = select.poll()
        waiting.register(self.connection.fileno(), select.POLLIN | select.POLLPRI)
        return bool(waiting.poll(0))
