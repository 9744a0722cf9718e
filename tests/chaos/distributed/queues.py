"""The queues of a repetition, seen from outside its workers."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

import aio_pika

from bingosim.messaging.broker import delete_queues, open_channel, read_depth
from tests.chaos.distributed.workers import wait_for

if TYPE_CHECKING:
    from bingosim.messaging.broker import Broker, Depth


@dataclass(frozen=True, slots=True)
class Queues:
    """The queues.

    Attributes:
        broker: Where they are, and what they are called.
    """

    broker: Broker

    def deliver(self, *bodies: bytes) -> None:
        """Put messages to be executed into their queue, whatever they are."""

        async def publish() -> None:
            async with open_channel(self.broker) as channel:
                for body in bodies:
                    message = aio_pika.Message(body)
                    await channel.default_exchange.publish(message, self.broker.runs.name)

        asyncio.run(publish())

    def wait_for_consumers(self, number: int) -> None:
        """Return once so many workers consume: they get the next messages in turn."""
        wait_for(f"{number} consumers", lambda: self._depths()[0].consumers == number)

    def dead_letters(self) -> int:
        """Return how many messages nobody could read."""
        return self._depths()[1].messages

    def wait_for_dead_letters(self, number: int) -> None:
        """Return once there are so many."""
        wait_for(f"{number} dead letters", lambda: self.dead_letters() == number)

    def delete(self) -> None:
        """Delete them and what is in them, whoever consumes it."""
        asyncio.run(delete_queues(self.broker))

    def _depths(self) -> tuple[Depth, Depth]:
        """Return how the queue of runs stands, and that of dead letters."""

        async def read() -> tuple[Depth, Depth]:
            async with open_channel(self.broker) as channel:
                runs = await read_depth(channel, self.broker.runs)
                return runs, await read_depth(channel, self.broker.dead_letters)

        return asyncio.run(read())
