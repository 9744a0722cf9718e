"""How many runs a second the store creates, claims and persists: `python -m benchmarks.store`.

One thread, no simulation, empty results. With `--url postgresql://...` it works in the database
that it names, which must be an empty one of its own; else in a file that is deleted at the end.
Creating is measured beside what the database does with the same rows ready made: one binary COPY,
or rows by one prepared statement. Figures are medians of rounds; ratios are of the same round.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from bingosim.bench.measure import median_ratio
from bingosim.bench.statements import measure_creating, measure_rows, measure_statements
from bingosim.event.file import as_snapshot, load_event
from bingosim.storage.database import open_url
from bingosim.storage.migrate import upgrade

if TYPE_CHECKING:
    from bingosim.storage.database import Database

SIZES = (10, 100, 500, 1000)
MESSAGES = 100
CREATED = 200_000
ROUNDS = 3
EVENT = Path(__file__).parents[1] / "examples" / "winter-bingo.yaml"


def measure(database: Database, created: int) -> None:
    """Measure and print."""
    snapshot = as_snapshot(load_event(EVENT))
    measure_statements(database, snapshot, 10, MESSAGES)  # connections and plans are made
    creating, filling = [], []
    for _ in range(ROUNDS):
        creating.append(measure_creating(database, snapshot, created))
        filling.append(measure_rows(database, snapshot, created))
    print(f"create {created:,} runs: {median(creating):,.0f} runs/s")
    print(f"their rows ready made: {median(filling):,.0f} rows/s")
    print(f"ratio: {median_ratio(creating, filling):.2f}")
    rounds = [
        {size: measure_statements(database, snapshot, size, MESSAGES) for size in SIZES}
        for _ in range(ROUNDS)
    ]
    print(f"{'K':>5}{'claim':>12}{'persist':>12}{'together':>12}{'ratio':>8}")
    for size in SIZES:
        claim = median(1 / part[size].claim for part in rounds)
        persist = median(1 / part[size].persist for part in rounds)
        together = median(1 / part[size].together for part in rounds)
        ratio = median(part[10].together / part[size].together for part in rounds)
        print(f"{size:>5}{claim:>12,.0f}{persist:>12,.0f}{together:>12,.0f}{ratio:>8.1f}")


def main() -> None:
    """Measure the database that is named, or an embedded one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", help="an empty database of its own")
    parser.add_argument("--runs", type=int, default=CREATED, help="runs to create")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        database = open_url(arguments.url or f"sqlite:///{directory}/benchmark.db")
        upgrade(database)
        measure(database, arguments.runs)
        database.close()


if __name__ == "__main__":
    main()
