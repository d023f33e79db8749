"""Checks docker-compose.yml: its form, and that it is fit for real residents' data. Exit code 1 with one line a fault.

``--docker`` also asks ``docker compose config``, where that plugin is installed.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator

ROOT = Path(__file__).resolve().parent.parent
COMPOSE = ROOT / "docker-compose.yml"
EXAMPLE = ROOT / ".env.example"
EXPECTED = frozenset({"postgres", "redis", "migrate", "web", "worker", "beat", "proxy"})
ONE_SHOT = frozenset({"migrate"})
PUBLIC = frozenset({"proxy"})
SECRET_NAME = re.compile(r"PASSWORD|SECRET|_KEYS?$|TOKEN")
VARIABLE = re.compile(r"(?<!\$)\$\{(?P<name>\w+)(?P<rest>[^}]*)\}")

# --- the part of the Compose Specification that the file uses; a key outside of it is a typing error
TEXT = {"type": "string"}
TEXTS = {"type": "array", "items": TEXT, "uniqueItems": True}
COMMAND = {"oneOf": [TEXT, {"type": "array", "items": TEXT}]}
SIZE = {"type": "string", "pattern": r"^\d+[kmg]$"}
DURATION = {"type": "string", "pattern": r"^(\d+(ms|s|m|h))+$"}


def _object(properties: dict[str, Any], required: tuple[str, ...] = ()) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}


def _map_of(value: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": value}


HEALTH_CHECK = _object(
    {
        "test": {"type": "array", "items": TEXT, "prefixItems": [{"enum": ["CMD", "CMD-SHELL"]}], "minItems": 2},
        "interval": DURATION,
        "timeout": DURATION,
        "start_period": DURATION,
        "retries": {"type": "integer", "minimum": 1},
    },
    ("test", "interval", "timeout", "retries"),
)
CONDITION = _object(
    {"condition": {"enum": ["service_started", "service_healthy", "service_completed_successfully"]}}, ("condition",)
)
LIMITS = _object({"cpus": {"type": "string", "pattern": r"^\d+(\.\d+)?$"}, "memory": SIZE}, ("cpus", "memory"))
SERVICE = _object(
    {
        "image": TEXT,
        "build": _object({"context": TEXT, "dockerfile": TEXT}, ("context", "dockerfile")),
        "command": COMMAND,
        "environment": _map_of(TEXT),
        "restart": {"type": "string", "pattern": r"^(always|unless-stopped|on-failure(:\d+)?)$"},
        "depends_on": _map_of(CONDITION),
        "networks": TEXTS,
        "ports": {"type": "array", "items": {"type": "string", "pattern": r"^\d+:\d+(/udp)?$"}, "uniqueItems": True},
        "volumes": {"type": "array", "items": {"type": "string", "pattern": r"^[^:]+:/[^:]*(:ro)?$"}},
        "healthcheck": HEALTH_CHECK,
        "deploy": _object({"resources": _object({"limits": LIMITS}, ("limits",))}, ("resources",)),
        "init": {"type": "boolean"},
        "read_only": {"type": "boolean"},
        "tmpfs": TEXTS,
        "cap_drop": TEXTS,
        "security_opt": TEXTS,
        "shm_size": SIZE,
        "stop_grace_period": DURATION,
        "logging": _object({"driver": TEXT, "options": _map_of(TEXT)}, ("driver",)),
    },
    ("image", "restart", "networks", "deploy"),
)
SCHEMA = {
    **_object(
        {
            "name": TEXT,
            "services": _map_of(SERVICE),
            "networks": _map_of({"oneOf": [{"type": "null"}, _object({"internal": {"type": "boolean"}})]}),
            "volumes": _map_of({"type": "null"}),
        },
        ("services",),
    ),
    "patternProperties": {"^x-": True},
}


def faults(text: str, example: str) -> Iterator[str]:
    """Every fault of a compose file with this ``text`` beside an ``.env.example`` with that one, as a sentence."""
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        yield f"不是有效的 YAML：{error}"
        return
    broken = [
        f"{'.'.join(map(str, error.path))}：{error.message}"
        for error in Draft202012Validator(SCHEMA).iter_errors(content)
    ]
    if broken:
        yield from broken
        return
    services = content["services"]
    for name in sorted(EXPECTED - set(services)):
        yield f"缺少服务 {name}"
    for name, service in services.items():
        yield from (f"{name}：{fault}" for fault in _service_faults(name, service, content))
    yield from _variable_faults(text, example)


def _service_faults(name: str, service: dict[str, Any], content: dict[str, Any]) -> Iterator[str]:
    if name not in ONE_SHOT and "healthcheck" not in service:
        yield "没有健康检查"
    tag = re.sub(r"\$\{\w+:-(.*)\}", r"\1", service["image"]).partition(":")[2]
    if tag in ("", "latest"):
        yield "镜像没有固定版本"
    if name not in PUBLIC and "ports" in service:
        yield "只有反向代理可以对外开放端口"
    for needed, condition in service.get("depends_on", {}).items():
        if needed not in content["services"]:
            yield f"依赖不存在的服务 {needed}"
        elif condition["condition"] == "service_healthy" and "healthcheck" not in content["services"][needed]:
            yield f"等待 {needed} 健康，但它没有健康检查"
    for network in service["networks"]:
        if network not in content["networks"]:
            yield f"网络 {network} 没有声明"
    for volume in service.get("volumes", []):
        yield from _volume_faults(volume.split(":")[0], content)
    for key, value in service.get("environment", {}).items():
        if SECRET_NAME.search(key) and not re.fullmatch(r"\$\{\w+:\?[^}]+\}", value):
            yield f"{key} 必须来自环境变量，且没有默认值"
        if re.search(r"//[^:@/]*:(?!\$\{\w+:\?)[^@]+@", value):
            yield f"{key} 中写有口令"


def _volume_faults(source: str, content: dict[str, Any]) -> Iterator[str]:
    if source.startswith("."):
        if not (ROOT / source).exists():
            yield f"挂载的 {source} 不存在"
    elif source not in content["volumes"]:
        yield f"卷 {source} 没有声明"


def _variable_faults(text: str, example: str) -> Iterator[str]:
    documented = set(re.findall(r"^(\w+)=", example, re.MULTILINE))
    used = {match["name"] for match in VARIABLE.finditer(text)}
    optional = {match["name"] for match in VARIABLE.finditer(text) if match["rest"].startswith(":-")}
    for name in sorted(used - documented - optional):
        yield f".env.example 没有说明 {name}"
    for name in sorted(documented - used):
        yield f".env.example 中的 {name} 没有被使用"
    for name, value in re.findall(r"^(\w+)=(.*)$", example, re.MULTILINE):
        if SECRET_NAME.search(name) and value:
            yield f".env.example 不得给 {name} 一个值"


def docker_faults() -> Iterator[str]:
    """What ``docker compose config`` says with every variable set; silent without the plugin."""
    if shutil.which("docker") is None:
        return
    if subprocess.run(["docker", "compose", "version"], capture_output=True, check=False).returncode != 0:
        print("本机的 docker 没有 compose 插件，跳过 docker compose config。")
        return
    names = {match["name"] for match in VARIABLE.finditer(COMPOSE.read_text("utf-8"))}
    env = {**os.environ, **dict.fromkeys(names, "checked")}
    done = subprocess.run(
        ["docker", "compose", "-f", COMPOSE, "config", "--quiet"], env=env, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        yield f"docker compose config：{done.stderr.strip()}"


def main() -> int:
    found = list(faults(COMPOSE.read_text("utf-8"), EXAMPLE.read_text("utf-8")))
    if "--docker" in sys.argv:
        found += docker_faults()
    for fault in found:
        print(fault)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
