"""Executes a batch until it is killed: `python -m tests.batch.killed URL BATCH`."""

from __future__ import annotations

import sys
from uuid import UUID

from bingosim.batch.local import execute_batch
from bingosim.storage.database import open_url
from tests.batch.test_execute import CODEC


def main() -> None:
    """Say `half` once half of the runs are persisted, and hold on to the rest."""
    url, batch = sys.argv[1:]
    database = open_url(url)
    persisted = 0

    def chunk(results: object) -> bytes:
        nonlocal persisted
        if persisted == 2:
            sys.stdout.write("half\n")
            sys.stdout.flush()
            sys.stdin.read()  # nobody writes: it is killed here, with a claim in its hands
        persisted += 1
        return CODEC.chunk(results)  # type: ignore[arg-type]

    codec = type(CODEC)(chunk=chunk, partial=CODEC.partial, merge=CODEC.merge)
    execute_batch(database, UUID(batch), codec, threads=1, stop=lambda: False)


if __name__ == "__main__":
    main()
