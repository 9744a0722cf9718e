"""Executing a batch in this process, on threads: the messages' rows are the queue."""

from __future__ import annotations

from collections import deque
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from threading import Condition, Event
from typing import TYPE_CHECKING

from bingosim.batch.execute import Executor
from bingosim.batch.rescue import Rescuer, process_name
from bingosim.engines import engine_versions
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
    from bingosim.storage.claims import Claim
    from bingosim.storage.database import Database
    from bingosim.storage.ids import Ids

BEAT_SECONDS = 1.0
"""Between looks at claims and batch: a pause or cancel from elsewhere is heard within 2 s."""
FOLD_EVERY = 100
"""Messages, after which partial aggregates are folded."""


def execute_batch(
    database: Database,
    batch: UUID,
    codec: Codec,
    *,
    threads: int,
    stop: Callable[[], bool],
    progress: Callable[[int, int], None] | None = None,
    lease_seconds: float = LEASE_SECONDS,
    max_attempts: int = MAX_ATTEMPTS,
) -> BatchStatus:
    """Execute a batch until it ends, is paused or cancelled, or `stop` says so.

    Args:
        database: Where it is.
        batch: Which.
        codec: How results become bytes.
        threads: How many simulate; they change no result.
        stop: Asked all the time; once it says yes, what is finished is kept, the rest handed back.
        progress: Called with runs done and runs wanted, at the start and about once a second.
        lease_seconds: How long claims live without a heartbeat.
        max_attempts: Failures and deaths after which a run is failed for good.

    Returns:
        How the batch stands.

    Raises:
        InputError: There is no such batch.
        OtherEngineError: It belongs to another engine.
    """
    read_batch(database, batch)
    report = progress or _ignore
    work = _Work(
        database=database,
        batch=batch,
        executor=Executor(database, codec, max_attempts),
        worker=Worker(process_name(), engine_versions(), lease_seconds),
        stop=stop,
    )
    rescuer = Rescuer(database, codec.merge, lease_seconds, max_attempts)
    with ThreadPoolExecutor(threads, thread_name_prefix="bingosim") as pool:
        try:
            rescuer.look()  # claims that a killed process of this host left behind
            _report(database, batch, report)
            running = {pool.submit(work.go_on) for _ in range(threads)}
            while running:
                done, running = wait(running, timeout=BEAT_SECONDS, return_when=FIRST_EXCEPTION)
                for thread in done:
                    thread.result()
                work.beat()
                rescuer.look()
                _report(database, batch, report)
        finally:
            work.ended.set()
    finalize(database, batch, codec.merge)
    _report(database, batch, report)
    return read_batch(database, batch).status


@dataclass(slots=True)
class _Work:
    """What the threads of one execution share.

    Attributes:
        ended: Set when nothing more is to be begun.
        queue: Messages to claim next.
        held: Claims that are being executed, each with its own stop.
        settled: Messages that were settled.
    """

    database: Database
    batch: UUID
    executor: Executor
    worker: Worker
    stop: Callable[[], bool]
    ended: Event = field(default_factory=Event)
    queue: deque[Ids] = field(default_factory=deque)
    held: dict[UUID, tuple[Claim, Event]] = field(default_factory=dict)
    settled: int = 0
    changed: Condition = field(default_factory=Condition)

    def go_on(self) -> None:
        """Execute messages as long as there are any: what each thread does."""
        try:
            while (ids := self.take()) is not None:
                claim = claim_batch(self.database, ids, self.worker, new_id())
                if claim is not None:
                    self.execute(claim)
        except BaseException:
            self.ended.set()  # the other threads hand back
            raise

    def execute(self, claim: Claim) -> None:
        """Execute one claim."""
        stopped = Event()
        with self.changed:
            self.held[claim.token] = (claim, stopped)
        try:
            self.executor.execute(claim, lambda: stopped.is_set() or self.stopping())
        finally:
            with self.changed:
                del self.held[claim.token]
                self.settled += 1
                due = self.settled % FOLD_EVERY == 0
                self.changed.notify_all()
        if due:
            fold(self.database, self.batch, self.executor.codec.merge)

    def stopping(self) -> bool:
        """Return whether an end was asked for."""
        return self.ended.is_set() or self.stop()

    def take(self) -> Ids | None:
        """Return the next message; wait while others may still hand some back; None at the end."""
        with self.changed:
            while not self.stopping():
                if not self.queue:
                    self.queue.extend(waiting_messages(self.database, self.batch))
                if self.queue:
                    return self.queue.popleft()
                if not self.held and self.nobody_works():
                    return None
                self.changed.wait(BEAT_SECONDS)
        return None

    def nobody_works(self) -> bool:
        """Return whether nothing will come any more: no claim here or elsewhere, or no running."""
        if read_batch(self.database, self.batch).status is not BatchStatus.RUNNING:
            return True
        progress = read_progress(self.database, self.batch)
        return not progress.claimed and not progress.waiting

    def beat(self) -> None:
        """Keep the claims; stop those that were taken away, or whose batch is to rest."""
        with self.changed:
            held = list(self.held.values())
        for claim, stopped in held:
            status = extend_lease(self.database, claim, self.worker.lease_seconds)
            if status is not BatchStatus.RUNNING:
                stopped.set()


def _report(database: Database, batch: UUID, progress: Callable[[int, int], None]) -> None:
    now = read_progress(database, batch)
    progress(now.completed + now.failed, now.runs)


def _ignore(_done: int, _wanted: int) -> None:
    """Report no progress."""
