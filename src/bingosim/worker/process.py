"""The process of a worker, from its start to its end in order."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from functools import partial
from threading import Event
from typing import TYPE_CHECKING, NamedTuple

import structlog

from bingosim.batch.codec import CODEC
from bingosim.batch.patience import Patience
from bingosim.batch.play import Pace
from bingosim.batch.rescue import Rescuer, process_name
from bingosim.engines import engine_versions
from bingosim.errors import DatabaseError, ExecutionError, InputError
from bingosim.messaging.broker import read_broker_url
from bingosim.messaging.publisher import Publisher
from bingosim.storage.claims import Worker
from bingosim.storage.migrate import open_database
from bingosim.storage.workers import Process
from bingosim.telemetry.logs import configure_logs
from bingosim.telemetry.observer import Telemetry
from bingosim.worker.consumer import Consumer
from bingosim.worker.handler import Handler
from bingosim.worker.keeping import Keeper

if TYPE_CHECKING:
    from collections.abc import Callable

    from bingosim.batch.execute import Codec, Prepare
    from bingosim.messaging.broker import Broker
    from bingosim.settings import Settings
    from bingosim.storage.database import Database

RECONNECT_SECONDS = 2.0
"""Between attempts to reach a broker that is not there when the worker starts."""

log = structlog.stdlib.get_logger("bingosim.worker")


@dataclass(slots=True)
class _Ending:
    """That the process is to end, for threads and for tasks.

    Attributes:
        threads: What threads look at.
        tasks: What tasks wait for.
        failure: Why, if nobody asked for it.
    """

    threads: Event = field(default_factory=Event)
    tasks: asyncio.Event = field(default_factory=asyncio.Event)
    failure: str | None = None

    def begin(self, number: int) -> None:
        """End in order; a second signal ends at once."""
        log.info("ending", signal=signal.Signals(number).name)
        for again in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().remove_signal_handler(again)
            signal.signal(again, signal.SIG_DFL)
        self.threads.set()
        self.tasks.set()

    def fail(self, reason: str) -> None:
        """End in order, with an error."""
        if self.failure is None:
            log.error("ending", reason=reason)
        self.failure = reason
        self.threads.set()
        self.tasks.set()


class Means(NamedTuple):
    """What runs are played and stored with; measurements of the pipeline have their own.

    Attributes:
        codec: How results become bytes.
        prepare: Makes engines ready, if not `engines.prepare`.
    """

    codec: Codec = CODEC
    prepare: Prepare | None = None


USUAL = Means()


def run_worker(settings: Settings, means: Means = USUAL) -> None:
    """Execute messages until SIGTERM or SIGINT.

    Raises:
        InputError: There is no broker in the settings, or the database is the embedded one.
        ExecutionError: The database's tables are those of another release, or have become so; or a
            port is taken.
    """
    if settings.broker_url is None:
        raise InputError(
            "a worker needs a broker: set BINGOSIM_BROKER_URL, such as amqp://USER:PASSWORD@HOST/"
        )
    broker = read_broker_url(settings.broker_url.get_secret_value())
    if settings.database_url.get_secret_value().startswith("sqlite"):
        raise InputError("a worker needs PostgreSQL: set BINGOSIM_DATABASE_URL")
    configure_logs(settings.log_format)
    asyncio.run(_run(settings, broker, means))


async def _run(settings: Settings, broker: Broker, means: Means) -> None:
    ending = _Ending()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ending.begin, number)
    database = await asyncio.to_thread(_open, settings, ending.threads)
    try:
        if database is not None:
            await _work(settings, broker, database, means, ending)
    finally:
        if database is not None:
            database.close()
        log.info("ended")
    if ending.failure is not None:
        raise ExecutionError(ending.failure)


def _open(settings: Settings, stopping: Event) -> Database | None:
    """Open the database, as soon as it is there; None if the process is to end before."""

    def wait(error: DatabaseError) -> None:
        log.warning("waiting for the database", reason=str(error))

    url = settings.database_url.get_secret_value()
    with suppress(DatabaseError):
        return Patience(stopping, wait, grace=0)(lambda: open_database(url, settings.db_pool_size))
    return None


async def _work(
    settings: Settings, broker: Broker, database: Database, means: Means, ending: _Ending
) -> None:
    threads = settings.worker_threads or len(os.sched_getaffinity(0))
    concurrent, prefetch = settings.worker_max_concurrent or threads, settings.worker_prefetch
    telemetry = Telemetry()
    worker = Worker(process_name(), engine_versions(), settings.lease_seconds)
    handler = Handler.make(
        database,
        means.codec,
        worker,
        pace=Pace.shared(threads, concurrent, settings.worker_simulation_delay_ms / 1000),
        max_attempts=settings.max_attempts,
        observer=telemetry,
        stopping=ending.threads,
        prepare=means.prepare,
    )
    process = Process(
        name=worker.name,
        host=socket.gethostname(),
        pid=os.getpid(),
        engines=worker.engines,
        threads=threads,
        connections=2 * settings.db_pool_size + 1,
    )
    rescuer = Rescuer(
        database, means.codec.arithmetic, settings.lease_seconds, settings.max_attempts
    )
    keeper = Keeper(
        handler,
        rescuer,
        process,
        telemetry,
        prefetch,
        end=partial(_end_from_a_thread, asyncio.get_running_loop(), ending),
    )
    publisher = Publisher(
        database,
        broker,
        settings.max_queued_messages,
        settings.publish_window,
        settings.grace_seconds,
    )
    telemetry.metrics.watch(database, keeper.runs_in_progress)
    telemetry.metrics.queue_depth.set_function(lambda: publisher.depth)
    telemetry.metrics.dead_letters.set_function(lambda: publisher.dead_letters)
    async with AsyncExitStack() as stack:
        if settings.metrics_port:
            stack.callback(_serve(telemetry, settings.metrics_host, settings.metrics_port))
        log.info(
            "worker started",
            **_described(settings, broker, database),
            engines=",".join(worker.engines),
            threads=threads,
            max_concurrent=concurrent,
        )
        stack.enter_context(keeper.at_work())
        publishing = asyncio.create_task(publisher.run())
        stack.push_async_callback(_stop, publisher, publishing)
        await _consume(broker, handler, concurrent, prefetch, ending.tasks)


def _end_from_a_thread(loop: asyncio.AbstractEventLoop, ending: _Ending, reason: str) -> None:
    loop.call_soon_threadsafe(ending.fail, reason)


async def _consume(
    broker: Broker, handler: Handler, concurrent: int, prefetch: int, ending: asyncio.Event
) -> None:
    """Consume until the end; a broker that is not there yet is waited for."""
    said = False
    while not ending.is_set():
        try:
            async with Consumer(broker, handler, concurrent, prefetch):
                said = False
                await ending.wait()
        except ExecutionError as error:
            if not said:
                log.warning("waiting for the broker", reason=str(error))
            said = True
            with suppress(TimeoutError):
                await asyncio.wait_for(ending.wait(), RECONNECT_SECONDS)


async def _stop(publisher: Publisher, publishing: asyncio.Task[None]) -> None:
    publisher.stop()
    await publishing


def _serve(telemetry: Telemetry, host: str, port: int) -> Callable[[], None]:
    try:
        return telemetry.metrics.serve(host, port)
    except OSError as error:
        raise ExecutionError(f"metrics cannot be served on {host}:{port}: {error}") from None


def _described(settings: Settings, broker: Broker, database: Database) -> dict[str, object]:
    """Return what a worker uses, without secrets."""
    return {
        "prefetch": settings.worker_prefetch,
        "lease_s": settings.lease_seconds,
        "max_attempts": settings.max_attempts,
        "pool": settings.db_pool_size,
        "database": str(database),
        "broker": str(broker),
        "delay_ms": settings.worker_simulation_delay_ms,
        "metrics_port": settings.metrics_port,
    }
