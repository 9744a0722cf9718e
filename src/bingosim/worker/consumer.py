"""Consuming: messages from the broker to the handler, and what becomes of them back.

FastStream delivers and nothing more: it decodes no body and settles no message. A message is
settled after its results are committed, or left as it is: then the broker delivers it anew, as soon
as the connection it came by is closed.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Self

import structlog
from faststream import AckPolicy
from faststream.rabbit import Channel, RabbitBroker, RabbitMessage

from bingosim.batch.observe import Count
from bingosim.errors import DatabaseError, UnreadableMessageError
from bingosim.messaging.broker import FAILURES, explained
from bingosim.messaging.contract import parse
from bingosim.storage.outbox import publish_run_work
from bingosim.worker.handler import Settlement, Verdict

if TYPE_CHECKING:
    from bingosim.messaging.broker import Broker
    from bingosim.messaging.contract import ExecuteSimulationRunBatch
    from bingosim.worker.handler import Handler

STOP_SECONDS = 30.0
"""How long what is being executed may take to end when the worker is to."""

log = structlog.stdlib.get_logger("bingosim.worker")


class Consumer:
    """Consumes messages until it is stopped; it gets over a broker that goes away and comes back.

    Used as an asynchronous context: it consumes from the start to the end of the block.
    """

    def __init__(self, broker: Broker, handler: Handler, concurrent: int, prefetch: int) -> None:
        """Make a consumer.

        Args:
            broker: Where messages come from.
            handler: What executes them.
            concurrent: Messages that are executed at the same time.
            prefetch: Messages that wait for their turn here and not at the broker.
        """
        self._broker = broker
        self._handler = handler
        self._stopping = asyncio.Event()
        self._away = False
        self._threads = ThreadPoolExecutor(concurrent, thread_name_prefix="message")
        self._rabbit = RabbitBroker(
            broker.url,
            default_channel=Channel(prefetch_count=concurrent + prefetch),
            apply_types=False,
            graceful_timeout=STOP_SECONDS,
            logger=None,
            on_close=[self._lose],
            on_reconnected=[self._find_again],
        )
        self._subscriber = self._rabbit.subscriber(
            broker.runs, ack_policy=AckPolicy.MANUAL, decoder=_as_it_is
        )
        self._subscriber(self._take)

    async def __aenter__(self) -> Self:
        """Begin to consume.

        Raises:
            ExecutionError: The broker cannot be reached.
        """
        # FastStream drops what is delivered while it is not `running`, unsettled and for good, and
        # calls itself that only after the broker was told to deliver.
        self._subscriber.running = True
        with explained(self._broker):
            await self._rabbit.connect()
            await self._rabbit.declare_queue(self._broker.dead_letters)
            await self._rabbit.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Let what is being executed end; what has not begun goes back to the broker."""
        self._stopping.set()
        with suppress(*FAILURES):
            await self._rabbit.stop()
        await asyncio.to_thread(self._threads.shutdown)

    def _lose(self, _connection: Any, error: BaseException | None = None) -> None:
        """Say once that the broker is away; every attempt to reach it comes here too."""
        if not self._away and not self._stopping.is_set():
            log.warning("broker is away", reason=str(error) or type(error).__name__)
            self._away = True

    def _find_again(self, _connection: Any) -> None:
        log.info("broker is back")
        self._away = False

    async def _take(self, message: RabbitMessage) -> None:
        """Handle one delivery; nothing that happens to it reaches the others."""
        try:
            await self._settle(message, await self._handle(message))
        except asyncio.CancelledError:  # the connection is gone, or `consumer_timeout` is over
            if not self._stopping.is_set():
                log.warning("the broker took a delivery back; what is claimed goes on")
            raise
        except FAILURES as error:  # the broker delivers it anew, and nothing of it is left to claim
            log.info("a message could not be settled", reason=str(error))
        except Exception:
            log.exception("unexpected failure")

    async def _handle(self, message: RabbitMessage) -> Verdict:
        try:
            work = parse(message.raw_message.body)
        except UnreadableMessageError as error:
            return Verdict(Settlement.DEAD, str(error))
        with self._handler.in_line(work.batch_id) as leave:
            # When the broker goes away, what waits is cancelled; the thread goes on and commits.
            verdict = await asyncio.get_running_loop().run_in_executor(
                self._threads,
                self._handler.handle,
                work.batch_id,
                work.simulation_run_ids,
                leave,
            )
        if verdict.settlement is Settlement.LATER and verdict.seconds:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), verdict.seconds)
            return await asyncio.to_thread(self._publish_again, work, verdict)
        return verdict

    def _publish_again(self, work: ExecuteSimulationRunBatch, verdict: Verdict) -> Verdict:
        """Have the outbox publish a message's runs again, behind everything that waits."""
        try:
            publish_run_work(self._handler.held.executor.database, work.simulation_run_ids)
        except DatabaseError:
            return verdict
        return Verdict(Settlement.ACK)

    async def _settle(self, message: RabbitMessage, verdict: Verdict) -> None:
        match verdict.settlement:
            case Settlement.ACK:
                await message.ack()
            case Settlement.DEAD:
                log.error("dead letter", reason=verdict.reason)
                await message.reject(requeue=False)
                self._handler.held.executor.observer.count(Count.DEAD_LETTERS)
            case Settlement.LATER if not self._stopping.is_set():
                await message.nack(requeue=True)
            case Settlement.LATER:
                pass  # it goes back when the connection is closed


async def _as_it_is(message: Any) -> Any:
    """Decode nothing: FastStream would leave a message unsettled that it cannot decode."""
    return message
