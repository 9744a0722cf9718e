"""The broker: its URL, the queues in it and their names, and connections for publishing.

Consumers are FastStream's; they take the queues as declared here.
"""

from __future__ import annotations

from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import aio_pika
from aio_pika.exceptions import AMQPError, ChannelInvalidStateError
from faststream.rabbit import QueueType, RabbitQueue
from yarl import URL

from bingosim.errors import ExecutionError, InputError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from aio_pika.abc import AbstractChannel, AbstractQueue
    from faststream.rabbit.schemas.queue import QuorumQueueArgs

RUNS = "bingosim.runs"
"""Name of the queue of messages that are to be executed, after the prefix."""
DEAD_LETTERS = "bingosim.dead-letters"
"""Name of the queue of messages that nobody can execute, after the prefix."""
PREFIX = "prefix"
"""What an URL's query says to put before all names, so that several can share a virtual host."""
FAILURES = (AMQPError, ChannelInvalidStateError, OSError, TimeoutError)
"""What is raised where a broker cannot be used."""
CONNECT_SECONDS = 10.0
"""How long a connection may take to be made."""
# Attempts are counted in the database. The broker counts every return, also of a worker that was
# stopped in order, and RabbitMQ 4 would drop what was returned 20 times; -1 (no limit) is refused
# by RabbitMQ 3.
DELIVERY_LIMIT = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Broker:
    """Where a broker is, and what the queues in it are called.

    Attributes:
        url: What to connect to, with the password.
        prefix: What stands before all names.
    """

    url: str
    prefix: str = ""

    @property
    def runs(self) -> RabbitQueue:
        """Messages that are to be executed; what is rejected becomes a dead letter."""
        return _quorum_queue(
            self.prefix + RUNS,
            # By the default exchange, which routes to the queue of that name.
            {
                "x-dead-letter-exchange": "",
                "x-dead-letter-routing-key": self.dead_letters.name,
            },
        )

    @property
    def dead_letters(self) -> RabbitQueue:
        """Messages that nobody can execute."""
        return _quorum_queue(self.prefix + DEAD_LETTERS)

    def __str__(self) -> str:
        return str(URL(self.url).with_password(None))


def _quorum_queue(name: str, more: QuorumQueueArgs | None = None) -> RabbitQueue:
    arguments: QuorumQueueArgs = {"x-delivery-limit": DELIVERY_LIMIT, **(more or {})}
    return RabbitQueue(name, QueueType.QUORUM, arguments=arguments)


def read_broker_url(text: str) -> Broker:
    """Read a broker's URL; `?prefix=NAME` in it puts NAME before the queues' names.

    Raises:
        InputError: It is no URL of a broker.
    """
    expected = "expected amqp://USER:PASSWORD@HOST:PORT/VHOST"
    try:
        url = URL(text)
    except ValueError:
        raise InputError(f"the broker's URL cannot be read: {expected}") from None
    if url.scheme not in ("amqp", "amqps") or not url.host:
        raise InputError(f"the broker's URL is none of RabbitMQ: {expected}")
    prefix = url.query.get(PREFIX, "")
    return Broker(str(url.without_query_params(PREFIX)), prefix)


@asynccontextmanager
async def open_channel(broker: Broker) -> AsyncIterator[AbstractChannel]:
    """Yield a channel on a connection of its own, on which the broker confirms what it has.

    Publishing returns when a quorum of the broker's nodes has the message, and raises where it
    belongs to no queue. The queues are there.

    Raises:
        ExecutionError: There is no connection, or it is lost within the block.
    """
    with explained(broker):
        # Not robust: what was sent and not confirmed is sent anew, on a new connection.
        connection = await aio_pika.connect(broker.url, timeout=CONNECT_SECONDS)
        async with connection:
            channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
            for queue in (broker.dead_letters, broker.runs):
                await declare(channel, queue)
            yield channel


async def declare(channel: AbstractChannel, queue: RabbitQueue) -> AbstractQueue:
    """Make a queue unless it is there."""
    return await channel.declare_queue(
        queue.name, durable=queue.durable, arguments=queue.arguments, timeout=CONNECT_SECONDS
    )


async def delete_queues(broker: Broker) -> None:
    """Delete a broker's queues and what is in them.

    Raises:
        ExecutionError: The broker cannot be used.
    """
    async with open_channel(broker) as channel:
        for queue in (broker.runs, broker.dead_letters):
            await channel.queue_delete(queue.name)


class Depth(NamedTuple):
    """Messages in a queue that no consumer has, and how many consumers there are."""

    messages: int
    consumers: int


async def read_depth(channel: AbstractChannel, queue: RabbitQueue) -> Depth:
    """Return how many messages wait in a queue, and for how many consumers."""
    found = await channel.declare_queue(queue.name, passive=True, timeout=CONNECT_SECONDS)
    counted = found.declaration_result
    return Depth(counted.message_count or 0, counted.consumer_count or 0)


@contextmanager
def explained(broker: Broker) -> Iterator[None]:
    """Turn what is said about a broker that cannot be used into one line."""
    try:
        yield
    except FAILURES as error:
        said = " ".join(str(error).split()) or type(error).__name__
        raise ExecutionError(f"the broker {broker} cannot be used: {said}") from error
