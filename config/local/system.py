"""What only the system's package manager has, and only some tests need."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from .output import say

# Debian package → (what shows that it is there, what is skipped without it)
PACKAGES = {
    "chromium-headless-shell": ("/usr/bin/chromium-headless-shell", "浏览器测试"),
    "fonts-wqy-microhei": ("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc", "截图中的中文字形检查"),
    "postgresql-15": ("/usr/lib/postgresql/15/bin/postgres", "在 PostgreSQL 15 上的第二遍数据库测试"),
}
# Only the programs are wanted, not a server that Debian would create and start with them.
CLUSTER_SETTINGS = Path("/etc/postgresql-common/createcluster.conf")


def install() -> int:
    """Install what is missing when that is possible, else say in a line what is skipped. Never fails."""
    missing = [name for name, (sign, _) in PACKAGES.items() if not Path(sign).exists()]
    if missing and _may_install():
        say(f"正在安装测试所需的系统软件：{'、'.join(missing)} …")
        _apt_install(missing)
    for name in missing:
        sign, purpose = PACKAGES[name]
        if not Path(sign).exists():
            say(f"缺少系统软件 {name}，将跳过：{purpose}。安装方法：以管理员身份运行 apt-get install {name}")
    return 0


def _may_install() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def _apt_install(names: list[str]) -> None:
    if "postgresql-15" in names and not CLUSTER_SETTINGS.exists():
        CLUSTER_SETTINGS.parent.mkdir(parents=True, exist_ok=True)
        CLUSTER_SETTINGS.write_text("create_main_cluster = false\n")
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ["update"],
        ["install", "-y", "--no-install-recommends", "-o", "Dpkg::Options::=--force-confold", *names],
    ):
        subprocess.run(
            ["apt-get", "-q", *command],
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        )
