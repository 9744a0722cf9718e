"""How many bytes runs take: `python -m benchmarks.stored [EVENT]`.

Chunks of 100 and of 500 runs, as batches store them, and their exact aggregates, beside the same
runs as JSON and as exports; then whole batches in an SQLite file, with all that belongs to them.
Figures of it stand in `docs/results.md` and `docs/batches.md`.
"""

from __future__ import annotations

import json
import sys
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import TYPE_CHECKING

import bingosim
from bingosim.batch.local import execute_batch
from bingosim.batch.submit import submit
from bingosim.event.snapshot import make_snapshot
from bingosim.exports import Export, Kind
from bingosim.payloads.aggregates import encode_aggregates
from bingosim.payloads.chunk import SUMMARY, TIMELINES, decode_chunk, encode_chunk
from bingosim.payloads.timelines import Timelines
from bingosim.results import Shape
from bingosim.simulation import simulate
from bingosim.storage.database import open_url
from bingosim.storage.migrate import upgrade
from bingosim.storage.usage import measure

if TYPE_CHECKING:
    from collections.abc import Callable

    from bingosim import RunResults, Simulation
    from bingosim.event.snapshot import Snapshot

EVENT = "examples/winter-bingo.yaml"
MESSAGE_SIZES = (100, 500)
BATCH = 10_000
"""Runs of the batches whose database is measured."""
ROUNDS = 20


def as_json(results: RunResults) -> str:
    """Return the runs as JSON without blanks, a line each; keys are those of the columns."""
    names = (*SUMMARY[1:], *TIMELINES)
    lines = [
        {"run": run, **{name: getattr(results, name)[place].tolist() for name in names}}
        for place, run in enumerate(results.run.tolist())
    ]
    return "\n".join(json.dumps(line, separators=(",", ":")) for line in lines)


def milliseconds(work: Callable[[], object]) -> float:
    """Return the shortest of some times that something takes."""
    times = []
    for _ in range(ROUNDS):
        begun = perf_counter()
        work()
        times.append(perf_counter() - begun)
    return 1e3 * min(times)


def exported(simulation: Simulation, kind: Kind) -> int:
    """Return the bytes of both tables of an export."""
    with (
        TemporaryDirectory() as directory,
        Export(directory, kind, simulation.snapshot) as export,
    ):
        export.add(simulation.results)
        export.finish(seed=simulation.seed, engine="jump", engine_version="", complete=True)
        return sum(path.stat().st_size for path in Path(directory).glob(f"*.{kind}"))


def database_bytes(
    snapshot: Snapshot, runs: int, message_size: int, timelines: Timelines
) -> tuple[int, dict[str, int]]:
    """Execute a batch in a file of its own; return the file's bytes, and those of each table."""
    with TemporaryDirectory() as directory:
        file = Path(directory) / "bingosim.db"
        database = open_url(f"sqlite:///{file}")
        upgrade(database)
        batch = submit(database, snapshot, runs, message_size=message_size, timelines=timelines)
        execute_batch(database, batch, threads=2, stop=lambda: False)
        tables = {used.table: used.bytes for used in measure(database)}
        database.close()  # the last connection folds the log into the file
        return file.stat().st_size, tables


def print_payloads(snapshot: Snapshot, runs: int) -> None:
    """Print what one chunk of so many runs takes."""
    simulation = simulate(snapshot, runs, engine="jump", keep=True)
    results = simulation.results
    shape = results.shape
    print(f"\n{f'a chunk of {runs} runs':34}{'bytes a run':>12}{'and team':>10}", end="")
    print(f"{'write ms':>10}{'read ms':>10}")
    print(f"{'JSON':34}{len(as_json(results)) / runs:12.1f}")
    for timelines in Timelines:
        blob = encode_chunk(results, timelines)
        write = milliseconds(partial(encode_chunk, results, timelines))
        read = milliseconds(partial(decode_chunk, blob, shape))
        size = len(blob) / runs
        name = f"chunk, timelines {timelines}"
        print(f"{name:34}{size:12.1f}{size / shape.teams:10.1f}{write:10.2f}{read:10.2f}")
    size = len(encode_aggregates(simulation.aggregates))
    write = milliseconds(partial(encode_aggregates, simulation.aggregates))
    print(f"{'aggregates':34}{size / runs:12.1f}{'':10}{write:10.2f}   ({size:,} bytes)")
    for kind in Kind:
        print(f"{f'export as {kind}':34}{exported(simulation, kind) / runs:12.1f}")


def print_databases(snapshot: Snapshot, message_size: int) -> None:
    """Print what a whole batch takes in an SQLite file.

    Pages are free where partial aggregates were folded in; they are used again, so that they
    hardly grow with the runs.
    """
    print(f"\n{f'{BATCH:,} runs, messages of {message_size}':34}{'bytes a run':>12}", end="")
    print(f"{'chunks':>10}{'runs':>10}{'others':>10}{'free':>10}")
    for timelines in Timelines:
        size, tables = database_bytes(snapshot, BATCH, message_size, timelines)
        free = size - sum(tables.values())
        chunks, runs = tables.pop("result_chunks"), tables.pop("simulation_runs")
        print(f"{f'SQLite, timelines {timelines}':34}{size / BATCH:12.1f}", end="")
        others = sum(tables.values())
        print("".join(f"{part / BATCH:10.1f}" for part in (chunks, runs, others, free)))


def main() -> None:
    """Simulate, store and print."""
    snapshot = make_snapshot(bingosim.load(sys.argv[1] if len(sys.argv) > 1 else EVENT))
    shape = Shape.of(snapshot)
    print(f"{snapshot.name}: {shape.tiles} tiles, {shape.teams} teams")
    for runs in MESSAGE_SIZES:
        print_payloads(snapshot, runs)
    for message_size in MESSAGE_SIZES:
        print_databases(snapshot, message_size)


if __name__ == "__main__":
    main()
