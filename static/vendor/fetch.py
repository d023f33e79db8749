#!/usr/bin/env python3
"""Re-create the vendored front-end files from their npm packages, or check that they are unchanged.

    python static/vendor/fetch.py            # download with npm, verify, trim, bundle, write
    python static/vendor/fetch.py --check    # no network: compare the files with manifest.json

Packages are pinned by version and sha512 in ``manifest.json``; what is written is pinned by sha256.
Node and npm are needed only here, when a pin changes: the product ships and serves the results.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import math
import re
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
MANIFEST = HERE / "manifest.json"

# Components of the theme that no page uses; a selector with such a class is left out, which brings
# the style sheet from 79 to about 50 kB over the wire. The shell (menu, top bar) is ours: css/gridwork.css.
UNUSED = re.compile(
    r"\.(?:navbar|nav-(?:segmented|bordered)|carousel|ribbon|offcanvas|toast|tooltip|popover|modal|signal(?!-)|sparkline|"
    r"mention|calendar|datepicker|legend|divide|chat|signature|sortable|switch-icon|stars?(?![a-z])|rating|apexcharts|"
    r"accordion|markdown|prose|hover-|strength|tracking|segmented|theme-|layout-|sidebar|otp|form-otp|"
    r"form-(?:colorinput|imagecheck|selectgroup|colorcheck|color)|payment|flag|social|illustration|"
    r"vc-|noUi|litepicker|jvm|fslightbox|plyr|tox|dropzone|hugerte|placeholder|status-(?!dot)|"
    r"(?:bg|text|btn|btn-outline|btn-ghost|border|link|badge|badge-outline|alert|card|avatar|progress|table)-"
    r"(?:facebook|twitter|linkedin|google|youtube|vimeo|dribbble|github|instagram|pinterest|vk|rss|flickr|"
    r"bitbucket|tabler|x)(?![a-z0-9])|(?:[a-z0-9]+-)*xxl(?![a-z]))"
    r"|\[data-vc|\[data-bs-theme=dark\]|\[data-bs-theme-|\[data-bs-popper\]|\[dir=rtl\]|\[data-bs-theme=auto\]"
)
OKLCH = re.compile(r"oklch\(([\d.]+)% ([\d.]+) ([\d.]+|none)(?:deg)?\)")
SEE_THROUGH = re.compile(r"([a-z-]+):color-mix\(in oklab,(var\([^()]+\)) calc\([^;{}]*?\* 100%\),transparent\)!important")

ICONS = """
adjustments alarm alert-circle alert-triangle arrow-back-up arrow-down arrow-left arrow-right arrow-up arrows-exchange
arrows-sort ban bell bolt book bookmark building building-community buildings bulb calendar calendar-due calendar-event
calendar-stats cash certificate chart-bar chart-line chart-pie check checklist chevron-down chevron-left chevron-right
chevron-up chevrons-left circle-check circle-x clipboard-check clipboard-list clock clock-exclamation clock-pause
columns-3 copy database device-floppy dots download edit external-link eye eye-off file file-download file-export
file-import file-spreadsheet file-text file-zip files filter flag folder folders gauge help hierarchy hierarchy-2
history home home-2 hourglass id id-badge info-circle key layout-dashboard link list list-check list-details loader
lock lock-open login logout mail map map-pin menu-2 message message-2 messages minus mood-happy mood-sad notes package
paperclip pencil phone photo pin player-pause player-play plus point printer progress-check qrcode question-mark
refresh report report-analytics rotate route school search select send settings shield shield-check shield-lock
shopping-cart sitemap sort-ascending sort-descending speakerphone star square-check stack-2 switch-horizontal table
table-export tag target text-size thumb-up timeline tool transfer trash trophy upload urgent user user-check
user-circle user-cog user-plus user-search users users-group wand whirl world x zoom-check award basket
building-store calendar-plus clock-check coin coins gift hand-stop heart heart-handshake medal receipt report-money
scale ticket trending-up
""".split()


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def fetch(name: str, pin: dict[str, str], into: Path) -> Path:
    """Download one package with npm, verify its sha512 and unpack it; the folder of its files."""
    command = ["npm", "pack", f"{name}@{pin['version']}", "--silent", "--pack-destination", str(into)]
    answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    archive = into / answer.splitlines()[-1]
    found = "sha512-" + base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if found != pin["integrity"]:
        raise SystemExit(f"{name}: the package is not the pinned one ({found})")
    target = into / "node_modules" / name
    target.mkdir(parents=True)
    with tarfile.open(archive) as tar:
        for member in tar.getmembers():
            # Every npm archive has one top folder, usually "package".
            _, _, member.name = member.name.partition("/")
            if member.name:
                tar.extract(member, target, filter="data")
    return target


def css_rules(css: str) -> Iterator[tuple[str, str | None]]:
    """Top-level (prelude, body) pairs of a minified style sheet; body ``None`` for a bare statement."""
    start = 0
    while start < len(css):
        stop = _scan(css, start, "{;}")
        if stop >= len(css):
            return
        if css[stop] != "{":
            yield css[start : stop + 1], None
            start = stop + 1
            continue
        end, depth = stop + 1, 1
        while depth:
            end = _scan(css, end, "{}")
            depth += 1 if css[end] == "{" else -1
            end += 1
        yield css[start:stop], css[stop + 1 : end - 1]
        start = end


def _scan(text: str, start: int, stops: str) -> int:
    """Index of the next of ``stops`` outside of quotes and brackets."""
    quote, brackets, i = "", 0, start
    while i < len(text):
        char = text[i]
        if quote:
            i += char == "\\"
            quote = "" if char == quote else quote
        elif char in "\"'":
            quote = char
        elif char == "(":
            brackets += 1
        elif char == ")":
            brackets -= 1
        elif char in stops and not brackets:
            return i
        i += 1
    return i


def split_selectors(prelude: str) -> list[str]:
    parts, start = [], 0
    while (stop := _scan(prelude, start, ",")) < len(prelude):
        parts.append(prelude[start:stop])
        start = stop + 1
    return [*parts, prelude[start:]]


def trim_css(css: str) -> str:
    """The style sheet without the selectors that match ``UNUSED``."""
    out: list[str] = []
    for prelude, body in css_rules(css):
        if body is None:
            out.append(prelude)
        elif prelude.startswith(("@media", "@supports", "@layer", "@container")):
            inner = trim_css(body)
            out.append(f"{prelude}{{{inner}}}" if inner else "")
        elif prelude.startswith("@"):
            out.append(f"{prelude}{{{body}}}")
        else:
            kept = [selector for selector in split_selectors(prelude) if not UNUSED.search(selector)]
            out.append(f"{','.join(kept)}{{{body}}}" if kept else "")
    return "".join(out)


def plain_colours(css: str) -> str:
    """Colours that browsers of Chromium 88 to 110 know too, as offices still have them.

    Every fixed ``oklch`` becomes hexadecimal; a utility that mixes a colour with transparency gets the
    plain colour in front, which an older browser keeps when it skips the mix.
    """
    css = OKLCH.sub(lambda found: oklch_to_hex(*found.groups()), css)
    return SEE_THROUGH.sub(lambda found: f"{found[1]}:{found[2]}!important;{found[0]}", css)


def oklch_to_hex(lightness: str, chroma: str, hue: str) -> str:
    """CSS Color 4, §10: OKLCH (lightness in percent, hue in degrees) to sRGB."""
    light, angle = float(lightness) / 100, math.radians(0 if hue == "none" else float(hue))
    a, b = float(chroma) * math.cos(angle), float(chroma) * math.sin(angle)
    long = (light + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (light - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (light - 0.0894841775 * a - 1.2914855480 * b) ** 3
    linear = (
        4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
    )
    curved = (12.92 * c if c <= 0.0031308 else 1.055 * c ** (1 / 2.4) - 0.055 for c in linear)
    return "#" + "".join(f"{round(255 * min(1.0, max(0.0, c))):02x}" for c in curved)


def write_css(package: Path, target: Path) -> None:
    """The theme's style sheet, banner first, trimmed."""
    css = (package / "dist/css/tabler.min.css").read_text()
    banner = re.search(r"/\*!.*?\*/", css, re.DOTALL)
    body = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL).replace('@charset "UTF-8";', "")
    if banner is None:
        raise SystemExit("the style sheet has no licence banner")
    target.write_text(f'@charset "UTF-8";\n{banner.group()}\n{plain_colours(trim_css(body))}\n')


def write_sprite(package: Path, target: Path) -> None:
    """One SVG with a symbol per icon; colour and size come from the page."""
    symbols = []
    for name in sorted(set(ICONS)):
        svg = (package / f"icons/outline/{name}.svg").read_text()
        inner = svg.partition(">")[2].rpartition("</svg>")[0]
        inner = re.sub(r"<path[^>]*M0 0h24v24H0z[^>]*/>", "", inner)
        inner = re.sub(r"\s+", " ", inner).strip()
        symbols.append(
            f'<symbol id="{name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" '
            f'stroke-linecap="round" stroke-linejoin="round">{inner}</symbol>'
        )
    target.write_text('<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n")


def bundle_echarts(esbuild: Path, modules: Path, target: Path) -> None:
    """ECharts with the chart types named in entry.mjs and nothing else, as one classic script."""
    entry = modules.parent / "entry.mjs"
    entry.write_text((HERE / "echarts/entry.mjs").read_text())
    command = [str(esbuild / "bin/esbuild"), str(entry), "--bundle", "--minify", "--target=es2019"]
    command += ["--legal-comments=none", "--format=iife", f"--outfile={target}"]
    subprocess.run(command, check=True, capture_output=True)
    notice = "/*! Apache ECharts 6 (Apache-2.0), zrender (BSD-3-Clause), tslib (0BSD): see LICENSE files beside */\n"
    target.write_text(notice + target.read_text())


def copy(source: Path, target: Path) -> None:
    text = source.read_text()
    # A source map that is not there would be a 404 for everyone who opens the browser's tools.
    target.write_text(re.sub(r"\n?(//|/\*)# sourceMappingURL=[^\n]*", "", text).rstrip("\n") + "\n")


def build(manifest: dict[str, dict]) -> list[Path]:
    """Fetch every package and write every vendored file; the paths written."""
    with tempfile.TemporaryDirectory() as scratch:
        got = {name: fetch(name, pin, Path(scratch)) for name, pin in manifest["packages"].items()}
        tom, axe = HERE / "tom-select", ROOT / "tests/vendor"
        write_css(got["@tabler/core"], HERE / "tabler/tabler.min.css")
        write_sprite(got["@tabler/icons"], HERE / "icons/tabler-icons.svg")
        bundle_echarts(got["@esbuild/linux-x64"], Path(scratch) / "node_modules", HERE / "echarts/echarts.min.js")
        copies = [
            (got["htmx.org"] / "dist/htmx.min.js", HERE / "htmx/htmx.min.js"),
            (got["htmx.org"] / "LICENSE", HERE / "htmx/LICENSE"),
            (got["@tabler/icons"] / "LICENSE", HERE / "icons/LICENSE"),
            (got["echarts"] / "LICENSE", HERE / "echarts/LICENSE"),
            (got["echarts"] / "NOTICE", HERE / "echarts/NOTICE"),
            (got["zrender"] / "LICENSE", HERE / "echarts/LICENSE.zrender"),
            (got["tslib"] / "LICENSE.txt", HERE / "echarts/LICENSE.tslib"),
            (got["tom-select"] / "dist/js/tom-select.popular.min.js", tom / "tom-select.min.js"),
            (got["tom-select"] / "dist/css/tom-select.bootstrap5.min.css", tom / "tom-select.min.css"),
            (got["tom-select"] / "LICENSE", tom / "LICENSE"),
            (got["axe-core"] / "axe.min.js", axe / "axe.min.js"),
            (got["axe-core"] / "LICENSE", axe / "LICENSE.axe-core"),
        ]
        for source, target in copies:
            copy(source, target)
    bundled = ["tabler/tabler.min.css", "icons/tabler-icons.svg", "echarts/echarts.min.js"]
    return [*(HERE / name for name in bundled), *(target for _, target in copies)]


def changed(manifest: dict[str, dict]) -> list[str]:
    """Vendored files that are missing or differ from their recorded hash."""
    files: dict[str, str] = manifest["files"]
    return [name for name, known in files.items() if not (ROOT / name).is_file() or sha256(ROOT / name) != known]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare only, no network")
    options = parser.parse_args()
    manifest = json.loads(MANIFEST.read_text())
    if options.check:
        wrong = changed(manifest)
        print("\n".join(f"changed: {name}" for name in wrong) or "vendored files are as pinned")
        return 1 if wrong else 0
    written = build(manifest)
    manifest["files"] = {str(path.relative_to(ROOT)): sha256(path) for path in sorted(written)}
    MANIFEST.write_text(json.dumps(manifest, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
