"""The publisher: from the outbox to the broker, for as long as the process lives.

Workers and the web process have one each; they share the work by what the outbox gives each.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, cast

from aio_pika import DeliveryMode
from pamqp.commands import Basic

from bingosim.errors import ExecutionError
from bingosim.messaging.broker import FAILURES, open_channel, read_depth
from bingosim.messaging.contract import CONTENT_TYPE, VERSION, ExecuteSimulationRunBatch, encode
from bingosim.storage import outbox
from bingosim.storage.listening import announcements

if TYPE_CHECKING:
    from uuid import UUID

    import aiormq
    from aio_pika.abc import AbstractChannel

    from bingosim.messaging.broker import Broker
    from bingosim.storage.database import Database
    from bingosim.storage.outbox import Outgoing, Taken

log = logging.getLogger(__name__)

POLL_SECONDS = 1.0
"""Between looks at the outbox and the queue, when nothing is announced."""
FULL_SECONDS = 0.2
"""Between looks while there is more than may stand in the broker: claims are not announced."""
UNSEEN_SECONDS = 10.0
"""A queue that nobody looked at for so long is not known to have been empty all the time."""
CONFIRM_SECONDS = 20.0
"""How long the broker may take to confirm; shorter than what was taken stays the publisher's."""
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 10.0
"""Seconds before trying again what failed; they double, up to the longest."""


class Done(NamedTuple):
    """How many messages were published, and whether there were more than may stand there."""

    published: int = 0
    more: bool = False


@dataclass(slots=True)
class Publisher:
    """Publishes what batches for workers have waiting, until it is stopped.

    It needs nobody's help when the broker or the database goes away and comes back. `run` is to
    be a task; `stop` ends it as soon as what it took is settled.

    Attributes:
        database: Where the outbox is.
        broker: Where messages go.
        max_queued: Messages of a batch that stand in the broker at most.
        window: Messages that are sent before the first of them is confirmed.
        grace_seconds: How long a published message is missing before it is published again.
        published: Messages that the broker has confirmed so far.
        republished: Messages that were found lost or abandoned so far.
        depth: Messages in the queue that no consumer has, when last looked at.
        dead_letters: Messages in the queue of dead letters, likewise.
        reached: Whether broker and database answered when last asked.
    """

    database: Database
    broker: Broker
    max_queued: int = 1000
    window: int = 1000
    grace_seconds: float = 60
    published: int = field(default=0, init=False)
    republished: int = field(default=0, init=False)
    depth: int = field(default=0, init=False)
    dead_letters: int = field(default=0, init=False)
    reached: bool = field(default=False, init=False)
    _stopping: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    _wake: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    _empty_since: float | None = field(default=None, init=False)
    _looked: float = field(default=float("-inf"), init=False)

    async def run(self) -> None:
        """Publish until `stop` is called; outages are logged once, waited for and got over."""
        listening = asyncio.create_task(self._listen())
        pauses = _Pauses()
        try:
            while not self._stopping.is_set():
                try:
                    async with open_channel(self.broker) as channel:
                        await self._serve(channel, pauses)
                except ExecutionError as error:
                    self.reached = False
                    if not pauses.count:
                        log.warning("publishing is interrupted: %s", error)
                    await _until(self._stopping, pauses.next())
        finally:
            listening.cancel()
            with suppress(asyncio.CancelledError):
                await listening

    def stop(self) -> None:
        """Have `run` end once what it is about to send is settled."""
        self._stopping.set()
        self._wake.set()

    async def _serve(self, channel: AbstractChannel, pauses: _Pauses) -> None:
        while not self._stopping.is_set():
            self._wake.clear()  # before looking: what is announced meanwhile is not missed
            await self._look(channel)
            done = await self.publish_some(channel)
            if pauses.count:
                log.info("publishing goes on")
                pauses.count = 0
            if not done.published:
                await _until(self._wake, FULL_SECONDS if done.more else POLL_SECONDS)

    async def _listen(self) -> None:
        """Wake up when work is announced; where that does not work, the polls have to do."""
        pauses = _Pauses()
        while True:
            with suppress(ExecutionError):
                async for _ in announcements(self.database):
                    self._wake.set()
                    pauses.count = 0
            await asyncio.sleep(pauses.next())

    # -- publishing ------------------------------------------------------------------------------

    async def publish_some(self, channel: AbstractChannel) -> Done:
        """Publish up to a window of messages: while one half is on its way, the other is taken.

        Raises:
            ExecutionError: The broker does not take some, or the database is away.
        """
        halves = (self._publish_half(channel), self._publish_half(channel))
        ended = await asyncio.gather(*halves, return_exceptions=True)
        done = Done()
        for end in ended:
            if isinstance(end, BaseException):
                raise end
            done = Done(done.published + len(end.messages), done.more or end.more)
        return done

    async def _publish_half(self, channel: AbstractChannel) -> Taken:
        half = -(-self.window // 2)
        taken = await asyncio.to_thread(outbox.take, self.database, half, self.max_queued)
        bare = cast("aiormq.Channel", await channel.get_underlay_channel())
        queue = self.broker.runs.name
        sending = [_send(bare, queue, message) for message in taken.messages]
        await self._settle(taken, await asyncio.gather(*sending))
        return taken

    async def _settle(self, taken: Taken, problems: list[Exception | None]) -> None:
        sent: list[UUID] = []
        unsent: list[UUID] = []
        for message, problem in zip(taken.messages, problems, strict=True):
            (unsent if problem else sent).append(message.id)
        if sent:
            await asyncio.to_thread(outbox.confirm, self.database, taken, sent)
            self.published += len(sent)
        if unsent:
            await asyncio.to_thread(outbox.give_back, self.database, taken, unsent)
            first = next(problem for problem in problems if problem)
            raise ExecutionError(
                f"the broker {self.broker} did not take {len(unsent)} of {len(problems)} messages: "
                f"{first or type(first).__name__}"
            ) from first

    # -- what got lost ---------------------------------------------------------------------------

    async def _look(self, channel: AbstractChannel) -> None:
        """Look once a second for messages that must be published again."""
        now = time.monotonic()
        if now - self._looked < POLL_SECONDS:
            return
        self.depth = (await read_depth(channel, self.broker.runs)).messages
        self.dead_letters = (await read_depth(channel, self.broker.dead_letters)).messages
        if self.depth or now - self._looked > UNSEEN_SECONDS:
            self._empty_since = None  # it may have been full while nobody looked
        if not self.depth and self._empty_since is None:
            self._empty_since = now
        self._looked = now
        self.reached = True
        again = await asyncio.to_thread(outbox.release_abandoned, self.database)
        if self._empty_since is not None and now - self._empty_since >= self.grace_seconds:
            lost = await asyncio.to_thread(outbox.release_lost, self.database, self.grace_seconds)
            if lost:
                log.warning("%d messages are in no queue and with no worker: published again", lost)
            again += lost
        self.republished += again


async def _send(channel: aiormq.Channel, queue: str, message: Outgoing) -> Exception | None:
    """Send one message; return what went wrong."""
    body = encode(
        ExecuteSimulationRunBatch(
            schema_version=VERSION,
            message_id=message.id,
            batch_id=message.batch,
            simulation_run_ids=message.run_ids,
        )
    )
    properties = Basic.Properties(
        content_type=CONTENT_TYPE,
        delivery_mode=DeliveryMode.PERSISTENT,
        message_id=str(message.id),
        message_type=ExecuteSimulationRunBatch.__name__,
    )
    try:
        # By the channel beneath aio-pika's, which would wait after each message until it is
        # written: what has not gone out is bounded by the window, and confirmed is what counts.
        await channel.basic_publish(
            body,
            routing_key=queue,
            properties=properties,
            mandatory=True,
            timeout=CONFIRM_SECONDS,
            wait=False,
        )
    except FAILURES as error:
        return error
    return None


async def _until(event: asyncio.Event, seconds: float) -> None:
    """Wait for an event, and no longer than so long."""
    with suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)


@dataclass(slots=True)
class _Pauses:
    """Pauses between attempts, ever longer, and never the same for two processes.

    Attributes:
        count: How many there were in a row.
    """

    count: int = 0

    def next(self) -> float:
        """Return how many seconds to wait before the next attempt."""
        longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0**self.count)
        self.count = min(self.count + 1, 16)
        return longest * random.uniform(0.5, 1)  # noqa: S311 - nobody gains by guessing it
