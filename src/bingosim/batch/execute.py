"""Executing: a claim is handed in, its runs are simulated, and what came of them is persisted."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple

from bingosim.engines import engine_version, prepare
from bingosim.errors import ExecutionError, OtherEngineError
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
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from bingosim.engines import Play
    from bingosim.event.snapshot import Snapshot
    from bingosim.payloads.chunk import Timelines
    from bingosim.storage.aggregates import Arithmetic
    from bingosim.storage.claims import Claim, Worker
    from bingosim.storage.database import Database
    from bingosim.storage.ids import Ids

SLICE_SECONDS = 0.2
"""How long the stop flag may go unread."""
FIRST_SLICE = 8
"""Runs; how long they take tells how many the next slice may hold."""
KEPT_READY = 8
"""Batches whose engines a process keeps ready."""

Stop = Callable[[], bool]
Played = Callable[[int], None]
"""Told how many runs of a claim are played."""
Prepare = Callable[["Snapshot", str, str], "Play"]
"""Snapshot, seed and name of an engine in, the engine out: `engines.prepare`."""
Watch = Callable[[str, float], None]
"""Told what was done (claim, simulate, encode or persist) and the seconds it took."""


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
        prepare: Makes engines ready, if not `engines.prepare`.
        watch: Told how long each part of the work took.
    """

    database: Database
    codec: Codec
    max_attempts: int = MAX_ATTEMPTS
    prepare: Prepare | None = None
    watch: Watch | None = None
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
        except ExecutionError:
            raise  # the database's failure, not the runs'
        except Exception as error:  # noqa: BLE001 - whatever it is, it is these runs' failure
            failed = dict.fromkeys(claim.indices.tolist(), described(error))
            return self._persist(claim, Outcome(failed=failed))
        with self._watched("simulate"):
            parts, failed = play_until(ready.play, claim.indices, stop, played or _ignore)
        return self._persist(claim, self._outcome(claim, ready.snapshot, parts, failed))

    def claim(self, run_ids: Ids, worker: Worker) -> Claim | None:
        """Claim runs; None if there was nothing to claim."""
        with self._watched("claim"):
            return claim_batch(self.database, run_ids, worker, new_id())

    def claim_and_execute(self, run_ids: Ids, worker: Worker, stop: Stop) -> Settled | None:
        """Claim runs and execute them; None if there was nothing to claim."""
        claim = self.claim(run_ids, worker)
        return None if claim is None else self.execute(claim, stop)

    def _persist(self, claim: Claim, outcome: Outcome) -> Settled | None:
        with self._watched("persist"):
            return persist(self.database, claim, outcome, max_attempts=self.max_attempts)

    @contextmanager
    def _watched(self, part: str) -> Iterator[None]:
        begun = perf_counter()
        yield
        if self.watch is not None:
            self.watch(part, perf_counter() - begun)

    def _ready_for(self, claim: Claim) -> Ready:
        """Return the claim's event and engine; made once for each of the last few batches."""
        key = (claim.snapshot_sha256, claim.seed, claim.engine)
        with self._lock:
            ready = self._ready.get(key)
            if ready is None:
                snapshot = read_snapshot(self.database, claim.snapshot_sha256)
                make = self.prepare or prepare
                ready = Ready(snapshot, make(snapshot, claim.seed, claim.engine))
                self._ready[key] = ready
            self._ready.move_to_end(key)
            while len(self._ready) > KEPT_READY:
                self._ready.popitem(last=False)
            return ready

    def _outcome(
        self, claim: Claim, snapshot: Snapshot, parts: list[RunResults], failed: dict[int, str]
    ) -> Outcome:
        if not parts:
            return Outcome(failed=failed)
        with self._watched("encode"):
            results = concatenate(parts)
            chunk = self.codec.chunk(results, claim.timelines)
            partial = self.codec.partial(results, snapshot)
        return Outcome(Results(results.run, chunk, partial), failed)


def play_until(
    play: Play, indices: NDArray[np.int64], stop: Stop, played: Played
) -> tuple[list[RunResults], dict[int, str]]:
    """Play runs slice by slice until they are done or an end is asked for.

    Returns:
        Results in ascending order of runs, and the errors of the runs that failed.
    """
    parts: list[RunResults] = []
    failed: dict[int, str] = {}
    position, size = 0, FIRST_SLICE
    while position < len(indices) and not stop():
        wanted = indices[position : position + size]
        begun = perf_counter()
        parts += _play_each(play, wanted, failed)
        position += len(wanted)
        played(position)
        seconds = max(perf_counter() - begun, 1e-9)
        size = max(1, min(4 * size, int(SLICE_SECONDS * len(wanted) / seconds)))
    return parts, failed


def _play_each(play: Play, indices: NDArray[np.int64], failed: dict[int, str]) -> list[RunResults]:
    """Play runs; where one fails, halve until it stands alone and takes no other with it."""
    try:
        return [play(indices)]
    except Exception as error:  # noqa: BLE001 - a strategy is a user's code and may raise anything
        if len(indices) == 1:
            failed[int(indices[0])] = described(error)
            return []
    middle = len(indices) // 2
    return [
        *_play_each(play, indices[:middle], failed),
        *_play_each(play, indices[middle:], failed),
    ]


def described(error: Exception) -> str:
    """Return an error's kind and text."""
    return f"{type(error).__name__}: {error}"


def _ignore(_played: int) -> None:
    """Report nothing."""
