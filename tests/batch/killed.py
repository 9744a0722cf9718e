"""Executes a batch until it is killed: `python -m tests.batch.killed URL BATCH`."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import UUID

from bingosim.batch.local import execute_batch
from bingosim.storage.database import open_url
from tests.batch.test_execute import CODEC

if TYPE_CHECKING:
    from bingosim.payloads.timelines import Timelines
    from bingosim.results import RunResults


def main() -> None:
    """Say `half` once half of the runs are persisted, and hold on to the rest."""
    url, batch = sys.argv[1:]
    database = open_url(url)
    persisted = 0

    def chunk(results: RunResults, timelines: Timelines) -> bytes:
        nonlocal persisted
        if persisted == 2:
            sys.stdout.write("half\n")
            sys.stdout.flush()
            sys.stdin.read()  # nobody writes: it is killed here, with a claim in its hands
        persisted += 1
        return CODEC.chunk(results, timelines)

    execute_batch(
        database, UUID(batch), codec=replace(CODEC, chunk=chunk), threads=1, stop=lambda: False
    )


if __name__ == "__main__":
    main()
