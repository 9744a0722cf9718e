"""What is simulated in these tests: an event of which a run takes next to nothing."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from bingosim import load, simulate
from bingosim.event.snapshot import make_snapshot
from bingosim.payloads.aggregates import encode_aggregates, hash_of_aggregates
from bingosim.precision import Precision

SEED = "chaos"
SNAPSHOT = make_snapshot(load(Path(__file__).parents[2] / "examples" / "tiny.yaml"))
RUNS, MESSAGE_SIZE = 60, 7
"""Nine messages; the last is smaller."""
PRECISION = Precision(4.0, min_runs=200, max_runs=3000)
"""Reached at the second look: one extension on the way."""
PRECISE_MESSAGE_SIZE = 100


@cache
def undisturbed(runs: int) -> str:
    """Return the hash of the aggregates of so many runs that nothing happened to."""
    return hash_of_aggregates(encode_aggregates(simulate(SNAPSHOT, runs, SEED).aggregates))


@cache
def precise_runs() -> int:
    """Return how many runs reach `PRECISION`, undisturbed."""
    done = simulate(
        SNAPSHOT,
        PRECISION.max_runs,
        SEED,
        precision=PRECISION.points,
        min_runs=PRECISION.min_runs,
    )
    runs = done.aggregates.runs
    if runs not in PRECISION.looks[1:-1]:
        raise AssertionError(f"it ends after {runs} runs: not at a look in the middle")
    return runs
