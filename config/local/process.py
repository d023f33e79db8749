"""Child processes that cannot outlive the runner."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from . import signals
from .errors import LocalError

PR_SET_PDEATHSIG = 1
LONGEST_LINE = 500  # characters of a log line in an error message
_libc = ctypes.CDLL(None, use_errno=True)


def die_with_parent(signum: int, parent: int) -> None:
    """Ask the kernel to send ``signum`` to this process when the runner (``parent``) is gone.

    Called between fork and exec and after any change of user, because such a change clears the request.
    """
    _libc.prctl(PR_SET_PDEATHSIG, signum, 0, 0, 0)
    if os.getppid() != parent:  # the runner died before the request was made
        os._exit(1)


def follow_parent() -> None:
    """Stop as after SIGTERM when the calling program (make) is killed."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


class Child:
    """One running program.

    ``stop_signal`` asks it to end; ``death_signal`` is what the kernel sends it should the runner be killed.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        env: Mapping[str, str],
        log: Path | None = None,
        cwd: Path | None = None,
        own_group: bool = True,
        stop_signal: int = signal.SIGTERM,
        death_signal: int | None = None,
        become: Callable[[], None] | None = None,
    ) -> None:
        self.name = name
        self.log = log
        self.stop_signal = stop_signal
        self.own_group = own_group
        self._finished = False
        self.popen = _spawn(command, env, log, cwd, own_group, death_signal or stop_signal, become)

    @property
    def pid(self) -> int:
        return self.popen.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs; as a shell would report it afterwards."""
        code = self.popen.poll()
        if code is None or code >= 0:
            return code
        return 128 - code

    def send(self, signum: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.popen.send_signal(signum)

    def stop(self, seconds: float) -> None:
        """Ask it to end, wait up to ``seconds``, then kill it and what is left of its group."""
        if self.popen.poll() is None:
            self.send(self.stop_signal)
        self.finish(seconds)

    def finish(self, seconds: float) -> None:
        """Wait up to ``seconds`` for its end, then kill it and what is left of its group."""
        if self._finished:
            return  # by now its number may be another process's
        self._wait(seconds)
        if self.popen.poll() is None:
            self.send(signal.SIGKILL)
            self.popen.wait()
        self._finished = True
        if self.own_group:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)

    def _wait(self, seconds: float) -> None:
        end = signals.deadline(seconds)
        while self.popen.poll() is None and time.monotonic() < end:
            signals.drain(0.1)

    def why(self) -> str:
        """The reason for its end, as far as its log tells, for an error message."""
        tail = self.tail()
        return _full_disk(tail) or f"日志 {self.log} 的末尾：\n{tail}"

    def tail(self, lines: int = 12) -> str:
        """The last lines of its log, for an error message."""
        if self.log is None or not self.log.exists():
            return ""
        return "\n".join(map(_shortened, self.log.read_text("utf-8", "replace").splitlines()[-lines:]))


FULL_DISK = ("No space left on device", "Disk quota exceeded")


def _full_disk(text: str) -> str:
    return "磁盘已满，请腾出空间后重试。" if any(sign in text for sign in FULL_DISK) else ""


def _shortened(line: str) -> str:
    """A line of JSON may hold a whole traceback: its beginning says what, its end why."""
    return line if len(line) <= LONGEST_LINE else f"{line[:100]} … {line[100 - LONGEST_LINE :]}"


def _spawn(
    command: Sequence[str | Path],
    env: Mapping[str, str],
    log: Path | None,
    cwd: Path | None,
    own_group: bool,
    death_signal: int,
    become: Callable[[], None] | None,
) -> subprocess.Popen[bytes]:
    parent = os.getpid()

    def before_exec() -> None:
        if become is not None:
            become()
        die_with_parent(death_signal, parent)
        signals.unblock()

    with contextlib.ExitStack() as stack:
        output = stack.enter_context(log.open("ab")) if log is not None else None
        try:
            return subprocess.Popen(
                [os.fspath(part) for part in command],
                env=dict(env),
                cwd=cwd,
                stdin=subprocess.DEVNULL if output else None,
                stdout=output,
                stderr=subprocess.STDOUT if output else None,
                start_new_session=own_group,
                preexec_fn=before_exec,
            )
        except FileNotFoundError:
            raise LocalError(f"找不到程序“{command[0]}”，无法启动。") from None
        except PermissionError:
            raise LocalError(f"没有权限运行“{command[0]}”。") from None


def run_quietly(
    command: Sequence[str | Path], *, env: Mapping[str, str], become: Callable[[], None] | None = None, what: str
) -> None:
    """Run a short program to its end. Raises LocalError with its last output when it fails."""
    parent = os.getpid()

    def before_exec() -> None:
        if become is not None:
            become()
        die_with_parent(signal.SIGKILL, parent)

    done = subprocess.run(
        [os.fspath(part) for part in command],
        env=dict(env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        preexec_fn=before_exec,
        start_new_session=True,
        check=False,
    )
    if done.returncode != 0:
        output = done.stdout.decode("utf-8", "replace")
        raise LocalError(f"{what}失败。{_full_disk(output) or chr(10).join(output.splitlines()[-8:])}")
