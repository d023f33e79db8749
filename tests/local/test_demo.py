"""``python -m config.local demo``: a supervised site whose data survive."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.local.ports import free_port

from .conftest import Run, Site, alive, wait_until

NAMES = {"web": "gunicorn", "worker": "worker", "beat": "beat", "postgres": "bin/postgres", "broker": "valkey-server"}


@pytest.fixture
def own_site(tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path / "own site")
    yield site
    site.close()


def demo(site: Site, port: int, district: str = "north", **env: str) -> Run:
    return site.start("demo", "--district", district, "--port", str(port), **env)


def get(port: int, path: str) -> dict[str, object]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
        content: dict[str, object] = json.load(answer)
        return content


def is_up(port: int) -> bool:
    try:
        return get(port, "/healthz")["status"] == "ok"
    except OSError:
        return False


def main_process(run: Run, service: str) -> int | None:
    """The process of ``service`` that the runner started itself."""
    for pid in sorted(run.processes()):
        try:
            words = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
            parent = int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
        except OSError:
            continue
        if parent == run.process.pid and any(NAMES[service] in word for word in words):
            return pid
    return None


def ticks(site: Site) -> int:
    file = site.state() / "ticks.txt"
    return len(file.read_text().splitlines()) if file.exists() else 0


def test_a_demo_from_first_start_to_power_cut(own_site: Site) -> None:
    """One long story, because every start costs seconds."""
    site, port = own_site, free_port()
    run = demo(site, port)
    run.wait_ready()

    # The address and the accounts are printed and written for their owner alone.
    assert f"http://127.0.0.1:{port}\n" in run.output
    assert "社区工作者  北街社区  worker1  secret-1  gw_1" in run.output
    for file in (site.root / ".local" / "demo.json", site.state() / "demo.json"):
        assert json.loads(file.read_text("utf-8")) == {
            "address": f"http://127.0.0.1:{port}",
            "district": "north",
            "accounts": [
                {
                    "role": "社区工作者",
                    "unit": "北街社区",
                    "username": "worker1",
                    "password": "secret-1",
                    "token": "gw_1",
                }
            ],
        }
        assert file.stat().st_mode & 0o777 == 0o600
    calls = (site.state() / "calls.txt").read_text().split()
    assert calls == ["migrate", "collectstatic", "load_demo"]
    wait_until(lambda: ticks(site) >= 2, 15, "beat and worker do their work")

    # The same district cannot run twice, another cannot have the same port.
    again = demo(site, free_port())
    assert again.wait_end() == 1
    assert again.output == (
        f"“north”的演示已在运行（进程 {run.process.pid}，地址 http://127.0.0.1:{port}）。停止它：make stop DISTRICT=north\n"
    )
    other = demo(site, port, "south")
    assert other.wait_end() == 1
    assert other.output.startswith(f"端口 {port} 已被占用，请先停止占用它的程序，或换一个端口，例如：make demo PORT=")

    # Ctrl-C, twice: everything ends, and nothing is cut short.
    assert get(port, "/count")["count"] == 1
    processes = run.processes()
    run.process.send_signal(signal.SIGINT)
    run.process.send_signal(signal.SIGINT)
    assert run.wait_end(15) == 0
    assert [pid for pid in processes if alive(pid)] == []
    assert "数据保留" in run.output
    assert "was not properly shut down" not in (site.state() / "postgres" / "postgres.log").read_text()

    # A second start keeps the data and repeats no preparation; the services' ports are the same.
    ports = site.run_file()["ports"]
    second = demo(site, port)
    second.wait_ready()
    assert get(port, "/count")["count"] == 2
    assert (site.state() / "calls.txt").read_text().split() == calls
    assert site.run_file()["ports"] == ports
    assert "锁" not in second.output

    # After kill -9 nothing is left; the next start says so and recovers.
    processes = second.processes()
    second.process.kill()
    wait_until(lambda: not any(map(alive, processes)), 15, "the end of all processes of a killed runner")
    # As after a power cut, the numbers in both lock files belong to some other process by now: it is left alone.
    with subprocess.Popen(["sleep", "600"]) as stranger:
        data = site.state() / "postgres" / "data"
        (data / "postmaster.pid").write_text(f"{stranger.pid}\n{data}\n1\n5432\n\n127.0.0.1\n")
        (site.state() / "lock").write_text(f"{stranger.pid}\n")
        third = demo(site, port)
        third.wait_ready()
        assert "发现上次异常退出（如断电）留下的锁，已清除。" in third.output
        assert get(port, "/count")["count"] == 3
        assert stranger.poll() is None
        stranger.kill()


def test_what_dies_is_started_again(own_site: Site) -> None:
    port = free_port()
    run = demo(own_site, port)
    run.wait_ready()
    killed = {}
    for service in NAMES:
        pid = main_process(run, service)
        assert pid is not None, service
        killed[service] = pid
        os.kill(pid, signal.SIGKILL)

    for service, pid in killed.items():
        wait_until(lambda s=service, p=pid: main_process(run, s) not in (None, p), 30, f"{service} is restarted")  # type: ignore[misc]
    wait_until(lambda: is_up(port), 30, "the site answers again")
    before = ticks(own_site)
    wait_until(lambda: ticks(own_site) > before, 30, "tasks are worked off again")
    for name in ("网站", "后台任务", "定时任务", "PostgreSQL", "Valkey"):
        assert f"{name}意外退出（退出码 137）" in run.output
        wait_until(lambda n=name: f"{n}已恢复。" in run.output, 30, f"{name} is reported")  # type: ignore[misc]


def test_two_districts_run_side_by_side_on_servers_of_the_operator(own_site: Site) -> None:
    first_port, second_port = free_port(), free_port()
    first = demo(own_site, first_port)
    first.wait_ready()
    servers = {name: str(own_site.run_file()["environment"][name]) for name in ("DATABASE_URL", "REDIS_URL")}
    get(first_port, "/count")

    second = demo(own_site, second_port, "south", **servers)
    second.wait_ready()

    assert get(second_port, "/count")["count"] == 2  # the same database
    assert not (own_site.state("south") / "postgres").exists()
    assert not (own_site.state("south") / "broker").exists()
    stopped = subprocess.run(
        [own_site.python, "-m", "config.local", "stop", "south"],
        cwd=own_site.root,
        env=own_site.environment(),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (stopped.returncode, stopped.stdout) == (0, "已停止 1 个演示。\n")
    assert second.wait_end(5) == 0
    assert is_up(first_port)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--port", "80x"), "PORT 应为 1–65535 之间的整数，现为“80x”。\n"),
        (("--port", "70000"), "PORT 应为 1–65535 之间的整数，现为“70000”。\n"),
        (("--district", "nowhere"), "没有名为“nowhere”的地区配置。可用的有：north、south。\n"),
    ],
)
def test_a_wrong_option_is_one_sentence(site: Site, arguments: tuple[str, str], sentence: str) -> None:
    run = site.start("demo", "--district", "north", *arguments)

    assert run.wait_end() == 1
    assert run.output == sentence


def test_a_port_held_by_a_stranger_is_named_with_a_free_one(own_site: Site) -> None:
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", 0))
        stranger.listen()
        port = stranger.getsockname()[1]

        run = demo(own_site, port)

        assert run.wait_end() == 1
        assert run.output.startswith(f"端口 {port} 已被占用")
        assert not (own_site.state() / "postgres").exists()


def test_a_step_that_fails_shows_its_last_lines(own_site: Site) -> None:
    (own_site.root / "manage.py").write_text("raise SystemExit('the schema is broken')\n")

    run = demo(own_site, free_port())

    assert run.wait_end() == 1
    assert "数据库结构准备失败。日志" in run.output
    assert run.output.endswith("the schema is broken\n")
    assert "Traceback" not in run.output
