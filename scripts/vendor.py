"""Copies minified JavaScript and CSS from npm packages, with licences and hashes.

For maintainers: `npm install --no-package-lock`, then `python scripts/vendor.py`. With `--check` it
only compares what lies there with the list of hashes.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
MODULES = ROOT / "node_modules"
PAGES = ROOT / "src" / "bingosim" / "web" / "static" / "vendor"
TESTS = ROOT / "tests" / "web" / "vendor"
FILES = (  # package, file in it, where it goes, under which name
    ("@picocss/pico", "css/pico.min.css", PAGES, "pico.min.css"),
    ("@picocss/pico", "LICENSE.md", PAGES, "pico.LICENSE.txt"),
    ("htmx.org", "dist/htmx.min.js", PAGES, "htmx.min.js"),
    ("htmx.org", "LICENSE", PAGES, "htmx.LICENSE.txt"),
    ("echarts", "dist/echarts.common.min.js", PAGES, "echarts.common.min.js"),
    ("echarts", "LICENSE", PAGES, "echarts.LICENSE.txt"),
    ("echarts", "NOTICE", PAGES, "echarts.NOTICE.txt"),
    ("echarts", "licenses/LICENSE-d3", PAGES, "echarts.LICENSE-d3.txt"),
    ("axe-core", "axe.min.js", TESTS, "axe.min.js"),
    ("axe-core", "LICENSE", TESTS, "axe.LICENSE.txt"),
)
SOURCE_MAP = re.compile(rb"\n?//# sourceMappingURL=\S+\s*$")


def main() -> None:
    """Copy or check."""
    if "--check" in sys.argv:
        check()
        return
    asked = json.loads((ROOT / "package.json").read_text("utf-8"))
    versions = {**asked["dependencies"], **asked["devDependencies"]}
    for package, source, folder, name in FILES:
        found = json.loads((MODULES / package / "package.json").read_text("utf-8"))["version"]
        if found != versions[package]:
            sys.exit(f"{package} is {found}, and package.json says {versions[package]}")
        folder.mkdir(parents=True, exist_ok=True)
        # Maps are not shipped: a browser's tools would look for them and find nothing.
        content = SOURCE_MAP.sub(b"\n", (MODULES / package / source).read_bytes())
        (folder / name).write_bytes(content)
    for folder in (PAGES, TESTS):
        hashes = [f"{_sha256(folder / name)}  {name}\n" for *_, to, name in FILES if to == folder]
        (folder / "SHA256SUMS").write_text("".join(hashes), "utf-8")


def check() -> None:
    """End with a message if a file is not what the list says."""
    for folder in (PAGES, TESTS):
        lines = (folder / "SHA256SUMS").read_text("utf-8").splitlines()
        listed = {name: digest for digest, name in (line.split("  ") for line in lines)}
        there = {path.name for path in folder.iterdir()} - {"SHA256SUMS"}
        if there != set(listed):
            sys.exit(f"{folder}: not as listed: {sorted(there ^ set(listed))}")
        for name, digest in listed.items():
            if _sha256(folder / name) != digest:
                sys.exit(f"{folder / name} was changed")


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    main()
