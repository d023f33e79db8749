"""Creates ``.venv`` and installs exactly what the lock files name.

Runs with the system's Python, so it needs nothing but the standard library.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from .errors import LocalError
from .lock import Lock
from .output import say
from .paths import LOCAL, ROOT, VENV, VENV_PYTHON

OLDEST_PYTHON = (3, 11)
NEEDED_BYTES = 1024 * 1024 * 1024
RUNTIME_LOCK = ROOT / "requirements.lock"
DEV_LOCK = ROOT / "requirements-dev.lock"
# For every Python from 3.11.0 on: what only an early one needs (Debian 12 has 3.11.2) is in the lock, with its condition.
LOWEST = ("--universal", "--python-version", "3.11.0")


def install(*, dev: bool) -> int:
    """Make ``.venv`` fit the lock file; does nothing when it does. Raises LocalError with one sentence."""
    if sys.version_info < OLDEST_PYTHON:
        raise LocalError(
            f"需要 Python {OLDEST_PYTHON[0]}.{OLDEST_PYTHON[1]} 或更新的版本，现为 {sys.version.split()[0]}。"
        )
    wanted = DEV_LOCK if dev else RUNTIME_LOCK
    if _is_installed(wanted):
        return 0
    LOCAL.mkdir(exist_ok=True)
    with Lock(LOCAL / "setup.lock", "另一个进程（{pid}）正在安装依赖，请等它完成后重试。"):
        _make_venv()
        _install(wanted)
        _stamp(wanted).write_text(_digest(wanted))
    return 0


def lock() -> int:
    """Resolve the pinned direct packages into the lock files, with a hash of every file. Raises LocalError."""
    uv = shutil.which("uv") or str(VENV / "bin" / "uv")
    if not Path(uv).exists():
        _quietly([str(VENV_PYTHON), "-m", "pip", "install", "--quiet", "uv"])
    for wanted in (RUNTIME_LOCK, DEV_LOCK):
        say(f"正在生成 {wanted.name} …")
        source = wanted.with_suffix(".txt")
        files = [str(source.relative_to(ROOT)), "--output-file", str(wanted.relative_to(ROOT))]
        done = _quietly(
            [
                uv,
                "pip",
                "compile",
                "--quiet",
                "--generate-hashes",
                "--no-header",
                "--no-emit-index-url",
                *LOWEST,
                *files,
            ]
        )
        if done.returncode != 0:
            raise LocalError(f"无法生成 {wanted.name}：{_last_line(done.stdout)}")
    return 0


def _is_installed(wanted: Path) -> bool:
    if not _python_works():
        return False
    if _stamp(wanted).is_file() and _stamp(wanted).read_text() == _digest(wanted):
        return True
    # What the tests need contains what the product needs, version by version.
    return (
        wanted == RUNTIME_LOCK
        and _stamp(DEV_LOCK).is_file()
        and _stamp(DEV_LOCK).read_text() == _digest(DEV_LOCK)
        and _pins(RUNTIME_LOCK) <= _pins(DEV_LOCK)
    )


def _stamp(lock: Path) -> Path:
    return VENV / f"installed-{lock.stem}"


def _digest(lock: Path) -> str:
    return hashlib.sha256(lock.read_bytes()).hexdigest()


def _pins(lock: Path) -> set[str]:
    return set(re.findall(r"^[A-Za-z0-9][\w.\[\],-]*==[^\s;\\]+", lock.read_text("utf-8"), re.MULTILINE))


def _python_works() -> bool:
    if not VENV_PYTHON.exists():  # also a link to a Python that was removed
        return False
    try:
        return subprocess.run([VENV_PYTHON, "-c", "import pip"], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def _make_venv() -> None:
    if _python_works():
        return
    free = shutil.disk_usage(ROOT).free
    if free < NEEDED_BYTES:
        raise LocalError(
            f"磁盘空间不足：{ROOT} 所在磁盘只剩 {free >> 20} MB，安装依赖至少需要 {NEEDED_BYTES >> 20} MB。"
        )
    say("正在创建虚拟环境 .venv …")
    made = _quietly([sys.executable, "-m", "venv", "--clear", str(VENV)])
    if made.returncode != 0:
        shutil.rmtree(VENV, ignore_errors=True)
        if "ensurepip" in made.stdout:
            raise LocalError("本机的 Python 不带 venv。请以管理员身份运行 apt-get install python3-venv 后重试。")
        raise LocalError(f"无法创建虚拟环境：{_last_line(made.stdout)}")


def _install(lock: Path) -> None:
    say(f"正在安装 {lock.name} 中的依赖（首次约一分钟）…")
    uv = shutil.which("uv")
    if uv:
        done = _quietly([uv, "pip", "install", "--python", str(VENV_PYTHON), "--require-hashes", "-r", str(lock)])
        if done.returncode == 0:
            return
    pip = [
        str(VENV_PYTHON),
        "-m",
        "pip",
        "install",
        "--disable-pip-version-check",
        "--no-input",
        "--only-binary",
        ":all:",
    ]
    done = _quietly([*pip, "--require-hashes", "-r", str(lock)])
    log = LOCAL / "setup.log"
    log.write_text(done.stdout, "utf-8")
    if done.returncode != 0:
        raise LocalError(f"{explain(done.stdout)}（详情见 {log}）")


def explain(output: str) -> str:
    """What an installer's output means, in one sentence."""
    missing = re.search(r"No matching distribution found for (\S+)", output)
    if re.search(
        r"NewConnectionError|ConnectTimeout|ReadTimeout|Name or service not known|Temporary failure in name", output
    ):
        return "无法连接软件包仓库，请检查网络或 pip 的镜像设置后重试。"
    if "No space left on device" in output:
        return "磁盘已满，请腾出约 1 GB 空间后重试。"
    if "DO NOT MATCH THE HASHES" in output:
        return "下载的软件包与锁定文件中的校验值不符，可能被篡改或下载不全，已停止安装。"
    if missing:
        return f"软件包仓库中没有适合本机的 {missing.group(1).split(';')[0]} 安装包（wheel）：需要 64 位 Linux 和 Python 3.11 或更新的版本。"
    return f"安装依赖失败：{_last_line(output)}"


def _quietly(command: list[str]) -> subprocess.CompletedProcess[str]:
    env = {
        name: value
        for name, value in os.environ.items()
        if name not in ("PYTHONPATH", "PIP_TARGET", "PIP_PREFIX", "PIP_USER")
    }
    return subprocess.run(
        command,
        cwd=ROOT,
        env={**env, "LC_ALL": "C.UTF-8"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )


def _last_line(output: str) -> str:
    lines = [line for line in output.splitlines() if line.strip()]
    return lines[-1].strip() if lines else "没有任何输出"
