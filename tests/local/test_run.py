"""``python -m config.local run``: services for the length of one command."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import REPOSITORY, Site, alive, descendants, wait_until

ASK = (
    "import os, psycopg2, redis;"
    "cursor = psycopg2.connect(os.environ['DATABASE_URL']).cursor();"
    "cursor.execute('''create extension pg_trgm''');"
    "cursor.execute('''select show_trgm('中文') <> '{}', current_setting('server_encoding'), current_user''');"
    "print(cursor.fetchone());"
    "print(redis.Redis.from_url(os.environ['REDIS_URL']).ping(), os.path.isdir(os.environ['GRIDWORK_STATE']))"
)


def run(site: Site, *command: str, keep_env: bool = False, **env: str) -> subprocess.CompletedProcess[str]:
    options = ["--keep-env"] if keep_env else []
    return subprocess.run(
        [site.python, "-m", "config.local", "run", *options, "--", *command],
        cwd=site.root,
        env=site.environment(**env),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_command_finds_both_services_and_its_exit_code_is_returned(site: Site, tmp_path: Path) -> None:
    done = run(site, site.python, "-c", ASK + "; raise SystemExit(7)", TMPDIR=str(tmp_path))

    assert done.stdout.splitlines() == ["(True, 'UTF8', 'gridwork')", "True True"]
    assert done.returncode == 7
    assert list(tmp_path.iterdir()) == []


def test_a_command_that_does_not_exist_is_one_sentence(site: Site, tmp_path: Path) -> None:
    done = run(site, "no-such-program", TMPDIR=str(tmp_path))

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "找不到程序“no-such-program”，无法启动。\n"
    assert list(tmp_path.iterdir()) == []


def test_servers_of_the_environment_are_used_only_when_asked(site: Site) -> None:
    given = {"DATABASE_URL": "postgres://me:secret@db.example/mine", "REDIS_URL": "redis://broker.example/3"}
    show = (site.python, "-c", "import os; print(os.environ['DATABASE_URL'], os.environ['REDIS_URL'])")

    kept = run(site, *show, keep_env=True, **given)
    own = run(site, *show, **given)

    assert kept.stdout == "postgres://me:secret@db.example/mine redis://broker.example/3\n"
    assert "example" not in own.stdout
    assert own.stdout.startswith("postgres://gridwork:")


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_reaches_the_command_and_everything_ends(site: Site, tmp_path: Path, signum: int) -> None:
    runner = site.start("run", "--", "sleep", "600", TMPDIR=str(tmp_path))
    wait_until(
        lambda: _programs(runner.process.pid) >= {"postgres", "valkey-server", "sleep"}, 20, "services and command"
    )
    processes = runner.processes()

    runner.process.send_signal(signum)

    assert runner.wait_end(15) == 128 + signum
    assert [pid for pid in processes if alive(pid)] == []
    assert list(tmp_path.iterdir()) == []


def test_nothing_outlives_a_killed_runner(site: Site, tmp_path: Path) -> None:
    runner = site.start("run", "--", "sleep", "600", TMPDIR=str(tmp_path))
    wait_until(
        lambda: _programs(runner.process.pid) >= {"postgres", "valkey-server", "sleep"}, 20, "services and command"
    )
    processes = runner.processes()

    runner.process.kill()

    wait_until(lambda: not any(map(alive, processes)), 10, "the end of all its processes")


def test_what_the_command_left_behind_is_ended(site: Site, tmp_path: Path) -> None:
    forget = "setsid sleep 600 & echo $!; trap '' TERM; setsid sh -c \"trap '' TERM; while true; do sleep 600; done\" & echo $!"

    done = run(site, "sh", "-c", forget, TMPDIR=str(tmp_path))

    left = [int(word) for word in done.stdout.split()]
    assert len(left) == 2
    assert [pid for pid in left if alive(pid)] == []


def test_the_folder_of_a_killed_runner_is_removed_by_the_next(site: Site, tmp_path: Path) -> None:
    abandoned, recent = tmp_path / "gridwork-run-old", tmp_path / "gridwork-run-new"
    for folder in (abandoned, recent):
        folder.mkdir()
        (folder / "lock").touch()
    os.utime(abandoned, (1, 1))

    assert run(site, "true", TMPDIR=str(tmp_path)).returncode == 0

    assert list(tmp_path.iterdir()) == [recent]  # a folder just made may not have taken its lock yet


@pytest.mark.skipif(os.geteuid() != 0, reason="只有 root 需要改换身份：以 root 运行测试可执行此项")
@pytest.mark.parametrize("way", ["enter_namespace", "become_nobody"])
def test_root_can_become_somebody_who_still_reaches_a_private_folder(tmp_path: Path, way: str) -> None:
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    program = (
        "import os, sys; from config.local import privileges\n"
        f"try: privileges.{way}()\n"
        "except OSError as error: sys.exit(f'forbidden here: {error}')\n"
        "os.execvp('sh', ['sh', '-c', 'id -u; touch \"$0\" && echo written', sys.argv[1]])"
    )

    done = subprocess.run(
        [sys.executable, "-c", program, str(private / "file")],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )

    if "forbidden here" in done.stderr:
        pytest.skip(f"本机不允许这种方式（{done.stderr.strip()}），运行器会改用另一种")
    assert done.stdout.split() == ["65534", "written"], done.stderr


def _programs(pid: int) -> set[str]:
    names = set()
    for below in descendants(pid):
        try:
            names.add(Path(f"/proc/{below}/comm").read_text().strip())
        except OSError:
            continue
    return names
