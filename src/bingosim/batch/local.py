"""Executing a batch in this process, on threads: the messages' rows are the queue."""

from __future__ import annotations

from collections import deque
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from threading import Condition, Event
from typing import TYPE_CHECKING

from bingosim.batch.codec import CODEC
from bingosim.batch.execute import Executor
from bingosim.batch.rescue import Rescuer, process_name
from bingosim.engines import engine_versions
from bingosim.errors import StoredDataError
from bingosim.storage.aggregates import finalize, fold
from bingosim.storage.batches import read_batch, read_progress
from bingosim.storage.claims import (
    LEASE_SECONDS,
    Worker,
    claim_batch,
    extend_lease,
    waiting_messages,
)
from bingosim.storage.ids import new_id
from bingosim.storage.settling import MAX_ATTEMPTS
from bingosim.storage.states import BatchStatus

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from bingosim.batch.execute import Codec
    from bingosim.storage.aggregates import Arithmetic
    from bingosim.storage.batches import Progress
    from bingosim.storage.claims import Claim
    from bingosim.storage.database import Database
    from bingosim.storage.ids import Ids

BEAT_SECONDS = 1.0
"""Between looks at claims and batch: a pause or cancel from elsewhere is heard within 2 s."""
FOLD_EVERY = 100
"""Messages, after which partial aggregates are folded."""
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
        executor=Executor(database, codec, max_attempts),
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
                done, running = wait(running, timeout=BEAT_SECONDS, return_when=FIRST_EXCEPTION)
                for thread in done:
                    thread.result()
                work.beat()
                rescuer.look()
                _report(database, batch, progress)
        finally:
            work.ended.set()
    finalize(database, batch, codec.arithmetic)
    _report(database, batch, progress)
    return read_batch(database, batch).status


@dataclass(slots=True)
class _Held:
    """A claim that is being executed.

    Attributes:
        claim: The claim.
        stopped: Set when its execution is to end.
        played: How many of its runs are played.
    """

    claim: Claim
    stopped: Event = field(default_factory=Event)
    played: int = 0

    def note(self, played: int) -> None:
        """Take in how far it is."""
        self.played = played


@dataclass(slots=True)
class _Work:
    """What the threads of one execution share.

    Attributes:
        ended: Set when nothing more is to be begun.
        queue: Messages to claim next.
        held: Claims that are being executed, by their tokens.
        settled: Messages that were settled.
        fruitless: Looks for messages since one could be claimed.
    """

    database: Database
    batch: UUID
    executor: Executor
    worker: Worker
    stop: Callable[[], bool]
    ended: Event = field(default_factory=Event)
    queue: deque[Ids] = field(default_factory=deque)
    held: dict[UUID, _Held] = field(default_factory=dict)
    settled: int = 0
    fruitless: int = 0
    changed: Condition = field(default_factory=Condition)

    def go_on(self) -> None:
        """Execute messages as long as there are any: what each thread does."""
        try:
            while (ids := self.take()) is not None:
                claim = claim_batch(self.database, ids, self.worker, new_id())
                if claim is not None:
                    self.fruitless = 0
                    self.execute(claim)
        except BaseException:
            self.ended.set()  # the other threads hand back
            raise

    def execute(self, claim: Claim) -> None:
        """Execute one claim."""
        held = _Held(claim)
        with self.changed:
            self.held[claim.token] = held
        try:
            self.executor.execute(
                claim, lambda: held.stopped.is_set() or self.stopping(), held.note
            )
        finally:
            with self.changed:
                del self.held[claim.token]
                self.settled += 1
                due = self.settled % FOLD_EVERY == 0
                self.changed.notify_all()
        if due:
            fold(self.database, self.batch, self.arithmetic.merge)

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
                self.changed.wait(BEAT_SECONDS)
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

    def beat(self) -> None:
        """Keep the claims; stop those that were taken away, or whose batch is to rest."""
        with self.changed:
            held = list(self.held.values())
        for one in held:
            lease = self.worker.lease_seconds
            status = extend_lease(self.database, one.claim, lease, one.played)
            if status is not BatchStatus.RUNNING:
                one.stopped.set()

    @property
    def arithmetic(self) -> Arithmetic:
        """What is done with aggregates."""
        return self.executor.codec.arithmetic


def _report(database: Database, batch: UUID, progress: Callable[[Progress], None] | None) -> None:
    if progress is not None:
        progress(read_progress(database, batch))
