"""What is simulated in these tests, and what must come of it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np

from bingosim import load
from bingosim.batch.codec import CODEC
from bingosim.engines import prepare
from bingosim.event.snapshot import make_snapshot
from bingosim.payloads.aggregates import hash_of_aggregates

SEED = "chaos"
ENGINE = "reference"  # nothing to compile, and of so small an event quick enough
SNAPSHOT = make_snapshot(load(Path(__file__).parents[3] / "examples" / "tiny.yaml"))


@cache
def undisturbed(runs: range, without: frozenset[int] = frozenset()) -> str:
    """Return the hash of the aggregates of these runs, played in this process, one after another.

    Args:
        runs: Their indices.
        without: Those of which there are no results.
    """
    indices = np.array([run for run in runs if run not in without], dtype=np.int64)
    results = prepare(SNAPSHOT, SEED, ENGINE)(indices)
    return hash_of_aggregates(CODEC.partial(results, SNAPSHOT))
