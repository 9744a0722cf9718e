"""Executing: a claim is handed in, its runs are simulated, and what came of them is persisted."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import astuple, dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

from bingosim.batch.observe import UNOBSERVED, Count, Observer, Phase
from bingosim.batch.patience import Retry, once
from bingosim.batch.play import ALONE, Pace, Played, Stop, described, play_until
from bingosim.engines import engine_version, prepare
from bingosim.errors import DatabaseError, OtherEngineError
from bingosim.results import RunResults, concatenate
from bingosim.storage.batches import read_snapshot
from bingosim.storage.claims import claim_batch
from bingosim.storage.ids import new_id
from bingosim.storage.settling import (
    MAX_ATTEMPTS,
    Outcome,
    Results,
    Settled,
    hand_back,
    persist,
)

if TYPE_CHECKING:
    from bingosim.engines import Play
    from bingosim.event.snapshot import Snapshot
    from bingosim.payloads.timelines import Timelines
    from bingosim.storage.aggregates import Arithmetic
    from bingosim.storage.claims import Claim, Worker
    from bingosim.storage.database import Database
    from bingosim.storage.ids import Ids

KEPT_READY = 8
"""Batches whose engines a process keeps ready."""

Prepare = Callable[["Snapshot", str, str], "Play"]
"""Snapshot, seed and name of an engine in, the engine out: `engines.prepare`."""
_SETTLED = (  # in the order of `Settled`
    Count.RUNS_COMPLETED,
    Count.RUNS_RETRIED,
    Count.RUNS_FAILED,
    Count.RUNS_HANDED_BACK,
)


class Ready(NamedTuple):
    """What the runs of a batch need."""

    snapshot: Snapshot
    play: Play


@dataclass(frozen=True, slots=True)
class Codec:
    """How results become bytes.

    Attributes:
        chunk: The results of some runs, with the times of tiles of all, some or none of them.
        partial: What runs of an event add to a batch's aggregates.
        arithmetic: What is done with such parts.
    """

    chunk: Callable[[RunResults, Timelines], bytes]
    partial: Callable[[RunResults, Snapshot], bytes]
    arithmetic: Arithmetic


@dataclass(slots=True)
class Executor:
    """Executes claims in this process; safe in several threads.

    Attributes:
        database: Where results go.
        codec: How they become bytes.
        max_attempts: Failures after which a run is failed for good.
        pace: How much of the machine plays one claim.
        retry: How the database is asked where it may be away for a while.
        observer: Is told how long what took, and what came of it.
        prepare: Makes engines ready, if not `engines.prepare`.
    """

    database: Database
    codec: Codec
    max_attempts: int = MAX_ATTEMPTS
    pace: Pace = ALONE
    retry: Retry = once
    observer: Observer = UNOBSERVED
    prepare: Prepare | None = None
    _ready: OrderedDict[tuple[str, str, str], Ready] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def execute(self, claim: Claim, stop: Stop, played: Played | None = None) -> Settled | None:
        """Simulate the runs of a claim and persist what came of them.

        Args:
            claim: The runs.
            stop: Asked every 0.2 s or after each run, whichever is longer; once it says yes,
                what is finished is persisted and the rest handed back.
            played: Told how far it is, as often.

        Returns:
            What became of the runs; None if the claim was lost meanwhile.

        Raises:
            OtherEngineError: The batch is another engine's; the runs were handed back.
        """
        if claim.engine_version != engine_version(claim.engine):
            hand_back(self.database, claim)
            raise OtherEngineError(
                claim.batch, claim.engine_version, [engine_version(claim.engine)]
            )
        try:
            ready = self._ready_for(claim)
        except DatabaseError:
            raise  # not the runs' failure
        except Exception as error:  # noqa: BLE001 - whatever it is, it is these runs' failure
            failed = dict.fromkeys(claim.indices.tolist(), described(error))
            return self._persist(claim, Outcome(failed=failed))
        with self.observer.phase(Phase.SIMULATE, claim.batch):
            came = play_until(ready.play, claim.indices, stop, played or _ignore, self.pace)
        return self._persist(claim, self._outcome(claim, ready.snapshot, *came))

    def claim(self, run_ids: Ids, worker: Worker) -> Claim | None:
        """Claim runs of one batch; None if there was nothing to claim.

        Raises:
            InputError, OtherEngineError: As of `claim_batch`.
        """
        token = new_id()  # the same in every attempt: a reply may have been lost

        def claim() -> Claim | None:
            with self.observer.phase(Phase.CLAIM, run_ids.batch):
                return claim_batch(self.database, run_ids, worker, token)

        claimed = self.retry(claim)
        self.observer.count(Count.RUNS_CLAIMED, len(claimed or ()))
        return claimed

    def claim_and_execute(self, run_ids: Ids, worker: Worker, stop: Stop) -> Settled | None:
        """Claim runs and execute them; None if there was nothing to claim."""
        claim = self.claim(run_ids, worker)
        return None if claim is None else self.execute(claim, stop)

    def _persist(self, claim: Claim, outcome: Outcome) -> Settled | None:
        with self.observer.phase(Phase.PERSIST, claim.batch):
            # If a commit's reply was lost, the next attempt finds the claim gone: nothing is twice.
            settled = self.retry(
                lambda: persist(self.database, claim, outcome, max_attempts=self.max_attempts)
            )
        if settled is not None:
            for what, runs in zip(_SETTLED, astuple(settled), strict=True):
                self.observer.count(what, runs)
        return settled

    def _ready_for(self, claim: Claim) -> Ready:
        """Return the claim's event and engine; made once for each of the last few batches."""
        key = (claim.snapshot_sha256, claim.seed, claim.engine)
        with self._lock:
            ready = self._ready.get(key)
            known = ready is not None
            self.observer.count(Count.SNAPSHOT_CACHE_HIT if known else Count.SNAPSHOT_CACHE_MISS)
            if ready is None:
                with self.observer.phase(Phase.SNAPSHOT_LOAD, claim.batch):
                    ready = self._ready[key] = self._make_ready(claim)
            self._ready.move_to_end(key)
            while len(self._ready) > KEPT_READY:
                self._ready.popitem(last=False)
            return ready

    def _make_ready(self, claim: Claim) -> Ready:
        snapshot = self.retry(lambda: read_snapshot(self.database, claim.snapshot_sha256))
        make = self.prepare or prepare
        return Ready(snapshot, make(snapshot, claim.seed, claim.engine))

    def _outcome(
        self, claim: Claim, snapshot: Snapshot, parts: list[RunResults], failed: dict[int, str]
    ) -> Outcome:
        if not parts:
            return Outcome(failed=failed)
        with self.observer.phase(Phase.ENCODE, claim.batch):
            results = concatenate(parts)
            chunk = self.codec.chunk(results, claim.timelines)
            partial = self.codec.partial(results, snapshot)
        return Outcome(Results(results.run, chunk, partial), failed)


def _ignore(_played: int) -> None:
    """Report nothing."""
