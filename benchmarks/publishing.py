"""Messages a second: from the outbox in PostgreSQL to RabbitMQ, persistent and confirmed.

python -m benchmarks.publishing [--messages N] [--size K ...] [--window W]

Servers are those of the tests: given by variables, else private ones. Beside it stands what the
client and the broker do alone, with bodies that are there already: what is left for the outbox.
"""

from __future__ import annotations

import argparse
import asyncio
from dataclasses import dataclass
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING

from aio_pika import DeliveryMode, Message
from tests import builders, postgres, rabbitmq

from bingosim.messaging.broker import open_channel, read_broker_url
from bingosim.messaging.contract import ExecuteSimulationRunBatch, encode
from bingosim.messaging.publisher import Publisher
from bingosim.storage.creating import create_batch
from bingosim.storage.database import Database, open_url
from bingosim.storage.ids import Ids, new_batch_id, new_id
from bingosim.storage.migrate import upgrade

if TYPE_CHECKING:
    from aio_pika.abc import AbstractChannel

ROUNDS = 5


@dataclass
class Bench:
    """What is measured: so many messages of so many runs, so many of them on their way."""

    database: Database
    server: rabbitmq.Server
    messages: int
    size: int
    window: int

    async def round(self) -> tuple[float, float]:
        """Return messages a second: from the outbox, and of the broker alone."""
        create_batch(
            self.database,
            builders.snapshot(),
            seed="a seed",
            engine="attempt",
            engine_version="none",
            runs=self.size * self.messages,
            message_size=self.size,
            distributed=True,
        )
        broker = read_broker_url(self.server.url())
        publisher = Publisher(self.database, broker, max_queued=self.messages, window=self.window)
        async with open_channel(broker) as channel:
            begun = perf_counter()
            while (await publisher.publish_some(channel)).published:
                pass
            whole = perf_counter() - begun
            alone = await self._alone(channel, broker.runs.name)
            for queue in (broker.runs, broker.dead_letters):
                await channel.queue_delete(queue.name)
        return self.messages / whole, self.messages / alone

    async def _alone(self, channel: AbstractChannel, queue: str) -> float:
        batch = new_batch_id()
        message = ExecuteSimulationRunBatch(
            schema_version=1,
            message_id=new_id(),
            batch_id=batch,
            simulation_run_ids=Ids.of_runs(batch, range(self.size)),
        )
        body, exchange = encode(message), channel.default_exchange

        async def send() -> None:
            sent = Message(body, delivery_mode=DeliveryMode.PERSISTENT, message_id=str(new_id()))
            await exchange.publish(sent, queue)

        begun = perf_counter()
        for at in range(0, self.messages, self.window):
            part = min(self.window, self.messages - at)
            await asyncio.gather(*(send() for _ in range(part)))
        return perf_counter() - begun


def main() -> None:
    """Measure some sizes of messages."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=5000)
    parser.add_argument("--size", type=int, nargs="+", default=[1, 10, 100, 1000])
    parser.add_argument("--window", type=int, default=1000)
    options = parser.parse_args()
    with postgres.server() as pattern, rabbitmq.server() as broker:
        server = postgres.Server(pattern)
        database = open_url(server.url(server.template))
        upgrade(database)
        print(f"{'runs a message':>14}{'messages/s':>12}{'best':>8}{'alone':>8}{'best':>8}")
        for size in options.size:
            messages = max(1, options.messages * 10 // max(10, size))
            bench = Bench(database, broker, messages, size, options.window)
            whole, alone = zip(*(asyncio.run(bench.round()) for _ in range(ROUNDS)), strict=True)
            figures = (median(whole), max(whole), median(alone), max(alone))
            print(
                f"{size:>14,}{figures[0]:>12,.0f}" + "".join(f"{it:>8,.0f}" for it in figures[1:])
            )
        database.close()
        server.drop_all()


if __name__ == "__main__":
    main()
