"""docker-compose.yml, and the check of it that ``make check`` runs."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Callable

import pytest

from .conftest import REPOSITORY

COMPOSE = (REPOSITORY / "docker-compose.yml").read_text("utf-8")
EXAMPLE = (REPOSITORY / ".env.example").read_text("utf-8")


@pytest.fixture(scope="module")
def faults() -> Callable[[str, str], list[str]]:
    spec = importlib.util.spec_from_file_location("check_compose", REPOSITORY / "deploy" / "check_compose.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return lambda text, example: list(module.faults(text, example))


def test_ours_has_no_fault(faults: Callable[[str, str], list[str]]) -> None:
    assert faults(COMPOSE, EXAMPLE) == []


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("restart: unless-stopped\n    shm_size", "restrat: unless-stopped\n    shm_size", "services.postgres"),
        ("retries: 12\n      start_period", "retries: many\n      start_period", "healthcheck.retries"),
        ("postgres:17-bookworm", "postgres", "postgres：镜像没有固定版本"),
        ("caddy:2.10-alpine", "caddy:latest", "proxy：镜像没有固定版本"),
        ("SECRET_KEY: ${SECRET_KEY:?请在 .env 中填写至少 50 个随机字符}", "SECRET_KEY: changeme", "web：SECRET_KEY 必须来自环境变量"),
        ("${REDIS_PASSWORD:?请在 .env 中填写消息服务口令}@", "secret@", "REDIS_URL 中写有口令"),
        ("SEAL_KEY: ${SEAL_KEY:?请在 .env 中填写至少 32 个随机字符}", "SEAL_KEY: ${SEAL_KEY:-default}", "SEAL_KEY 必须来自环境变量"),
        ("networks: [front]\n", "networks: [lost]\n", "网络 lost 没有声明"),
        ("- broker:/data", "- brokr:/data", "卷 brokr 没有声明"),
        ("./deploy/Caddyfile:", "./deploy/nothing:", "挂载的 ./deploy/nothing 不存在"),
        ("DISTRICT: ${DISTRICT:?", "DISTRICT: ${DISTRCT:?", ".env.example 没有说明 DISTRCT"),
        ("web: {condition: service_healthy}", "wbe: {condition: service_healthy}", "依赖不存在的服务 wbe"),
        ("networks: [back, front]\n    healthcheck:\n      test: [CMD, python, deploy/healthcheck.py, web]",
         "networks: [back, front]\n    ports: ['8000:8000']\n    healthcheck:\n      test: [CMD, python, deploy/healthcheck.py, web]",
         "web：只有反向代理可以对外开放端口"),
        ("  beat:\n", "  clock:\n", "缺少服务 beat"),
        ("services:\n", "services: [\n", "不是有效的 YAML"),
    ],
)  # fmt: skip
def test_each_fault_is_found(faults: Callable[[str, str], list[str]], old: str, new: str, fault: str) -> None:
    assert old in COMPOSE, "the test no longer fits the file"

    found = faults(COMPOSE.replace(old, new, 1), EXAMPLE)

    assert any(fault in sentence for sentence in found), found


def test_a_service_without_health_check_is_found(faults: Callable[[str, str], list[str]]) -> None:
    without = re.sub(
        r"    healthcheck:\n      test: \[CMD, python, deploy/healthcheck.py, beat\]\n(      .*\n)+", "", COMPOSE
    )
    assert without != COMPOSE

    assert faults(without, EXAMPLE) == ["beat：没有健康检查"]


def test_the_example_holds_no_secret_and_no_dead_name(faults: Callable[[str, str], list[str]]) -> None:
    spoiled = EXAMPLE.replace("SECRET_KEY=\n", "SECRET_KEY=abc\n") + "OLD_NAME=\n"

    assert faults(COMPOSE, spoiled) == [
        ".env.example 中的 OLD_NAME 没有被使用",
        ".env.example 不得给 SECRET_KEY 一个值",
    ]
