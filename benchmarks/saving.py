"""What saving costs: `python -m benchmarks.saving [RUNS] [EVENT]`.

The bare engine, `simulate`, against the same runs submitted, executed and stored as a batch in a
file that is there already; on all cores, with everything compiled, in turn. Medians and the median
of the rounds' ratios; the project asks for 0.95 at 100,000 runs.
"""

from __future__ import annotations

import argparse
import tempfile
from functools import partial
from statistics import median

from bingosim.batch.local import execute_batch
from bingosim.batch.submit import submit
from bingosim.bench.measure import at_least, described_machine, in_turn, median_ratio, seconds_of
from bingosim.event.file import as_snapshot, load_event
from bingosim.simulation import available_threads, simulate
from bingosim.storage.database import open_url
from bingosim.storage.migrate import upgrade
from bingosim.storage.states import BatchStatus

SEED = "saving"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", nargs="?", type=int, default=25_000)
    parser.add_argument("event", nargs="?", default="examples/winter-bingo.yaml")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    snapshot = as_snapshot(load_event(arguments.event))
    threads = available_threads()
    with tempfile.TemporaryDirectory() as directory:
        database = open_url(f"sqlite:///{directory}/benchmark.db")
        upgrade(database)

        def save(runs: int) -> None:
            batch = submit(database, snapshot, runs, SEED, workers=threads)
            status = execute_batch(database, batch, threads=threads, stop=lambda: False)
            if status is not BatchStatus.COMPLETED:
                raise AssertionError(f"the batch is {status}")

        def play(runs: int) -> None:
            simulate(snapshot, runs, SEED, threads=threads)

        for work in (play, save):
            work(100)  # kernels are loaded, tables are there
        ways = {name: seconds_of(partial(work, arguments.runs)) for name, work in
                (("bare engine", play), ("with saving", save))}  # fmt: skip
        seconds = in_turn(ways, arguments.rounds)
        database.close()
    print(f"{described_machine()}; {snapshot.name}, {arguments.runs:,} runs, {threads} threads")
    for name, each in seconds.items():
        print(f"{name}: {arguments.runs / median(each):,.0f} runs/s")
    ratio = median_ratio(seconds["bare engine"], seconds["with saving"])
    print(at_least("with saving to bare engine", ratio, "x", 0.95))


if __name__ == "__main__":
    main()
