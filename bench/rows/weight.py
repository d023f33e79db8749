"""What a browser loads: the home page on a first visit with charts, any page after that, nothing from elsewhere."""

from __future__ import annotations

import gzip
import http.client
import os
import re
import subprocess
import sys

from bench.http import server
from bench.people import cookie_of
from bench.result import Row
from bench.world import World

FIRST_KB, LATER_KB = 350.0, 40.0
ASSET = re.compile(r"""["'](/static/[^"'#?]+)""")  # also what a script loads later, such as the charts
ELSEWHERE = re.compile(r"""(?:src|href|action)="((?:https?:)?//[^"]+)""")


def measure(world: World) -> list[Row]:
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings.demo"}
    collect = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"]
    subprocess.run(collect, env=env, check=True)
    rows, outside = [], 0
    with server("config.wsgi", DJANGO_SETTINGS_MODULE="config.settings.demo") as port:
        for name, path in (("home page", "/"), ("list page", "/petitions/")):
            html, size = _get(port, path, cookie_of("district_officer"))
            text = html.decode()
            outside += len(ELSEWHERE.findall(text))
            assets = sum(_get(port, asset, {})[1] for asset in dict.fromkeys(ASSET.findall(text)))
            rows += [
                Row(f"{name}, first visit over the wire", (size + assets) / 1024, FIRST_KB, "kB", 1.0),
                Row(f"{name} after that", size / 1024, LATER_KB, "kB", 1.0),
            ]
    rows.append(Row("addresses outside the site", outside, 1, "addresses", 0.0))
    return rows


def _get(port: int, path: str, headers: dict[str, str]) -> tuple[bytes, int]:
    """The content and its size on the wire."""
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    client.request("GET", path, headers={**headers, "Accept-Encoding": "gzip"})
    answer = client.getresponse()
    body = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{path} answered {answer.status}")
    return (gzip.decompress(body) if answer.headers.get("Content-Encoding") == "gzip" else body), len(body)
