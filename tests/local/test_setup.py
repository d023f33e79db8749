"""``python -m config.local setup``: the virtual environment and what is said when it cannot be made."""

from __future__ import annotations

import base64
import hashlib
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.local.setup import explain

from .conftest import Site


@pytest.fixture
def bare_site(tmp_path: Path) -> Iterator[Site]:
    """A fresh clone: no virtual environment yet, and no network either."""
    site = Site(tmp_path / "fresh clone")
    (site.root / ".venv").unlink()
    yield site
    site.close()


def make_wheel(folder: Path) -> str:
    """A package ``tinypackage`` 1.0 as a wheel in ``folder``; its sha256."""
    file = folder / "tinypackage-1.0-py3-none-any.whl"
    contents = {
        "tinypackage.py": "ANSWER = 42\n",
        "tinypackage-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: tinypackage\nVersion: 1.0\n",
        "tinypackage-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{name},sha256={_record_hash(text)},{len(text)}\n" for name, text in contents.items())
    with zipfile.ZipFile(file, "w") as archive:
        for name, text in {**contents, "tinypackage-1.0.dist-info/RECORD": record}.items():
            archive.writestr(name, text)
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _record_hash(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")


def set_up(site: Site) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "config.local", "setup"],
        cwd=site.root,
        env=site.environment(PIP_NO_INDEX="1", PIP_FIND_LINKS=(site.root / "wheels").as_uri(), PATH="/usr/bin:/bin"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout


def test_from_a_missing_wheel_to_an_installed_one(bare_site: Site) -> None:
    """One story, because each virtual environment costs seconds."""
    root = bare_site.root
    (root / "wheels").mkdir()
    lock = root / "requirements.lock"
    lock.write_text(f"tinypackage==1.0 \\\n    --hash=sha256:{'0' * 64}\n")
    log = f"（详情见 {root / '.local' / 'setup.log'}）"

    code, output = set_up(bare_site)
    assert code == 1
    assert output.splitlines() == [
        "正在创建虚拟环境 .venv …",
        "正在安装 requirements.lock 中的依赖（首次约一分钟）…",
        f"软件包仓库中没有适合本机的 tinypackage==1.0 安装包（wheel）：需要 64 位 Linux 和 Python 3.11 或更新的版本。{log}",
    ]

    checksum = make_wheel(root / "wheels")
    code, output = set_up(bare_site)
    assert code == 1
    assert output.splitlines()[-1] == f"下载的软件包与锁定文件中的校验值不符，可能被篡改或下载不全，已停止安装。{log}"

    lock.write_text(f"tinypackage==1.0 \\\n    --hash=sha256:{checksum}\n")
    assert set_up(bare_site) == (0, "正在安装 requirements.lock 中的依赖（首次约一分钟）…\n")
    asked = subprocess.run(
        [bare_site.python, "-c", "import tinypackage; print(tinypackage.ANSWER)"], capture_output=True, check=False
    )
    assert asked.stdout == b"42\n"

    (root / "wheels" / "tinypackage-1.0-py3-none-any.whl").unlink()
    assert set_up(bare_site) == (0, ""), "a second run looks for nothing"

    (root / ".venv" / "bin" / "python").unlink()  # e.g. the system's Python was upgraded
    code, output = set_up(bare_site)
    assert output.splitlines()[0] == "正在创建虚拟环境 .venv …"


@pytest.mark.parametrize(
    ("output", "sentence"),
    [
        (
            "WARNING: Retrying after connection broken by 'NewConnectionError(…Temporary failure in name resolution)'\n"
            "ERROR: No matching distribution found for amqp==5.4.2",
            "无法连接软件包仓库，请检查网络或 pip 的镜像设置后重试。",
        ),
        (
            "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device",
            "磁盘已满，请腾出约 1 GB 空间后重试。",
        ),
        ("something\nERROR: quite new\n\n", "安装依赖失败：ERROR: quite new"),
        ("", "安装依赖失败：没有任何输出"),
    ],
)
def test_what_an_installer_says_becomes_a_sentence(output: str, sentence: str) -> None:
    assert explain(output) == sentence
