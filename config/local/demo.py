"""``make demo``: a whole site on one machine, with data that survive the next start."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import services, signals
from .broker import Broker
from .errors import LocalError
from .lock import Lock
from .output import say, table
from .paths import LOCAL, PROFILES, ROOT, VENV_PYTHON, state_folder
from .ports import HOST, is_free
from .postgres import Postgres
from .process import Child
from .stamps import Stamps, fingerprint
from .supervisor import Service, Supervisor

MB = 1024 * 1024
FIRST_START_BYTES = 1500 * MB
LATER_START_BYTES = 200 * MB
LOWEST_PORT, HIGHEST_PORT = 1, 65535
COLUMNS = {"role": "角色", "unit": "所属", "username": "账号", "password": "口令", "token": "接口令牌"}


@dataclass(frozen=True)
class Demo:
    """One demo: its district, the port of its site, the folder it keeps its things in."""

    district: str
    port: int
    state: Path

    @property
    def address(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def logs(self) -> Path:
        return self.state / "log"

    @property
    def accounts_file(self) -> Path:
        return self.state / "demo.json"

    @property
    def run_file(self) -> Path:
        """Ports and addresses of the last start; readable by its owner only."""
        return self.state / "run.json"


def serve(district: str, port: str) -> int:
    """Start everything, print address and accounts, run until asked to stop. Raises LocalError."""
    begun = time.monotonic()
    demo = Demo(_known_district(district), _port_number(port), state_folder(district))
    signals.block()
    demo.logs.mkdir(parents=True, exist_ok=True)
    _check_disk(demo)
    with _locked(demo):
        _check_port(demo.port)
        supervisor = Supervisor()
        try:
            _start(demo, supervisor)
            _announce(demo, time.monotonic() - begun)
            supervisor.watch()
            say("\n正在停止…")
        finally:
            supervisor.stop()
        say("已停止。数据保留，再次运行 make demo 即可继续。")
    return 0


def _start(demo: Demo, supervisor: Supervisor) -> None:
    env = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings.demo",
        "DISTRICT": demo.district,
        "GRIDWORK_STATE": str(demo.state),
        "PYTHONUNBUFFERED": "1",
    }
    servers = _servers(demo)
    for server in servers.values():
        server.prepare()
    _remember(demo, servers)
    supervisor.add([_as_service(server) for server in servers.values()])
    env.update({name: server.url for name, server in servers.items()})
    _prepare_site(demo, env, own_database="DATABASE_URL" in servers)
    _remember(demo, servers, env)
    say("正在启动网站…")
    supervisor.add(
        [
            services.web(demo.port, env, demo.logs),
            services.worker(env, demo.logs, demo.state),
            services.beat(env, demo.logs, demo.state),
        ]
    )


def _servers(demo: Demo) -> dict[str, Postgres | Broker]:
    """Our own PostgreSQL and broker, but for those the operator named."""
    last = read_run_file(demo.run_file).get("ports", {})
    servers: dict[str, Postgres | Broker] = {}
    if not os.environ.get("DATABASE_URL"):
        servers["DATABASE_URL"] = Postgres(demo.state / "postgres", port=last.get("DATABASE_URL"))
    if not os.environ.get("REDIS_URL"):
        servers["REDIS_URL"] = Broker(demo.state / "broker", port=last.get("REDIS_URL"))
    return servers


def _as_service(server: Postgres | Broker) -> Service:
    return Service(server.name, server.start, server.is_ready, stage=0, stop_seconds=server.stop_seconds)


# --- the site's own preparation


def _prepare_site(demo: Demo, env: dict[str, str], *, own_database: bool) -> None:
    """Schema, static files and demo data, each only when its sources changed."""
    stamps = Stamps(demo.state / "stamps")
    python = fingerprint(ROOT.glob("*/migrations/*.py")) + fingerprint([ROOT / "requirements.lock"])
    static = fingerprint((ROOT / "static").rglob("*")) + fingerprint([ROOT / "requirements.lock"])
    if not (own_database and stamps.current("migrate", python)):
        say("正在准备数据库结构…")
        _manage(demo, env, "数据库结构准备", "migrate", "--no-input", "--verbosity", "0")
        stamps.done("migrate", python)
    if not stamps.current("static", static) or not (demo.state / "static").is_dir():
        say("正在整理页面资源…")
        _manage(demo, env, "页面资源整理", "collectstatic", "--no-input", "--clear", "--verbosity", "0")
        stamps.done("static", static)
    if not (own_database and stamps.current("data", demo.district) and demo.accounts_file.is_file()):
        say("正在生成演示数据（首次约一分钟）…")
        _manage(demo, env, "演示数据生成", "load_demo", "--accounts-file", str(demo.accounts_file))
        stamps.done("data", demo.district)


def _manage(demo: Demo, env: dict[str, str], what: str, *arguments: str) -> None:
    """Run one management command; a request to stop ends it as well. Raises LocalError with its output."""
    log = demo.logs / f"{arguments[0]}.log"
    log.unlink(missing_ok=True)
    child = Child(arguments[0], [VENV_PYTHON, ROOT / "manage.py", *arguments], env=env, log=log, cwd=ROOT)
    try:
        while child.exit_code is None:
            signals.pause(0.5)
    finally:
        child.stop(3)
    if child.exit_code != 0:
        raise LocalError(f"{what}失败。{child.why()}")


# --- what must be so before anything starts


def _known_district(district: str) -> str:
    known = sorted(path.stem for path in PROFILES.glob("[a-z]*.toml"))
    if district in known:
        return district
    raise LocalError(f"没有名为“{district}”的地区配置。可用的有：{'、'.join(known) or '（无）'}。")


def _port_number(port: str) -> int:
    if re.fullmatch(r"\d{1,5}", port) and LOWEST_PORT <= int(port) <= HIGHEST_PORT:
        return int(port)
    raise LocalError(f"PORT 应为 {LOWEST_PORT}–{HIGHEST_PORT} 之间的整数，现为“{port}”。")


def _check_port(port: int) -> None:
    if is_free(port):
        return
    if port < 1024 and os.geteuid() != 0:
        raise LocalError(f"普通用户不能使用端口 {port}，请换一个 1024 以上的端口，例如：make demo PORT=8000")
    other = port + 1
    while not is_free(other) and other < HIGHEST_PORT:
        other += 1
    raise LocalError(f"端口 {port} 已被占用，请先停止占用它的程序，或换一个端口，例如：make demo PORT={other}")


def _check_disk(demo: Demo) -> None:
    first = not (demo.state / "stamps" / "data.done").exists()
    needed = FIRST_START_BYTES if first else LATER_START_BYTES
    free = shutil.disk_usage(demo.state).free
    if free < needed:
        raise LocalError(f"磁盘空间不足：{demo.state} 所在磁盘只剩 {free // MB} MB，至少需要 {needed // MB} MB。")


@contextlib.contextmanager
def _locked(demo: Demo) -> Iterator[None]:
    running = read_run_file(demo.run_file).get("address", demo.address)
    busy = (
        f"“{demo.district}”的演示已在运行（进程 {{pid}}，地址 {running}）。停止它：make stop DISTRICT={demo.district}"
    )
    with Lock(demo.state / "lock", busy) as lock:
        if lock.was_stale:
            say("发现上次异常退出（如断电）留下的锁，已清除。")
        yield


# --- what others may read


def read_run_file(file: Path) -> dict[str, Any]:
    """What the last start noted down; empty when there was none or a power cut spoiled it."""
    try:
        content = json.loads(file.read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _remember(demo: Demo, servers: dict[str, Postgres | Broker], env: dict[str, str] | None = None) -> None:
    kept = ("DJANGO_SETTINGS_MODULE", "DISTRICT", "GRIDWORK_STATE", "DATABASE_URL", "REDIS_URL")
    content = {
        "address": demo.address,
        "ports": {name: server.port for name, server in servers.items()},
        "environment": {name: env[name] for name in kept} if env else {},
    }
    _write_private(demo.run_file, content)


def _write_private(file: Path, content: dict[str, Any]) -> None:
    """Replace ``file`` in one step: nobody reads half of it, and only its owner reads it at all."""
    draft = file.with_suffix(".new")
    draft.unlink(missing_ok=True)
    draft.touch(0o600)
    draft.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", "utf-8")
    draft.replace(file)


def _announce(demo: Demo, seconds: float) -> None:
    """Print address and accounts, and write them to ``demo.json`` here and in ``.local/``."""
    content = read_run_file(demo.accounts_file)
    content.update(address=demo.address, district=demo.district)
    _write_private(demo.accounts_file, content)
    if demo.state.parent == LOCAL:
        _write_private(LOCAL / "demo.json", content)
    say(f"\n演示系统已就绪（{seconds:.0f} 秒）：{demo.address}\n")
    rows = [[str(account.get(name, "")) for name in COLUMNS] for account in content.get("accounts", [])]
    if rows:
        say(table(list(COLUMNS.values()), rows))
    say(f"\n账号也写在 {demo.accounts_file}，日志在 {demo.logs}。按 Ctrl-C 停止。")


# --- the other verbs


def stop(districts: Sequence[str]) -> int:
    """Ask the runners of these districts (of all, when none is named) to stop, and wait for them."""
    from .lock import holder

    folders = [state_folder(name) for name in districts] or [lock.parent for lock in LOCAL.glob("*/lock")]
    stopped = 0
    for folder in folders:
        pid = holder(folder / "lock")
        if pid is None:
            continue
        os.kill(pid, signal.SIGTERM)
        while holder(folder / "lock") == pid:
            time.sleep(0.1)
        stopped += 1
    say(f"已停止 {stopped} 个演示。" if stopped else "没有正在运行的演示。")
    return 0


def with_environment(district: str, command: Sequence[str]) -> int:
    """Run ``command`` (a management command, ``pg_dump``) in the environment of a running demo."""
    from .lock import holder
    from .postgres import find_binaries

    state = state_folder(_known_district(district))
    environment = read_run_file(state / "run.json").get("environment")
    if holder(state / "lock") is None or not environment:
        raise LocalError(f"“{district}”的演示没有运行，请先运行 make demo DISTRICT={district}")
    if not command:
        raise LocalError("请在 -- 之后写明要运行的命令。")
    path = f"{VENV_PYTHON.parent}:{find_binaries()}:{os.environ.get('PATH', '')}"
    os.execvpe(command[0], list(command), {**os.environ, **environment, "PATH": path})
