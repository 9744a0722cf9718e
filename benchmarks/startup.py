"""How long a user waits before the first run is simulated."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from statistics import median
from time import perf_counter

from benchmarks.engine import EXAMPLE
from bingosim.bench.measure import Figure, at_most

_COMMAND = (
    sys.executable,
    "-m",
    "bingosim",
    "run",
    str(EXAMPLE),
    "--runs",
    "1",
    "--threads",
    "1",
    "--quiet",
)
_COMPILE_GOAL_S = 15
_WARM_GOAL_S = 1.5
_ROUNDS = 5


def startup_figures() -> list[Figure]:
    """Measure the whole command with one run: the engine compiled first, then from the cache."""
    with tempfile.TemporaryDirectory() as cache:
        cold = _seconds(cache)
        warm = median(_seconds(cache) for _ in range(_ROUNDS))
    return [
        at_most("command to first run, compiled engine in the cache", warm, "s", _WARM_GOAL_S),
        at_most(
            "first compile (cold command less warm command)", cold - warm, "s", _COMPILE_GOAL_S
        ),
    ]


def _seconds(cache: str) -> float:
    begun = perf_counter()
    subprocess.run(
        _COMMAND,
        check=True,
        stdout=subprocess.DEVNULL,
        env={**os.environ, "NUMBA_CACHE_DIR": cache},
    )
    return perf_counter() - begun
