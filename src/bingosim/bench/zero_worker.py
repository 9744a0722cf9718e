"""A worker that plays in no time: its engine hands out results that are there already.

`python -m bingosim.bench.zero_worker PAYLOADS FILE` is what `bingosim bench pipeline` starts: a
worker like any other, of which only the engine is replaced, and for empty payloads the codec.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bingosim.bench.modes import PAYLOADS, replayed
from bingosim.payloads.chunk import decode_chunk
from bingosim.results import Shape
from bingosim.settings import read_settings
from bingosim.worker.process import Means, run_worker

if TYPE_CHECKING:
    from bingosim.engines import Play
    from bingosim.event.snapshot import Snapshot


def main(payloads: str, file: Path) -> None:
    """Execute messages of an event with the runs of a chunk that a file holds."""
    chunk = file.read_bytes()

    def prepare(snapshot: Snapshot, seed: str, engine: str) -> Play:
        pool = decode_chunk(chunk, Shape.of(snapshot)).results
        return replayed(pool)(snapshot, seed, engine)

    run_worker(read_settings(), Means(PAYLOADS[payloads], prepare))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
