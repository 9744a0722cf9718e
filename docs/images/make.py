"""Draw `run.svg`, the picture in the README: `.venv/bin/python docs/images/make.py`.

It shows what a real run prints, less the table of when each row opens, which is long. The picture
loads nothing from a network: the web font that Rich names is taken out.
"""

from __future__ import annotations

import io
import re
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).parents[2]
COMMAND = ("run", "examples/winter-bingo.yaml")
LEFT_OUT = ("Row opens", "Try next")
FONTS = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"


def printed() -> str:
    """Return what the command prints, less the parts that are left out."""
    output = subprocess.run(  # noqa: S603 - the project's own command
        [sys.executable, "-m", "bingosim", *COMMAND, "--quiet"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    parts = [part for part in output.split("\n\n") if not part.startswith(LEFT_OUT)]
    return "\n\n".join((f"$ bingosim {' '.join(COMMAND)}", *parts)).rstrip()


def drawn(text: str) -> str:
    """Return text as a terminal's window in SVG."""
    width = max(map(len, text.splitlines()))
    console = Console(record=True, width=width, file=io.StringIO())
    console.print(Text(text), soft_wrap=True)
    svg = console.export_svg(title="BingoSim", unique_id="run")
    svg = re.sub(r"@font-face \{.*?\}|<!--.*?-->", "", svg, flags=re.DOTALL)
    svg = re.sub(r"font-family: [^;]*;", f"font-family: {FONTS};", svg)
    return re.sub(r"[ \t]*\n(\s*\n)*", "\n", svg)


if __name__ == "__main__":
    Path(__file__).with_name("run.svg").write_text(drawn(printed()), encoding="utf-8")
