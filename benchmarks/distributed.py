"""What distributing costs: workers over a database and a broker beside the bare engine.

python -m benchmarks.servers python -m benchmarks.distributed [--runs N] [--workers N] [--threads N]

`simulate` on all cores against the same runs from submitting to the final status, in turn, with the
servers on the same cores; engines are compiled before. Medians; the project asks for 0.9 with
100,000 runs of winter-bingo.
"""

from __future__ import annotations

import argparse
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING

from bingosim.batch.submit import submit
from bingosim.bench.crew import crew_of
from bingosim.bench.distributed import Distributed, private_servers
from bingosim.bench.measure import at_least, described_machine, median_ratio
from bingosim.event.examples import example_file
from bingosim.event.file import load_event
from bingosim.event.snapshot import make_snapshot
from bingosim.settings import read_settings
from bingosim.simulation import available_threads, simulate
from bingosim.storage.states import BatchStatus

if TYPE_CHECKING:
    from bingosim.bench.crew import Crew
    from bingosim.event.snapshot import Snapshot
    from bingosim.storage.database import Database

SEED, WARM_UP = "distributed", 2_000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--threads", type=int, help="of each worker")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    snapshot = make_snapshot(load_event(example_file("winter-bingo")))
    cores = available_threads()
    threads = options.threads or max(1, cores // options.workers)
    bare, distributed = [], []
    with (
        private_servers(read_settings()) as servers,
        Distributed(servers).database() as database,
        crew_of(database, servers, options.workers, worker_threads=threads) as crew,
    ):
        execute(crew, database, snapshot, WARM_UP)
        simulate(snapshot, WARM_UP, SEED, threads=cores)
        for _ in range(options.rounds):
            begun = perf_counter()
            simulate(snapshot, options.runs, SEED, threads=cores)
            bare.append(perf_counter() - begun)
            distributed.append(execute(crew, database, snapshot, options.runs))
    print(
        f"{described_machine()}; {snapshot.name}, {options.runs:,} runs, "
        f"{options.workers} workers of {threads} threads"
    )
    for name, each in (("bare engine", bare), ("distributed", distributed)):
        print(f"{name}: {options.runs / median(each):,.0f} runs/s")
    print(at_least("distributed to bare engine", median_ratio(bare, distributed), "x", 0.9))


def execute(crew: Crew, database: Database, snapshot: Snapshot, runs: int) -> float:
    """Return the seconds of a batch from submitting, messages of `auto` size, to its end."""
    begun = perf_counter()
    batch = submit(database, snapshot, runs, SEED, distributed=True)
    status, _ = crew.execute(batch)
    if status is not BatchStatus.COMPLETED:
        raise AssertionError(f"the batch is {status}")
    return perf_counter() - begun


if __name__ == "__main__":
    main()
