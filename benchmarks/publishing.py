"""Messages a second: from the outbox in PostgreSQL to RabbitMQ, persistent and confirmed.

python -m benchmarks.publishing [--messages N] [--size K ...] [--window W]

Servers are those of the tests: given by variables, else private ones.
"""

from __future__ import annotations

import argparse
import asyncio
from statistics import median
from time import perf_counter

from tests import builders, postgres, rabbitmq

from bingosim.messaging.broker import open_channel, read_broker_url
from bingosim.messaging.publisher import Publisher
from bingosim.storage.creating import create_batch
from bingosim.storage.database import Database, open_url
from bingosim.storage.migrate import upgrade

ROUNDS = 3


async def publish(database: Database, url: str, size: int, messages: int, window: int) -> float:
    """Publish a batch; return its messages a second."""
    create_batch(
        database,
        builders.snapshot(),
        seed="a seed",
        engine="attempt",
        engine_version="none",
        runs=size * messages,
        message_size=size,
        distributed=True,
    )
    publisher = Publisher(database, read_broker_url(url), max_queued=messages, window=window)
    async with open_channel(publisher.broker) as channel:
        begun = perf_counter()
        while (await publisher.publish_some(channel)).published:
            pass
        seconds = perf_counter() - begun
        for queue in (publisher.broker.runs, publisher.broker.dead_letters):
            await channel.queue_delete(queue.name)
    return messages / seconds


def main() -> None:
    """Measure some sizes of messages."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=10000)
    parser.add_argument("--size", type=int, nargs="+", default=[1, 10, 100, 1000])
    parser.add_argument("--window", type=int, default=1000)
    options = parser.parse_args()
    with postgres.server() as pattern, rabbitmq.server() as broker:
        server = postgres.Server(pattern)
        database = open_url(server.url(server.template))
        upgrade(database)
        print(f"{'runs a message':>14}{'messages/s':>12}{'runs/s':>12}")
        for size in options.size:
            rates = [
                asyncio.run(
                    publish(
                        database,
                        broker.url(),
                        size,
                        max(1, options.messages * 10 // max(10, size)),
                        options.window,
                    )
                )
                for _ in range(ROUNDS)
            ]
            print(f"{size:>14,}{median(rates):>12,.0f}{median(rates) * size:>12,.0f}")
        database.close()
        server.drop_all()


if __name__ == "__main__":
    main()
