"""Executing a batch in this process, on threads: the messages' rows are the queue."""

from __future__ import annotations

from collections import deque
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from threading import Condition, Event
from typing import TYPE_CHECKING

from bingosim.batch.codec import CODEC
from bingosim.batch.execute import Executor
from bingosim.batch.held import HeldClaims
from bingosim.batch.observe import UNOBSERVED
from bingosim.batch.rescue import Rescuer, process_name
from bingosim.engines import engine_versions
from bingosim.errors import StoredDataError
from bingosim.storage.aggregates import finalize
from bingosim.storage.batches import read_batch, read_progress
from bingosim.storage.claims import (
    LEASE_SECONDS,
    Worker,
    waiting_messages,
)
from bingosim.storage.settling import MAX_ATTEMPTS
from bingosim.storage.states import BatchStatus

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from bingosim.batch.execute import Codec, Prepare
    from bingosim.batch.observe import Observer
    from bingosim.storage.aggregates import Arithmetic
    from bingosim.storage.batches import Progress
    from bingosim.storage.claims import Claim
    from bingosim.storage.database import Database
    from bingosim.storage.ids import Ids

MOST_FRUITLESS = 100
"""Looks for messages in a row of which none could be claimed: others are not that much quicker."""


def execute_batch(
    database: Database,
    batch: UUID,
    *,
    threads: int,
    stop: Callable[[], bool],
    progress: Callable[[Progress], None] | None = None,
    codec: Codec = CODEC,
    lease_seconds: float = LEASE_SECONDS,
    max_attempts: int = MAX_ATTEMPTS,
    prepare: Prepare | None = None,
    observer: Observer = UNOBSERVED,
) -> BatchStatus:
    """Execute a batch until it ends, is paused or cancelled, or `stop` says so.

    Args:
        database: Where it is.
        batch: Which.
        threads: How many simulate; they change no result.
        stop: Asked all the time; once it says yes, what is finished is kept, the rest handed back.
        progress: Told how far it is, at the start, about once a second, and at the end.
        codec: How results become bytes.
        lease_seconds: How long claims live without a heartbeat.
        max_attempts: Failures and deaths after which a run is failed for good.
        prepare: Makes engines ready, if not `engines.prepare`.
        observer: Is told how long what took, and what came of it.

    Returns:
        How the batch stands.

    Raises:
        InputError: There is no such batch.
        OtherEngineError: It belongs to another engine.
    """
    read_batch(database, batch)
    work = _Work(
        database=database,
        batch=batch,
        held=HeldClaims(
            Executor(database, codec, max_attempts, observer=observer, prepare=prepare),
            lease_seconds,
        ),
        worker=Worker(process_name(), engine_versions(), lease_seconds),
        stop=stop,
    )
    rescuer = Rescuer(database, codec.arithmetic, lease_seconds, max_attempts)
    with ThreadPoolExecutor(threads, thread_name_prefix="bingosim") as pool:
        try:
            rescuer.look()  # claims that a killed process of this host left behind
            _report(database, batch, progress)
            running = {pool.submit(work.go_on) for _ in range(threads)}
            while running:
                done, running = wait(
                    running, timeout=work.held.beat_seconds, return_when=FIRST_EXCEPTION
                )
                for thread in done:
                    thread.result()
                work.held.beat()
                rescuer.look()
                _report(database, batch, progress)
        finally:
            work.ended.set()
    finalize(database, batch, codec.arithmetic)
    _report(database, batch, progress)
    return read_batch(database, batch).status


@dataclass(slots=True)
class _Work:
    """What the threads of one execution share.

    Attributes:
        held: Claims that are being executed.
        ended: Set when nothing more is to be begun.
        queue: Messages to claim next.
        fruitless: Looks for messages since one could be claimed.
    """

    database: Database
    batch: UUID
    held: HeldClaims
    worker: Worker
    stop: Callable[[], bool]
    ended: Event = field(default_factory=Event)
    queue: deque[Ids] = field(default_factory=deque)
    fruitless: int = 0
    changed: Condition = field(default_factory=Condition)

    def go_on(self) -> None:
        """Execute messages as long as there are any: what each thread does."""
        try:
            while (ids := self.take()) is not None:
                claim = self.held.executor.claim(ids, self.worker)
                if claim is not None:
                    self.fruitless = 0
                    self.execute(claim)
        except BaseException:
            self.ended.set()  # the other threads hand back
            raise

    def execute(self, claim: Claim) -> None:
        """Execute one claim."""
        try:
            self.held.execute(claim, self.stopping)
        finally:
            with self.changed:
                self.changed.notify_all()
        self.held.folder.settled(self.batch, len(claim))

    def stopping(self) -> bool:
        """Return whether an end was asked for."""
        return self.ended.is_set() or self.stop()

    def take(self) -> Ids | None:
        """Return the next message; wait while others may still hand some back; None at the end."""
        with self.changed:
            while not self.stopping():
                if not self.queue:
                    self.look_for_messages()
                if self.queue:
                    return self.queue.popleft()
                if not self.held:
                    ended = finalize(self.database, self.batch, self.arithmetic)
                    if ended is BatchStatus.RUNNING:  # it has got the runs up to its next look
                        self.changed.notify_all()
                        continue
                    if read_batch(self.database, self.batch).status is not BatchStatus.RUNNING:
                        return None
                self.changed.wait(self.held.beat_seconds)
        return None

    def look_for_messages(self) -> None:
        """Queue what waits.

        Raises:
            StoredDataError: It waits for ever.
        """
        self.queue.extend(waiting_messages(self.database, self.batch))
        self.fruitless += 1 if self.queue else 0
        if self.fruitless > MOST_FRUITLESS:
            raise StoredDataError(
                f"messages of batch {self.batch} wait, and their runs cannot be claimed: "
                "the database contradicts itself; restore a copy of it, or name another"
            )

    @property
    def arithmetic(self) -> Arithmetic:
        """What is done with aggregates."""
        return self.held.executor.codec.arithmetic


def _report(database: Database, batch: UUID, progress: Callable[[Progress], None] | None) -> None:
    if progress is not None:
        progress(read_progress(database, batch))
