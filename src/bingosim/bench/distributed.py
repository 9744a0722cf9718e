"""Executing batches by worker processes over PostgreSQL and RabbitMQ, for measurements."""

from __future__ import annotations

import asyncio
import secrets
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import TYPE_CHECKING

from bingosim.bench.crew import Servers, crew_of
from bingosim.bench.statements import drop, new_batch
from bingosim.engines import engine_version
from bingosim.errors import ExecutionError, InputError
from bingosim.messaging.broker import delete_queues, open_channel, read_broker_url
from bingosim.messaging.publisher import Publisher
from bingosim.payloads.chunk import encode_chunk
from bingosim.storage.creating import create_batch
from bingosim.storage.database import open_url
from bingosim.storage.private import empty, private_database

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from bingosim.bench.modes import Crew
    from bingosim.event.snapshot import Snapshot
    from bingosim.messaging.broker import Broker
    from bingosim.results import RunResults
    from bingosim.settings import Settings
    from bingosim.storage.database import Database

WARM_UP = 100
"""Runs of a batch that a new crew executes unmeasured: connections and plans are made with it."""
ENGINE, SEED = "jump", "bench"


@contextmanager
def private_servers(settings: Settings) -> Iterator[Servers]:
    """Yield a database and queues of its own on the servers of the settings; drop them at the end.

    Raises:
        InputError: The settings name no PostgreSQL or no broker.
        ExecutionError: One cannot be reached, or lets us make nothing of our own.
    """
    if settings.broker_url is None:
        raise InputError("distributed mode needs a broker: set BINGOSIM_BROKER_URL")
    given = settings.database_url.get_secret_value()
    if given.startswith("sqlite"):
        raise InputError("distributed mode needs PostgreSQL: set BINGOSIM_DATABASE_URL")
    broker = read_broker_url(settings.broker_url.get_secret_value())
    prefix = f"{broker.prefix}bench-{secrets.token_hex(6)}."
    url = f"{broker.url}{'&' if '?' in broker.url else '?'}prefix={prefix}"
    asyncio.run(_declare(read_broker_url(url)))
    with private_database(given) as database_url:
        try:
            yield Servers(database_url, url)
        finally:
            asyncio.run(delete_queues(read_broker_url(url)))


async def _declare(broker: Broker) -> None:
    async with open_channel(broker):
        pass  # a broker that cannot be used is told of at once


@contextmanager
def pool_file(pool: RunResults) -> Iterator[Path]:
    """Yield a file of runs that workers of `zero_worker` hand out."""
    with TemporaryDirectory() as directory:
        file = Path(directory) / "pool"
        file.write_bytes(encode_chunk(pool))
        yield file


def zero_worker(payloads: str, file: Path) -> tuple[str, ...]:
    """Return what Python is to run for a worker that plays in no time."""
    return ("-m", "bingosim.bench.zero_worker", payloads, str(file))


def submit_for_workers(database: Database, snapshot: Snapshot, size: int, runs: int) -> UUID:
    """Create a batch of so many runs in messages of a size."""
    return create_batch(
        database,
        snapshot,
        seed=SEED,
        engine=ENGINE,
        engine_version=engine_version(ENGINE),
        runs=runs,
        message_size=size,
        distributed=True,
    )


@dataclass(frozen=True, slots=True)
class Distributed:
    """By worker processes."""

    servers: Servers
    name: str = "distributed"
    hands: str = "workers"
    distributed: bool = True

    @contextmanager
    def database(self) -> Iterator[Database]:
        """Open the servers' database."""
        database = open_url(self.servers.database_url)
        try:
            yield database
        finally:
            database.close()

    @contextmanager
    def crew(
        self, database: Database, pool: RunResults, payloads: str, hands: int
    ) -> Iterator[Crew]:
        """Have workers."""
        with (
            pool_file(pool) as file,
            crew_of(database, self.servers, hands, zero_worker(payloads, file)) as crew,
        ):
            yield crew

    def clean_up(self, database: Database, batch: UUID) -> None:  # noqa: ARG002 - all of it goes
        """Empty the tables: deleted rows would stay in PostgreSQL's files for a while."""
        empty(database)

    def publish(self, database: Database, snapshot: Snapshot, messages: int, size: int) -> float:
        """Return how many messages a second come from the outbox into an empty queue."""
        return asyncio.run(self._publish(database, snapshot, messages, size))

    async def _publish(
        self, database: Database, snapshot: Snapshot, messages: int, size: int
    ) -> float:
        broker = read_broker_url(self.servers.broker_url)
        batch = new_batch(database, snapshot, messages * size, size, distributed=True)
        publisher = Publisher(database, broker, max_queued=messages)
        async with open_channel(broker) as channel:
            begun = perf_counter()
            while (await publisher.publish_some(channel)).published:
                pass
            seconds = perf_counter() - begun
            await channel.queue_delete(broker.runs.name)
        if publisher.published != messages:
            raise ExecutionError(f"{publisher.published} of {messages} messages were published")
        drop(database, batch)
        empty(database)
        return messages / seconds
