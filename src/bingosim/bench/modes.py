"""What batches are executed with when the pipeline is measured: a way to do it, and results."""

from __future__ import annotations

from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from time import perf_counter
from typing import TYPE_CHECKING, Protocol

from bingosim.batch.codec import CODEC
from bingosim.batch.execute import Codec
from bingosim.batch.local import execute_batch
from bingosim.batch.observe import Phase, Unobserved
from bingosim.results import COLUMNS
from bingosim.storage.aggregates import Arithmetic
from bingosim.storage.database import open_url
from bingosim.storage.migrate import upgrade
from bingosim.storage.steering import delete_batch

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    import numpy as np
    from numpy.typing import NDArray

    from bingosim.batch.execute import Prepare
    from bingosim.results import RunResults
    from bingosim.storage.database import Database
    from bingosim.storage.states import BatchStatus

Spent = tuple[dict[Phase, float], dict[Phase, int]]
"""Seconds of each phase, and how often there was one."""

EMPTY = Codec(
    chunk=lambda _results, _timelines: b"",
    partial=lambda _results, _snapshot: b"",
    arithmetic=Arithmetic(merge=lambda _parts: b"", next_look=lambda _precision, _payload: None),
)
PAYLOADS = {"real": CODEC, "empty": EMPTY}


class Crew(Protocol):
    """Who executes batches."""

    def execute(self, batch: UUID) -> tuple[BatchStatus, float]:
        """Execute a batch to its end; return how it ended, and its seconds since it was there.

        Those are counted from when the batch was submitted, where submitting tells the crew.
        """
        ...

    def spent(self) -> Spent:
        """Return what was spent so far."""
        ...


class Mode(Protocol):
    """A way in which batches are executed."""

    @property
    def name(self) -> str:
        """What it is called."""
        ...

    @property
    def hands(self) -> str:
        """Of what there is one or two: threads or workers."""
        ...

    @property
    def distributed(self) -> bool:
        """Whether its batches are for workers."""
        ...

    def database(self) -> AbstractContextManager[Database]:
        """Open a new, empty database for the time of a block."""
        ...

    def crew(
        self, database: Database, pool: RunResults, payloads: str, hands: int
    ) -> AbstractContextManager[Crew]:
        """Have some who hand out runs of a pool with such payloads for the time of a block."""
        ...

    def clean_up(self, database: Database, batch: UUID) -> None:
        """Delete a batch, so that the next finds the database as this did."""
        ...


class Stopwatch(Unobserved):
    """Adds up what threads spend on each phase."""

    def __init__(self) -> None:
        self._seconds = dict.fromkeys(Phase, 0.0)
        self._times = dict.fromkeys(Phase, 0)
        self._lock = Lock()

    @contextmanager
    def phase(self, phase: Phase, batch: UUID) -> Iterator[None]:  # noqa: ARG002
        """Time a phase."""
        begun = perf_counter()
        yield
        with self._lock:
            self._seconds[phase] += perf_counter() - begun
            self._times[phase] += 1

    def spent(self) -> Spent:
        """Return what was spent so far."""
        with self._lock:
            return dict(self._seconds), dict(self._times)


@dataclass(frozen=True, slots=True)
class _Threads:
    """Threads of this process."""

    database: Database
    number: int
    codec: Codec
    engines: Prepare
    watch: Stopwatch

    def execute(self, batch: UUID) -> tuple[BatchStatus, float]:
        """Execute a batch here."""
        begun = perf_counter()
        status = execute_batch(
            self.database,
            batch,
            threads=self.number,
            stop=lambda: False,
            codec=self.codec,
            prepare=self.engines,
            observer=self.watch,
        )
        return status, perf_counter() - begun

    def spent(self) -> Spent:
        """Return what was spent so far."""
        return self.watch.spent()


class Local:
    """In this process, on threads, in an embedded database."""

    name, hands, distributed = "local", "threads", False

    @contextmanager
    def database(self) -> Iterator[Database]:
        """Open a new file."""
        with TemporaryDirectory() as directory:
            database = open_url(f"sqlite:///{Path(directory) / 'bench.db'}")
            try:
                upgrade(database)
                yield database
            finally:
                database.close()

    @contextmanager
    def crew(
        self, database: Database, pool: RunResults, payloads: str, hands: int
    ) -> Iterator[Crew]:
        """Have threads."""
        yield _Threads(database, hands, PAYLOADS[payloads], replayed(pool), Stopwatch())

    def clean_up(self, database: Database, batch: UUID) -> None:
        """Delete it; its pages are used again."""
        delete_batch(database, batch)


def replayed(pool: RunResults) -> Prepare:
    """Return what makes engines that hand out these runs again, under the indices asked for."""

    def play(runs: NDArray[np.int64]) -> RunResults:
        first = int(runs[0]) % len(pool)
        again: slice | NDArray[np.int64] = slice(first, first + len(runs))
        if first + len(runs) > len(pool) or int(runs[-1]) - int(runs[0]) != len(runs) - 1:
            again = runs % len(pool)  # a copy; neighbours are a view, which takes no time
        columns = {
            column.name: getattr(pool, column.name) * len(runs) // len(pool)  # a share of the sum
            if column.summed
            else getattr(pool, column.name)[again]
            for column in COLUMNS
        }
        return replace(pool, **columns | {"run": runs})

    return lambda _snapshot, _seed, _engine: play
