"""Handling a message, whoever delivered it: claim its runs, execute them, say how to settle it."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from threading import Event, Lock
from typing import TYPE_CHECKING

import structlog

from bingosim.batch.execute import Executor
from bingosim.batch.held import HeldClaims
from bingosim.batch.observe import Count
from bingosim.batch.patience import Patience
from bingosim.errors import DatabaseError, InputError, NotReadyError, OtherEngineError
from bingosim.storage.aggregates import finalize
from bingosim.worker.unready import Unready

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from bingosim.batch.execute import Codec, Prepare
    from bingosim.batch.observe import Observer
    from bingosim.batch.play import Pace
    from bingosim.storage.claims import Claim, Worker
    from bingosim.storage.database import Database
    from bingosim.storage.ids import Ids

Leave = Callable[[], None]
"""Called when a message is done with."""
LATER_SECONDS = 5.0
"""How long a message is held back that others may be able to execute."""

log = structlog.stdlib.get_logger("bingosim.worker")


class Settlement(StrEnum):
    """What becomes of a message.

    ACK: It is done with; what of its runs is not, the database knows, and goes out again.
    LATER: It is to come again after a while, to whoever takes it then.
    DEAD: Nobody can ever execute it.
    """

    ACK = "ack"
    LATER = "later"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a message is to be settled, and why where that is not plain."""

    settlement: Settlement
    reason: str = ""
    seconds: float = 0.0


ACK = Verdict(Settlement.ACK)


def _nothing() -> None:
    """Do nothing."""


@dataclass(slots=True)
class Handler:
    """Handles messages in one process; safe in several threads.

    Attributes:
        held: Executes claims and keeps them.
        worker: Who claims.
        stopping: Set when the process is to end: what is finished is kept, the rest handed back.
        unready: The batches that it cannot execute, and leaves to others.
        message_seconds: What the last message took whose claim was executed to its end.
    """

    held: HeldClaims
    worker: Worker
    stopping: Event
    unready: Unready
    message_seconds: float = 0.0
    _refused: set[UUID] = field(default_factory=set)
    _in_line: dict[UUID, set[object]] = field(default_factory=dict)
    _settled: set[UUID] = field(default_factory=set)  # something of it, and nobody looked since
    _lock: Lock = field(default_factory=Lock)

    @classmethod
    def make(
        cls,
        database: Database,
        codec: Codec,
        worker: Worker,
        *,
        pace: Pace,
        max_attempts: int,
        observer: Observer,
        stopping: Event,
        prepare: Prepare | None = None,
    ) -> Handler:
        """Make one that waits for a database that is away."""
        retry = Patience(stopping, _tell_of_outage)
        unready = Unready(database)
        executor = Executor(
            database, codec, max_attempts, pace, retry, observer, prepare, unready.leave
        )
        return cls(HeldClaims(executor, worker.lease_seconds), worker, stopping, unready)

    @contextmanager
    def in_line(self, batch: UUID) -> Iterator[Leave]:
        """Know of a message from its delivery on; yield what is called when it is done with.

        A batch has not ended while more of its messages are here: the last of them looks.
        """
        place = object()
        with self._lock:
            self._in_line.setdefault(batch, set()).add(place)

        def leave() -> None:
            with self._lock:
                places = self._in_line.get(batch, set())
                places.discard(place)
                if not places:
                    self._in_line.pop(batch, None)

        try:
            yield leave
        finally:
            leave()

    def handle(self, batch: UUID, run_ids: Ids, leave: Leave = _nothing) -> Verdict:
        """Execute what of a message's runs is still to be executed. Raises nothing.

        Args:
            batch: The batch that the message names.
            run_ids: Its runs.
            leave: As of `in_line`.
        """
        with structlog.contextvars.bound_contextvars(batch=str(batch)):
            if self.stopping.is_set():
                return Verdict(Settlement.LATER, "the worker ends")
            unready = self.unready.reason(batch)
            if unready is not None:
                return Verdict(Settlement.LATER, unready, LATER_SECONDS)
            try:
                claim = self.held.executor.claim(run_ids, self.worker)
            except OtherEngineError as error:
                return self._refuse(batch, error)
            except InputError as error:
                return Verdict(Settlement.DEAD, str(error))
            except DatabaseError as error:  # only where there is no time left to wait for it
                return Verdict(Settlement.LATER, str(error))
            except Exception as error:
                log.exception("claiming failed")
                return Verdict(Settlement.LATER, str(error), LATER_SECONDS)
            self._observer.count(Count.RUNS_SKIPPED, len(run_ids) - len(claim or ()))
            if claim is not None:
                self._execute(claim)
            leave()
            self._look_after(batch, claim)
            return ACK

    def _execute(self, claim: Claim) -> None:
        """Execute a claim; whatever fails here, its lease ends and its runs go out again."""
        begun = time.monotonic()
        try:
            settled = self.held.execute(claim, self.stopping.is_set)
        except NotReadyError as error:
            log.warning("left to others", reason=str(error))
            return
        except Exception:
            log.exception("executing failed; the runs go out again when the lease is over")
            return
        self.message_seconds = time.monotonic() - begun
        if settled is None:  # lost; or settled, and the reply was lost
            log.info("claim is not this worker's any more", runs=len(claim))
        elif settled.retried or settled.failed:
            log.warning("runs failed", retried=settled.retried, for_good=settled.failed)

    def _look_after(self, batch: UUID, claim: Claim | None) -> None:
        """Fold and end the batch where it is time; if that fails, the reconciler does it."""
        database = self.held.executor.database
        arithmetic = self.held.executor.codec.arithmetic
        try:
            if claim is not None:
                with self._lock:
                    self._settled.add(batch)
                self.held.folder.settled(batch, len(claim))
            if not self._may_have_ended(batch):
                return
            status = finalize(database, batch, arithmetic)
        except DatabaseError as error:
            log.warning("database is away", doing="finalize", reason=str(error))
        except Exception:
            log.exception("folding or ending the batch failed")
        else:
            if status is not None:
                log.info("batch has come to an end or a look", status=status)

    def _may_have_ended(self, batch: UUID) -> bool:
        """Return whether to look at a batch: that costs a trip to the database."""
        with self._lock:
            if batch not in self._settled or batch in self._in_line:
                return False
            self._settled.remove(batch)
            return True

    def _refuse(self, batch: UUID, error: OtherEngineError) -> Verdict:
        with self._lock:
            known = batch in self._refused
            self._refused.add(batch)
        if not known:
            log.warning("left to others", reason=str(error))
        return Verdict(Settlement.LATER, str(error), LATER_SECONDS)

    @property
    def _observer(self) -> Observer:
        return self.held.executor.observer


def _tell_of_outage(error: DatabaseError) -> None:
    log.warning("database is away", doing="a message", reason=str(error))
