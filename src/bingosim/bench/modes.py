"""What batches are executed with when the pipeline is measured: a way to do it, and results."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from bingosim.batch.codec import CODEC
from bingosim.batch.execute import Codec
from bingosim.batch.local import execute_batch
from bingosim.results import COLUMNS
from bingosim.storage.aggregates import Arithmetic
from bingosim.storage.database import open_url
from bingosim.storage.migrate import upgrade

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from uuid import UUID

    import numpy as np
    from numpy.typing import NDArray

    from bingosim.batch.execute import Prepare
    from bingosim.batch.observe import Observer
    from bingosim.results import RunResults
    from bingosim.storage.database import Database
    from bingosim.storage.states import BatchStatus


@dataclass(frozen=True, slots=True)
class Mode:
    """A way in which batches are executed.

    Attributes:
        name: What it is called.
        database: Opens a new, empty database for the time of a block.
        execute: Executes a batch: database, batch, threads, codec, engines, observer.
    """

    name: str
    database: Callable[[], AbstractContextManager[Database]]
    execute: Callable[[Database, UUID, int, Codec, Prepare, Observer], BatchStatus]


@contextmanager
def _temporary_file() -> Iterator[Database]:
    with TemporaryDirectory() as directory:
        database = open_url(f"sqlite:///{Path(directory) / 'bench.db'}")
        try:
            upgrade(database)
            yield database
        finally:
            database.close()


def _execute_here(
    database: Database,
    batch: UUID,
    threads: int,
    codec: Codec,
    engines: Prepare,
    observer: Observer,
) -> BatchStatus:
    return execute_batch(
        database,
        batch,
        threads=threads,
        stop=lambda: False,
        codec=codec,
        prepare=engines,
        observer=observer,
    )


LOCAL = Mode("local", _temporary_file, _execute_here)


EMPTY = Codec(
    chunk=lambda _results, _timelines: b"",
    partial=lambda _results, _snapshot: b"",
    arithmetic=Arithmetic(merge=lambda _parts: b"", next_look=lambda _precision, _payload: None),
)
PAYLOADS = {"real": CODEC, "empty": EMPTY}


def replayed(pool: RunResults) -> Prepare:
    """Return what makes engines that hand out these runs again, under the indices asked for."""

    def play(runs: NDArray[np.int64]) -> RunResults:
        again = runs % len(pool)
        columns = {
            column.name: getattr(pool, column.name) * len(runs) // len(pool)  # a share of the sum
            if column.summed
            else getattr(pool, column.name)[again]
            for column in COLUMNS
        }
        return replace(pool, **columns | {"run": runs})

    return lambda _snapshot, _seed, _engine: play
