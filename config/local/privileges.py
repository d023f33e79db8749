"""PostgreSQL refuses to run as root or as a user without a name: two ways to start it all the same.

1. A user namespace in which we appear as ``nobody``. Files stay ours, nothing else changes.
2. Where the system forbids namespaces (most containers): the user ``nobody`` for real, with the one
   capability that lets it reach a data folder below a private home.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import pwd
from collections.abc import Callable
from pathlib import Path

from .errors import LocalError

NOBODY = 65534
CLONE_NEWUSER = 0x10000000
PR_SET_KEEPCAPS, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE = 8, 47, 2
CAP_DAC_OVERRIDE = 1
_CAPABILITY_VERSION_3 = 0x20080522
_libc = ctypes.CDLL(None, use_errno=True)

Become = Callable[[], None]


class _CapHeader(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]


class _CapData(ctypes.Structure):
    _fields_ = [("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32), ("inheritable", ctypes.c_uint32)]


def enter_namespace() -> None:
    """Become ``nobody`` inside a new user namespace (raises OSError where those are forbidden)."""
    user, group = os.geteuid(), os.getegid()
    if _libc.unshare(CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    for name, content in (("uid_map", f"{NOBODY} {user} 1"), ("setgroups", "deny"), ("gid_map", f"{NOBODY} {group} 1")):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(content)


def become_nobody() -> None:
    """Change to the user ``nobody`` but keep the right to pass private folders."""
    _check(_libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0))
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)
    mask = 1 << CAP_DAC_OVERRIDE
    data = (_CapData * 2)(_CapData(mask, mask, mask), _CapData(0, 0, 0))
    _check(_libc.capset(ctypes.byref(_CapHeader(_CAPABILITY_VERSION_3, 0)), ctypes.byref(data)))
    _check(_libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_OVERRIDE, 0, 0))


def _check(result: int) -> None:
    if result != 0:
        raise OSError(ctypes.get_errno(), "prctl/capset")


def fit_for_postgres(program: Path, folder: Path) -> tuple[Become | None, int]:
    """How to run ``program`` as a user PostgreSQL accepts, and the uid that must own ``folder``.

    Raises LocalError when no way works here.
    """
    user = os.geteuid()
    if user != 0 and _has_name(user):
        return None, user
    if _works(enter_namespace, program, folder):
        return enter_namespace, user
    if user == 0 and _works(become_nobody, program, folder):
        return become_nobody, NOBODY
    who = "root" if user == 0 else f"没有登记的用户（编号 {user}）"
    raise LocalError(
        f"PostgreSQL 不能以{who}身份运行，而本机既不允许用户命名空间，也不允许切换用户。"
        "请改用普通用户运行，或用 DATABASE_URL 指定数据库。"
    )


def _has_name(user: int) -> bool:
    try:
        pwd.getpwuid(user)
    except KeyError:
        return False
    return True


def _works(become: Become, program: Path, folder: Path) -> bool:
    """Whether a child that calls ``become`` may still run ``program`` and write in ``folder``."""
    pid = os.fork()
    if pid == 0:
        code = 1
        with contextlib.suppress(BaseException):
            become()
            code = 0 if _reaches(program, folder) else 1
        os._exit(code)
    return os.waitpid(pid, 0)[1] == 0


def _reaches(program: Path, folder: Path) -> bool:
    probe = folder / f".probe-{os.getpid()}"
    probe.touch()
    probe.unlink()
    return os.access(program, os.X_OK, effective_ids=True)


def give_to(uid: int, folder: Path) -> None:
    """Make ``uid`` the owner of a whole data folder, e.g. after a start under another way."""
    if os.geteuid() != 0 or folder.stat().st_uid == uid:
        return
    for root, folders, files in os.walk(folder):
        for name in (*folders, *files):
            os.chown(os.path.join(root, name), uid, uid, follow_symlinks=False)
    os.chown(folder, uid, uid)  # last: it says that the rest is done
