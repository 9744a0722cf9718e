"""How many bytes runs take: `python -m benchmarks.stored [RUNS] [EVENT]`.

A chunk of some hundred runs, as batches store them, and its exact aggregates, beside the same runs
as JSON and as exports. Figures of it stand in `docs/results.md`.
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
from bingosim.exports import Export, Kind
from bingosim.payloads.aggregates import encode_aggregates
from bingosim.payloads.chunk import SUMMARY, TIMELINES, Timelines, decode_chunk, encode_chunk
from bingosim.simulation import simulate

if TYPE_CHECKING:
    from collections.abc import Callable

    from bingosim import RunResults, Simulation

EVENT = "examples/winter-bingo.yaml"
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


def main() -> None:
    """Simulate, store and print."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    event = bingosim.load(sys.argv[2] if len(sys.argv) > 2 else EVENT)
    simulation = simulate(event, runs, engine="jump", keep=True)
    results = simulation.results
    shape = results.shape
    print(f"{event.header.name}: {shape.tiles} tiles, {shape.teams} teams; {runs:,} runs")
    print(f"{'':34}{'bytes a run':>12}{'write ms':>10}{'read ms':>10}")
    print(f"{'JSON':34}{len(as_json(results)) / runs:12.1f}")
    for timelines in Timelines:
        blob = encode_chunk(results, timelines)
        write = milliseconds(partial(encode_chunk, results, timelines))
        read = milliseconds(partial(decode_chunk, blob, shape))
        name = f"chunk, timelines {timelines}"
        print(f"{name:34}{len(blob) / runs:12.1f}{write:10.2f}{read:10.2f}")
    size = len(encode_aggregates(simulation.aggregates))
    write = milliseconds(partial(encode_aggregates, simulation.aggregates))
    print(f"{'aggregates':34}{size / runs:12.1f}{write:10.2f}   ({size:,} bytes)")
    for kind in Kind:
        print(f"{f'export as {kind}':34}{exported(simulation, kind) / runs:12.1f}")


if __name__ == "__main__":
    main()
