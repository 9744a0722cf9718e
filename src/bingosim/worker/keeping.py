"""What a worker does beside executing: heartbeats, signs of life, rescues, the log."""

from __future__ import annotations

import time
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from bingosim.batch.observe import Count
from bingosim.errors import DatabaseError
from bingosim.storage.migrate import find_other_tables
from bingosim.storage.outbox import read_outbox
from bingosim.storage.workers import announce, count_connections, withdraw
from bingosim.worker.rounds import Rounds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bingosim.batch.rescue import Rescuer
    from bingosim.storage.workers import Process
    from bingosim.telemetry.observer import Telemetry
    from bingosim.worker.handler import Handler

ANNOUNCE_SECONDS = 5.0
RESCUE_SECONDS = 5.0
REPORT_SECONDS = 10.0
CONSUMER_TIMEOUT_SECONDS = 30 * 60.0
"""How long RabbitMQ by default lets a message be unacknowledged; it does not tell its own value."""

log = structlog.stdlib.get_logger("bingosim.worker")


@dataclass(slots=True)
class Keeper:
    """Keeps a worker's house.

    Attributes:
        handler: What executes.
        rescuer: Takes claims from workers that vanished, and ends batches.
        process: What others see of this worker.
        telemetry: What is watched.
        prefetch: Messages that wait in this worker for their turn.
        end: Called, on another thread, with the reason for which the worker must end.
    """

    handler: Handler
    rescuer: Rescuer
    process: Process
    telemetry: Telemetry
    prefetch: int
    end: Callable[[str], None]
    _crowded: bool = False
    _slow: bool = False

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Do all of it for the time of the block."""
        held = self.handler.held
        with ExitStack() as rounds:
            for name, what, seconds, jitter in (
                ("heartbeat", held.beat, held.beat_seconds, 0.0),
                ("announce", self.announce, ANNOUNCE_SECONDS, 0.1),
                ("rescue", self.rescue, RESCUE_SECONDS, 0.5),
                ("report", self.report, REPORT_SECONDS, 0.0),
            ):
                rounds.enter_context(Rounds(name, what, seconds, jitter))
            yield
        self.report()
        with suppress(DatabaseError):  # others will see that it gives no more signs
            withdraw(self.rescuer.database, self.process.name)

    def announce(self) -> None:
        """Give a sign of life; say so when all workers together want too many connections.

        A worker ends when somebody has upgraded the tables: those are not the ones that it knows.
        """
        database = self.rescuer.database
        other = find_other_tables(database)
        if other is not None:
            self.end(other)
            return
        announce(database, self.process)
        wanted, most = count_connections(database)
        crowded = most is not None and wanted > most
        if crowded and not self._crowded:
            log.warning(
                "too many connections",
                hint="lower DB_POOL_SIZE, or raise max_connections of the database",
                wanted=wanted,
                max_connections=most,
            )
        self._crowded = crowded

    def rescue(self) -> None:
        """Take claims from workers that vanished, and end batches that nobody ended."""
        taken = self.rescuer.look()
        if taken:
            log.warning("claims of workers that vanished go out again", claims=taken)
        self.telemetry.count(Count.EXPIRED_LEASES, taken)
        outbox = read_outbox(self.rescuer.database)
        self.telemetry.metrics.unpublished_messages.set(outbox.unpublished)

    def report(self) -> None:
        """Log what was done since the last time, if anything was."""
        line = self.telemetry.throughput.take()
        if line is not None:
            log.info("throughput", **line)
        self._warn_of_slow_messages()

    def runs_in_progress(self) -> int:
        """Return how many runs are claimed and not yet played."""
        return sum(len(held.claim) - held.played for held in self.handler.held.now())

    def _warn_of_slow_messages(self) -> None:
        """Say so when a message may wait so long for its turn that the broker takes it back."""
        now = time.monotonic()
        oldest = max((now - held.since for held in self.handler.held.now()), default=0.0)
        seconds = max(oldest, self.handler.message_seconds)
        slow = (self.prefetch + 1) * seconds > CONSUMER_TIMEOUT_SECONDS / 4
        if slow and not self._slow:
            log.warning(
                "messages take so long that the broker may deliver them anew: lower "
                "DISTRIBUTED_BATCH_SIZE or WORKER_PREFETCH, or raise consumer_timeout",
                message_s=seconds,
                prefetch=self.prefetch,
            )
        self._slow = slow
