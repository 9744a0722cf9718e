"""What two more workers bring where a run takes a while and no processor.

python -m benchmarks.servers python -m benchmarks.scaling [--messages N] [--rounds N]

Every run is followed by a wait of 2 ms, so that one machine of few cores has room for many workers.
One worker, then three, as long as each has so many messages: K = 100, one message at a time,
prefetch 1. Figures are medians, the ratio that of the rounds' ratios; the project asks for 2.85.
"""

from __future__ import annotations

import argparse
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from bingosim.bench.crew import crew_of
from bingosim.bench.distributed import (
    Distributed,
    pool_file,
    private_servers,
    submit_for_workers,
    zero_worker,
)
from bingosim.bench.measure import at_least, described_machine, median_ratio
from bingosim.engines import prepare
from bingosim.event.examples import example_file
from bingosim.event.file import load_event
from bingosim.event.snapshot import make_snapshot
from bingosim.settings import read_settings
from bingosim.storage.states import BatchStatus

if TYPE_CHECKING:
    from bingosim.bench.crew import Servers
    from bingosim.event.snapshot import Snapshot
    from bingosim.results import RunResults

SIZE, DELAY_MS = 100, 2
WORKERS = (1, 3)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=100, help="for each worker")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    snapshot = make_snapshot(load_event(example_file("winter-bingo")))
    pool = prepare(snapshot, "scaling", "jump")(np.arange(1000, dtype=np.int64))
    speeds: dict[int, list[float]] = {number: [] for number in WORKERS}
    with private_servers(read_settings()) as servers:
        for _ in range(options.rounds):
            for number in WORKERS:
                runs = SIZE * options.messages * number
                speeds[number].append(speed(servers, snapshot, pool, number, runs))
    print(f"{described_machine()}; a wait of {DELAY_MS} ms a run, K = {SIZE}")
    for number, each in speeds.items():
        print(f"{number} workers: {median(each):,.0f} runs/s")
    print(at_least("three workers to one", median_ratio(speeds[3], speeds[1]), "x", 2.85))


def speed(servers: Servers, snapshot: Snapshot, pool: RunResults, workers: int, runs: int) -> float:
    """Return how many runs a second so many workers execute, from submitting to the end."""
    settings = {
        "worker_simulation_delay_ms": DELAY_MS,
        "worker_max_concurrent": 1,
        "worker_prefetch": 1,
    }
    with (
        Distributed(servers).database() as database,
        pool_file(pool) as file,
        crew_of(database, servers, workers, zero_worker("real", file), **settings) as crew,
    ):
        crew.execute(submit_for_workers(database, snapshot, SIZE, SIZE * workers))
        status, seconds = crew.execute(submit_for_workers(database, snapshot, SIZE, runs))
    if status is not BatchStatus.COMPLETED:
        raise AssertionError(f"the batch is {status}")
    return runs / seconds


if __name__ == "__main__":
    main()
