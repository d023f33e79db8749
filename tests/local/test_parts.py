"""The runner's smaller parts, without processes."""

from __future__ import annotations

import errno
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from config.local import __main__ as command_line
from config.local import demo, ports, postgres, system
from config.local.errors import LocalError
from config.local.lock import Lock, holder
from config.local.output import table
from config.local.process import Child
from config.local.stamps import Stamps, fingerprint
from config.local.supervisor import LONGEST_DELAY, Service, Supervisor


class TestLock:
    def test_a_second_holder_is_refused_with_the_first_ones_number(self, tmp_path: Path) -> None:
        file = tmp_path / "lock"
        with Lock(file, "busy: {pid}") as first:
            assert not first.was_stale
            with pytest.raises(LocalError, match=f"^busy: {os.getpid()}$"), Lock(file, "busy: {pid}"):
                pytest.fail("two holders")
            assert holder(file) == os.getpid()
        assert holder(file) is None

    def test_a_number_without_a_holder_is_stale_even_when_that_process_lives(self, tmp_path: Path) -> None:
        file = tmp_path / "lock"
        file.write_text(f"{os.getppid()}\n")

        assert holder(file) is None
        with Lock(file, "busy") as lock:
            assert lock.was_stale
            assert file.read_text() == f"{os.getpid()}\n"


class TestPorts:
    def test_the_remembered_port_is_kept_while_it_is_free(self) -> None:
        port = ports.free_port()

        assert ports.free_port(port) == port

    def test_a_taken_port_is_replaced(self) -> None:
        with ports.socket.socket() as taken:
            taken.bind((ports.HOST, 0))
            taken.listen()
            port = taken.getsockname()[1]

            assert not ports.is_free(port)
            assert ports.free_port(port) != port


def test_a_table_counts_a_chinese_character_as_two_cells() -> None:
    assert table(["角色", "口令"], [["区委组织部", "a"], ["x", "bcd"]]) == (
        "角色        口令\n"
        "──────────  ────\n"
        "区委组织部  a\n"
        "x           bcd"
    )  # fmt: skip


class TestStamps:
    def test_a_changed_file_has_another_fingerprint_and_a_touched_one_has_not(self, tmp_path: Path) -> None:
        file = tmp_path / "a.py"
        file.write_text("one")
        before = fingerprint([file])
        os.utime(file, (1, 1))
        assert fingerprint([file]) == before

        file.write_text("two")

        assert fingerprint([file]) != before

    def test_a_step_is_current_for_the_value_it_was_done_for(self, tmp_path: Path) -> None:
        stamps = Stamps(tmp_path / "stamps")
        assert not stamps.current("migrate", "1")
        stamps.done("migrate", "1")
        assert stamps.current("migrate", "1")
        assert not stamps.current("migrate", "2")


class TestFullDisk:
    @pytest.fixture
    def state(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        monkeypatch.setenv("GRIDWORK_STATE", str(tmp_path / "state"))
        return tmp_path / "state"

    def test_it_is_noticed_before_anything_starts(
        self, state: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=100 * demo.MB))
        monkeypatch.setattr(demo.signals, "block", lambda: None)

        assert command_line.main(["demo", "--district", "jiangyuan", "--port", str(ports.free_port())]) == 1

        assert capsys.readouterr().err == f"磁盘空间不足：{state} 所在磁盘只剩 100 MB，至少需要 1500 MB。\n"
        assert not (state / "postgres").exists()

    def test_when_it_comes_later_it_is_one_sentence_too(
        self, state: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        def full(*arguments: object) -> None:
            raise OSError(errno.ENOSPC, "No space left on device", str(state / "run.json"))

        monkeypatch.setattr(demo, "_check_disk", lambda wanted: None)
        monkeypatch.setattr(demo, "_start", full)
        monkeypatch.setattr(demo.signals, "block", lambda: None)

        assert command_line.main(["demo", "--district", "jiangyuan", "--port", str(ports.free_port())]) == 1

        error = capsys.readouterr().err
        assert error == f"磁盘已满或不可写：{state / 'run.json'}。请腾出空间后重试。\n"


class TestBinaries:
    def test_a_folder_named_by_the_operator_must_hold_the_program(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("GRIDWORK_PG_BIN", str(tmp_path))

        with pytest.raises(LocalError, match="没有 postgres 程序"):
            postgres.find_binaries()

    def test_without_wheel_the_newest_of_the_system_is_used(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        folders = [tmp_path / version / "bin" for version in ("16", "15")]
        for folder in folders:
            folder.mkdir(parents=True)
            (folder / "initdb").touch()
        monkeypatch.delenv("GRIDWORK_PG_BIN", raising=False)
        monkeypatch.setattr(postgres, "_wheel_folders", list)
        monkeypatch.setattr(postgres, "_system_folders", lambda: folders)

        assert postgres.find_binaries() == folders[0]

    def test_without_any_the_sentence_says_what_to_do(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("GRIDWORK_PG_BIN", raising=False)
        monkeypatch.setattr(postgres, "_wheel_folders", list)
        monkeypatch.setattr(postgres, "_system_folders", list)

        with pytest.raises(LocalError, match="DATABASE_URL"):
            postgres.find_binaries()


class TestSupervisor:
    def test_the_delay_grows_to_a_limit_and_is_forgotten_after_a_stable_time(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        clock = [1000.0]
        monkeypatch.setattr(time, "monotonic", lambda: clock[0])
        supervisor, service = Supervisor(), Service("demo", lambda: self._dead(tmp_path), lambda: True, stage=1)
        supervisor.services.append(service)
        service.launch()
        delays = []
        for _ in range(8):
            service.child.popen.wait()  # type: ignore[union-attr]
            supervisor._look_after(service)
            assert service.restart_at is not None
            delays.append(service.restart_at - clock[0])
            clock[0] = service.restart_at
            supervisor._look_after(service)
        assert delays == [0.5, 1, 2, 4, 8, 16, LONGEST_DELAY, LONGEST_DELAY]

        clock[0] += 61
        service.child.popen.wait()  # type: ignore[union-attr]
        supervisor._look_after(service)

        assert service.restart_at == clock[0] + 0.5

    def _dead(self, folder: Path) -> Child:
        return Child("dead", ["false"], env={"PATH": "/usr/bin:/bin"}, log=folder / "log")


class FakeChild:
    """A server that has ended, with its last words."""

    def __init__(self, words: str) -> None:
        self.exit_code, self._words = 1, words

    def why(self) -> str:
        return self._words


class TestKilledServer:
    """Backends of a killed PostgreSQL end a moment after it; until then it does not start again."""

    @pytest.fixture
    def server(self, monkeypatch: pytest.MonkeyPatch) -> postgres.Postgres:
        server = object.__new__(postgres.Postgres)
        server.child = FakeChild("FATAL:  pre-existing shared memory block (key 1, ID 2) is still in use")  # type: ignore[assignment]
        monkeypatch.setattr(server, "is_ready", lambda: server.child is None)
        return server

    def test_it_is_started_again_until_they_are_gone(
        self, server: postgres.Postgres, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        children = [server.child, server.child, None]
        monkeypatch.setattr(server, "start", lambda: setattr(server, "child", children.pop(0)))
        server.wait_ready(30)
        assert children == []

    def test_whatever_else_ends_it_is_told_at_once(
        self, server: postgres.Postgres, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        server.child = FakeChild("FATAL:  could not open file")  # type: ignore[assignment]
        monkeypatch.setattr(server, "start", lambda: pytest.fail("started again"))
        with pytest.raises(LocalError, match="could not open file"):
            server.wait_ready(30)


class TestSystemPackages:
    @pytest.fixture
    def nothing_installed(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        missing = {name: (str(tmp_path / name), purpose) for name, (_, purpose) in system.PACKAGES.items()}
        monkeypatch.setattr(system, "PACKAGES", missing)

    @pytest.mark.usefixtures("nothing_installed")
    def test_an_ordinary_user_reads_what_is_skipped_and_how_to_get_it(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr(os, "geteuid", lambda: 1000)

        assert system.install() == 0

        lines = capsys.readouterr().out.splitlines()
        assert (
            lines[0] == "缺少系统软件 chromium-headless-shell，将跳过：浏览器测试。"
            "安装方法：以管理员身份运行 apt-get install chromium-headless-shell"
        )
        assert len(lines) == 3

    @pytest.mark.usefixtures("nothing_installed")
    def test_root_installs_only_what_is_missing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        asked: list[list[str]] = []
        monkeypatch.setattr(system, "_may_install", lambda: True)
        monkeypatch.setattr(system, "_apt_install", asked.append)
        Path(system.PACKAGES["chromium-headless-shell"][0]).touch()

        assert system.install() == 0

        assert asked == [["fonts-wqy-microhei", "postgresql-15"]]


@pytest.mark.parametrize(
    ("write", "expected"),
    [
        (lambda file: file.write_text("{}"), {}),
        (lambda file: file.write_text('{"ports": {"A": 1}}'), {"ports": {"A": 1}}),
        (lambda file: file.write_text('{"ports": '), {}),  # cut by a power cut
        (lambda file: file.write_text("[]"), {}),
        (lambda file: None, {}),
    ],
)
def test_a_spoiled_note_of_the_last_start_counts_as_none(
    tmp_path: Path, write: Callable[[Path], object], expected: dict[str, object]
) -> None:
    write(tmp_path / "run.json")

    assert demo.read_run_file(tmp_path / "run.json") == expected
