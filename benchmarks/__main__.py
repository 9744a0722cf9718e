"""Run all benchmarks and print a table, or JSON with `--json`."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict

from benchmarks.engine import engine_figures
from benchmarks.startup import startup_figures
from bingosim.bench.measure import described_machine


def main() -> None:
    """Measure and print; goals that are missed are said, and fail nothing."""
    figures = [*engine_figures(), *startup_figures()]
    if "--json" in sys.argv[1:]:
        print(json.dumps([asdict(figure) for figure in figures], indent=2))
        return
    print(f"{described_machine()}; medians")
    for figure in figures:
        print(figure)


if __name__ == "__main__":
    main()
