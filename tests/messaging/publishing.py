"""Publishers at work, and what arrives of what they send."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from bingosim.messaging.broker import open_channel, read_depth
from bingosim.messaging.contract import ExecuteSimulationRunBatch, parse
from bingosim.messaging.publisher import Publisher

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from uuid import UUID

    from aio_pika.abc import AbstractIncomingMessage

    from bingosim.messaging.broker import Broker
    from bingosim.storage.database import Database

PATIENCE = 60.0
"""Seconds after which what was waited for will not come."""


@asynccontextmanager
async def publishing(
    database: Database, broker: Broker, **options: Any
) -> AsyncIterator[Publisher]:
    """Have a publisher run for the time of the block; what kills it fails the test."""
    publisher = Publisher(database, broker, **options)
    running = asyncio.create_task(publisher.run())
    try:
        yield publisher
    finally:
        publisher.stop()
        await asyncio.wait_for(running, PATIENCE)


async def until(condition: Callable[[], bool]) -> None:
    """Return when a condition holds."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "what was waited for did not come"
        await asyncio.sleep(0.02)


async def depth(broker: Broker) -> int:
    """Messages in the queue."""
    async with open_channel(broker) as channel:
        return (await read_depth(channel, broker.runs)).messages


async def receive(broker: Broker, most: int = 100_000) -> list[AbstractIncomingMessage]:
    """Take messages off the queue, all that are there by default."""
    got: list[AbstractIncomingMessage] = []
    async with open_channel(broker) as channel:
        queue = await channel.get_queue(broker.runs.name, ensure=False)
        while len(got) < most and (one := await queue.get(fail=False)) is not None:
            await one.ack()
            got.append(one)
    return got


def read(got: list[AbstractIncomingMessage]) -> list[ExecuteSimulationRunBatch]:
    """Parse what was received."""
    return [parse(one.body) for one in got]


def runs(got: list[AbstractIncomingMessage], batch: UUID) -> list[int]:
    """Indices of the runs of a batch that were received, ascending, twice where they were twice."""
    parts = (one.simulation_run_ids for one in read(got) if one.batch_id == batch)
    return sorted(index for part in parts for index in part.indices.tolist())
