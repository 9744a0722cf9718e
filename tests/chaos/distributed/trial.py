"""One repetition: a database, queues, a batch and workers of its own; what must hold at its end."""

from __future__ import annotations

import signal
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bingosim.batch.codec import ARITHMETIC
from bingosim.batch.submit import submit
from bingosim.errors import DatabaseError
from bingosim.messaging.broker import read_broker_url
from bingosim.messaging.contract import VERSION, ExecuteSimulationRunBatch, encode
from bingosim.payloads.aggregates import hash_of_aggregates
from bingosim.storage.aggregates import read_aggregate
from bingosim.storage.batches import read_batch, read_progress
from bingosim.storage.claims import list_leases
from bingosim.storage.database import Database, open_url
from bingosim.storage.ids import Ids, new_id, unpack_indices
from bingosim.storage.states import BatchStatus
from bingosim.storage.tables import (
    partial_aggregates,
    result_chunks,
    run_messages,
    simulation_runs,
)
from tests.chaos.distributed.events import ENGINE, SEED, SNAPSHOT, undisturbed
from tests.chaos.distributed.queues import Queues
from tests.chaos.distributed.workers import wait_for

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping
    from pathlib import Path
    from uuid import UUID

    from tests.chaos.distributed.workers import ForkedWorker, Nursery, Point
    from tests.postgres import Server as Postgres
    from tests.rabbitmq import Server as Rabbit

RUNS, MESSAGE_SIZE = 120, 10
MESSAGES = """
    SELECT claim IS NOT NULL, worker, attempt, published_at, publishing_until, lease_until
    FROM run_messages
"""
CONNECTIONS = """
    SELECT state, wait_event_type, wait_event, left(query, 90)
    FROM pg_stat_activity WHERE datname = current_database()
"""
ENDED = (BatchStatus.COMPLETED, BatchStatus.ERROR, BatchStatus.CANCELLED)


@dataclass(slots=True)
class Servers:
    """The servers and the nursery, for all repetitions."""

    postgres: Postgres
    rabbit: Rabbit
    nursery: Nursery


@dataclass(slots=True)
class Trial:
    """One repetition.

    Attributes:
        servers: Where it takes place.
        luck: All that is random in it.
        number: Which repetition it is, from 0.
        directory: Where workers log.
        name: Of its database.
        url: Of its database.
        broker_url: Of its queues.
        queues: What the workers consume.
        database: Its database, open.
        batch: What is to be executed.
        workers: All that were started.
    """

    servers: Servers
    luck: random.Random
    number: int
    directory: Path
    name: str = ""
    url: str = ""
    broker_url: str = ""
    queues: Queues = field(init=False)
    database: Database = field(init=False)
    batch: UUID = field(init=False)
    workers: list[ForkedWorker] = field(default_factory=list)

    def __post_init__(self) -> None:
        postgres = self.servers.postgres
        self.name = postgres.create(postgres.template)
        self.url = postgres.url(self.name)
        self.broker_url = self.servers.rabbit.url()
        self.queues = Queues(read_broker_url(self.broker_url))
        self.database = open_url(self.url)
        self.directory.mkdir(parents=True, exist_ok=True)

    # -- what happens ----------------------------------------------------------------------------

    def submit(self, runs: int = RUNS, message_size: int = MESSAGE_SIZE) -> UUID:
        """Submit the batch."""
        self.batch = submit(
            self.database,
            SNAPSHOT,
            runs,
            SEED,
            engine=ENGINE,
            message_size=message_size,
            distributed=True,
        )
        return self.batch

    def worker(
        self,
        point: Point | None = None,
        settings: Mapping[str, object] | None = None,
        *,
        url: str = "",
        broker_url: str = "",
        elsewhere: bool = False,
        figures: Mapping[str, object] | None = None,
        runs: Mapping[int, str] | None = None,
        pool_seconds: float | None = None,
    ) -> ForkedWorker:
        """Start a worker.

        Args:
            point: Where it does something to itself.
            settings: Named as in `Settings`.
            url: How it reaches the database, if not like everybody.
            broker_url: How it reaches the broker, likewise.
            elsewhere: Whether it seems to be on a host of its own.
            figures: Constants that are others in it.
            runs: What these runs do whenever they are executed: `kill`, `fail` or `spoil`.
            pool_seconds: How long a connection of the pool is waited for.
        """
        places = {
            "database_url": url or self.url,
            "broker_url": broker_url or self.broker_url,
            "worker_max_concurrent": 1,
        }
        number = len(self.workers)
        started = self.servers.nursery.start(
            self.directory / f"worker-{number}.log",
            {**places, **(settings or {})},
            point=point,
            host=f"host-{number}" if elsewhere else "",
            figures=figures,
            runs=runs,
            pool_seconds=pool_seconds,
        )
        self.workers.append(started)
        return started

    def some_host(self) -> bool:
        """Draw whether workers seem to be on other hosts: then only leases tell of deaths."""
        return self.luck.random() < 0.5

    def wait_for_runs(self, runs: int) -> None:
        """Return once so many runs are completed."""
        wait_for(f"{runs} completed runs", lambda: self.completed() >= runs)

    def completed(self) -> int:
        """Return how many runs are completed."""
        return read_progress(self.database, self.batch).completed

    def status(self) -> BatchStatus:
        """Return how the batch stands."""
        return read_batch(self.database, self.batch).status

    def wait_until_ended(self) -> BatchStatus:
        """Return how the batch ended, once it has."""
        wait_for("the batch's end", lambda: self.status() in ENDED)
        return self.status()

    def end_workers(self) -> None:
        """End the workers that are left in order; each of them must be able to."""
        left = [worker for worker in self.workers if worker.status is None]
        for worker in left:
            worker.send(signal.SIGTERM)
        for worker in left:
            code = worker.wait()
            assert code == 0, f"{worker.file.name} ended with {code}"
            assert worker.lines("ended"), f"{worker.file.name} ended and did not say so"

    def message(self, indices: range) -> bytes:
        """Return a message as a publisher would send it."""
        return encode(
            ExecuteSimulationRunBatch(
                schema_version=VERSION,
                message_id=new_id(),
                batch_id=self.batch,
                simulation_run_ids=Ids.of_runs(self.batch, indices),
            )
        )

    # -- what must hold --------------------------------------------------------------------------

    def check_complete(self, runs: int = RUNS) -> None:
        """Check that the batch is as if nothing had happened to it: each run once, bit for bit."""
        found = read_batch(self.database, self.batch)
        assert (found.status, found.reason) == (BatchStatus.COMPLETED, None)
        self.check_kept(range(runs))
        assert self._rows(simulation_runs.c.status == "completed", simulation_runs) == runs

    def check_kept(self, runs: range, without: frozenset[int] = frozenset()) -> None:
        """Check that results of exactly these runs are kept, once, with aggregates to the bit."""
        kept = self.kept()
        assert kept == [run for run in runs if run not in without]
        assert list_leases(self.database) == []
        assert self._rows(run_messages.c.batch_id == self.batch, run_messages) == 0
        of_batch = partial_aggregates.c.batch_id == self.batch
        assert self._rows(of_batch, partial_aggregates) == 0
        _, blob = read_aggregate(self.database, self.batch, ARITHMETIC.merge)
        assert blob is not None
        assert hash_of_aggregates(blob) == undisturbed(runs, without)

    def kept(self) -> list[int]:
        """Return the runs of which results are kept, checked against all else that says so."""
        runs, chunks = simulation_runs.c, result_chunks.c
        completed = sa.select(runs.run_index, runs.chunk_id).where(runs.status == "completed")
        with self.database.read() as connection:
            rows = connection.execute(sa.select(chunks.id, chunks.run_indices)).all()
            of_run = {index: chunk for index, chunk in connection.execute(completed)}  # noqa: C416 - rows
        found: list[int] = []
        for row in rows:
            indices = unpack_indices(row.run_indices).tolist()
            assert {of_run.get(index) for index in indices} == {row.id}
            found += indices
        assert len(set(found)) == len(found), "runs are kept twice"
        assert set(found) == set(of_run)
        counted, _ = read_aggregate(self.database, self.batch, ARITHMETIC.merge)
        assert counted == len(found), "the aggregate counts other runs than are kept"
        return sorted(found)

    def _rows(self, where: sa.ColumnElement[bool], table: sa.Table) -> int:
        with self.database.read() as connection:
            counted = sa.select(sa.func.count()).select_from(table).where(where)
            return connection.scalar(counted) or 0

    # -- the end of it ---------------------------------------------------------------------------

    def clear(self) -> None:
        """End what is left, stopped or not, and throw away what it used."""
        for worker in self.workers:
            worker.end(signal.SIGKILL)
        self.database.close()
        self.servers.postgres.drop(self.name)
        self.queues.delete()

    def story(self) -> str:
        """Return what may explain a failure: rows, connections, and the end of each log."""
        parts = [
            f"-- {worker.file.name}\n{worker.file.read_text()[-2500:]}" for worker in self.workers
        ]
        for what in (MESSAGES, CONNECTIONS):
            with suppress(DatabaseError), self.database.read() as connection:
                parts += [str(row) for row in connection.execute(sa.text(what))]
        return "\n".join(parts)
